/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel with a child process at its other end. The child is one of the
 * worker's: it speaks the protocol, or it does what it likes with the socket
 * and the memory, which a plugin can.
 */
#ifndef STK_UNIT_PEER_H
#define STK_UNIT_PEER_H

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "unit.h"
#include "wire/channel.h"
#include "wire/ring.h"

#define SECOND UINT64_C(1000000000)

typedef struct peer {
    stk_channel *channel; /* the host's end */
    pid_t pid;
} peer;

/* What the child has. */
typedef struct worker {
    stk_channel *channel;
    int socket;
    stk_ring_side *host, *own; /* the counters */
    unsigned char *slot;       /* its slot */
} worker;

typedef void play(worker *at);

/* Seconds from now, far beyond what a test takes. */
static inline uint64_t
in_a_while(void)
{
    return stk_clock_monotonic_ns() + 60 * SECOND;
}

static inline uint64_t
in_ms(uint64_t ms)
{
    return stk_clock_monotonic_ns() + ms * 1000000u;
}

static inline stk_channel_options
small_options(void)
{
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;

    options.slot = 4096;
    options.maximum = options.sends = 1u << 20;
    return options;
}

static inline void
run_child(const stk_channel_options *options, int socket, int memory,
          play *part)
{
    worker at = { .socket = socket };
    stk_ring ring;

    alarm(120); /* later than who waits for it gives up */
    if (stk_ring_attach(&ring, options->slot, memory, NULL) < 0 ||
        stk_channel_attach(&at.channel, options, socket, memory, NULL) < 0)
        _exit(70);
    at.host = ring.theirs;
    at.own = ring.ours;
    at.slot = ring.out;
    part(&at);
    _exit(0);
}

static inline peer
start_peer(const stk_channel_options *options, play *part)
{
    peer made = { NULL, -1 };
    stk_error err = STK_ERROR_INIT;
    int socket, memory;

    if (stk_channel_new(&made.channel, options, &socket, &memory, &err) < 0)
        fail_msg("%s", err.message);
    made.pid = fork();
    assert_true(made.pid >= 0);
    if (made.pid == 0) {
        stk_channel_free(made.channel);
        run_child(options, socket, memory, part);
    }
    close(socket);
    close(memory);
    return made;
}

/* Ends it: its exit status, or -signal. */
static inline int
end_peer(peer *at)
{
    int status;

    stk_channel_free(at->channel);
    at->channel = NULL;
    assert_int_equal(waitpid(at->pid, &status, 0), at->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void
kill_peer(peer *at)
{
    kill(at->pid, SIGKILL);
    end_peer(at);
}

/* The worker's part when it is honest: what it gets it sends back. */
static inline void
echo(worker *at)
{
    const unsigned char *data;
    size_t length;

    while (stk_channel_receive(at->channel, &data, &length, 0, NULL) >= 0)
        if (stk_channel_send(at->channel, data, length, 0, NULL) < 0)
            break;
}

static inline void
assert_echoes(stk_channel *channel, size_t length)
{
    unsigned char *sent = malloc(length);
    const unsigned char *data;
    stk_error err = STK_ERROR_INIT;
    size_t got;

    for (size_t i = 0; i < length; i++)
        sent[i] = (unsigned char)(i * 31 + length);
    if (stk_channel_send(channel, sent, length, in_a_while(), &err) < 0 ||
        stk_channel_receive(channel, &data, &got, in_a_while(), &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(got, length);
    assert_memory_equal(data, sent, length);
    free(sent);
}

/* Publishes a piece by hand, as a plugin with the memory in its reach can. */
static inline void
publish(worker *at, uint64_t sent, uint64_t total, uint64_t fds)
{
    atomic_store(&at->own->total, total);
    atomic_store(&at->own->fds, fds);
    atomic_store(&at->own->sent, sent);
    send(at->socket, "b", 1, 0);
}

static inline void
assert_ends(play *part, enum stk_channel_fate fate, const char *message)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, part);
    stk_error err = STK_ERROR_INIT;
    const unsigned char *data;
    size_t length;
    int r;

    /* a peer that is to come must not be late, however busy its machine */
    r = stk_channel_receive(
        at.channel, &data, &length,
        fate == STK_FATE_SILENT ? in_ms(300) : in_a_while(), &err);
    assert_int_equal(r, fate == STK_FATE_LIED ? -STK_E_INVALID : -STK_E_IO);
    assert_string_equal(err.message, message);
    assert_int_equal(stk_channel_fate(at.channel), fate);
    /* and so it stays */
    err = (stk_error)STK_ERROR_INIT;
    assert_int_equal(
        stk_channel_receive(at.channel, &data, &length, in_ms(1), &err), r);
    assert_string_equal(err.message, message);
    assert_int_equal(stk_channel_send(at.channel, "x", 1, in_ms(1), NULL), r);
    assert_true(stk_channel_arm(at.channel));
    kill_peer(&at);
}

/* A part: nothing, until it is killed. */
static inline void
stay_silent(worker *at)
{
    (void)at;
    pause();
}

#endif
