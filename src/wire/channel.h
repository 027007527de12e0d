/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames between two processes: a memory that both map, one slot for each
 * direction, and beside it a SEQPACKET socket for waking the peer up, for
 * its death, and for descriptors.
 *
 * The host makes both ends and gives one away (through the zygote); the
 * worker attaches before it is confined. From then on a worker's calls here
 * are futex on the memory, recvfrom and sendto on its socket and nothing else
 * - recvmsg where it expects descriptors, sendmsg where it sends them -:
 * neither poll nor a clock, so that the deadlines are the host's alone.
 *
 * Half duplex: after a frame its sender waits until the peer spoke, unless
 * it goes on with another frame (a notice, then a reply). Whose turn it is,
 * and that an answer came too early, is found by wire/conversation.h.
 *
 * The peer is hostile: it may write into the memory at any time, both slots
 * and all counters. Each field is read once, checked, and the frame is
 * copied once into memory of our own, so that nothing changes after it was
 * checked. What a hostile peer can do is to be found out, or to be silent
 * until the deadline; then the channel is dead and every call fails.
 *
 * Threads: one at a time. fork(): the child calls stk_channel_free() and
 * nothing else. Signals: none is raised (MSG_NOSIGNAL), none is blocked.
 */
#ifndef STK_WIRE_CHANNEL_H
#define STK_WIRE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct stk_channel stk_channel;

typedef struct stk_channel_options {
    size_t slot;    /* bytes of each slot: pages, 4 KiB to 1 MiB */
    size_t maximum; /* bytes of a frame that we take; longer is a lie */
    size_t sends;   /* bytes of a frame that the peer takes: its maximum */
    unsigned fds;   /* descriptors that we take with a frame, usually 0 */
    unsigned spin;  /* looks at the memory before we sleep; 0: never. As long
                       as it takes to be woken, some 50 us: with less, two that
                       fell asleep wake each other for ever */
} stk_channel_options;

#define STK_CHANNEL_OPTIONS_INIT                                              \
    {                                                                         \
        .slot = 64u << 10, .maximum = 64u << 20, .sends = 64u << 20,          \
        .fds = 0, .spin = 3000                                                \
    }

#define STK_CHANNEL_FDS_MAX 8u

/* What became of the channel: the first thing that happened sticks. */
enum stk_channel_fate {
    STK_FATE_OPEN = 0,
    STK_FATE_DEAD,   /* the peer is gone */
    STK_FATE_SILENT, /* a deadline passed */
    STK_FATE_LIED,   /* the peer did what this protocol does not allow */
    STK_FATE_FAILED  /* our own system calls failed */
};

/*
 * The host's end. The peer's is a socket and a memory (both close-on-exec,
 * owned by the caller): to be sent to the zygote, then closed.
 */
int stk_channel_new(stk_channel **channel, const stk_channel_options *options,
                    int *peer_socket, int *peer_memory, stk_error *err);

/* The worker's end. Takes `socket` over, also when it fails; `memory` is
 * only mapped and stays the caller's. `options` with the same slot. */
int stk_channel_attach(stk_channel **channel,
                       const stk_channel_options *options, int socket,
                       int memory, stk_error *err);

/* Sends nothing, also in a forked child. NULL is fine. */
void stk_channel_free(stk_channel *channel);
void stk_channel_freep(stk_channel **channel);

/*
 * Deadlines are CLOCK_MONOTONIC in ns (stk_clock_monotonic_ns() plus what it
 * may take); one that has passed still takes what is there. A worker's are
 * ignored.
 *
 * Errors, all final: -STK_E_IO (dead: sys_errno is EPIPE; silent: ETIMEDOUT;
 * failed: what the system said), -STK_E_INVALID (lied). A frame that is
 * longer than the peer takes, or a slip of ours, leaves the channel as it
 * is: -STK_E_LIMIT, -STK_E_STATE.
 */
int stk_channel_send(stk_channel *channel, const void *data, size_t length,
                     uint64_t deadline, stk_error *err);

/*
 * What the host sends next begins a call, and is no answer within one. As far
 * as the deadlines of two calls are from each other, so far are the calls,
 * less what the first one took: after a pause, and then alone, the worker is
 * woken on the host's CPU. A call that may take longer than the last one
 * looks like one after a pause, and one that may take less like one without;
 * that costs time alone.
 */
void stk_channel_begin(stk_channel *channel, uint64_t deadline);

/* With descriptors, which stay the caller's. At most STK_CHANNEL_FDS_MAX. */
int stk_channel_send_fds(stk_channel *channel, const void *data, size_t length,
                         const int *fds, unsigned n_fds, uint64_t deadline,
                         stk_error *err);

/*
 * The next frame, borrowed until the next receive. 0, or
 * STK_CHANNEL_INTERRUPTED: a signal came; run its handlers and call again,
 * nothing was lost.
 */
#define STK_CHANNEL_INTERRUPTED 1
int stk_channel_receive(stk_channel *channel, const unsigned char **data,
                        size_t *length, uint64_t deadline, stk_error *err);

/* Whether more has come, or the end: receive would not wait. */
bool stk_channel_has(stk_channel *channel);

/* Hands over the descriptors that came with the last frame: how many. Those
 * that nobody took are closed by the next receive. */
unsigned stk_channel_steal_fds(stk_channel *channel,
                               int fds[STK_CHANNEL_FDS_MAX]);

/* Takes other numbers of descriptors from now on: `fds` of the options. */
void stk_channel_expect_fds(stk_channel *channel, unsigned fds);

/*
 * For an event loop of the host's: true: a frame, or the end, is there, call
 * receive. false: the socket (stk_channel_fd) becomes readable when one is;
 * then call this again.
 */
bool stk_channel_arm(stk_channel *channel);
int stk_channel_fd(const stk_channel *channel); /* borrowed */

/* The host also wakes up, and says "dead", when this pidfd does: a worker
 * may have given its socket to a child that lives on. Borrowed; -1: none. */
void stk_channel_watch(stk_channel *channel, int pidfd);

enum stk_channel_fate stk_channel_fate(const stk_channel *channel);

/* Since the beginning: for benches and tests. */
typedef struct stk_channel_stats {
    uint64_t sent, received; /* frames */
    uint64_t slept;          /* waits that went to the kernel */
    uint64_t rang;           /* wakings of the peer */
    uint64_t joined;         /* of them, to the host's CPU from another */
} stk_channel_stats;
void stk_channel_stats_get(const stk_channel *channel,
                           stk_channel_stats *stats);

#endif
