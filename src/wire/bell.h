/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket beside the memory: one-byte packets. "b" wakes up, "f" carries
 * descriptors; the end of the stream is the peer's death. Not for other
 * rooms.
 */
#ifndef STK_WIRE_BELL_H
#define STK_WIRE_BELL_H

#include <stdbool.h>

#define STK_BELL_FDS_MAX 8u

enum stk_bell {
    STK_BELL_NONE = 0, /* nothing is there, and it was not to be waited for */
    STK_BELL_RANG,
    STK_BELL_DEAD,
    STK_BELL_LIED,        /* no packet of ours, or too many descriptors */
    STK_BELL_INTERRUPTED, /* a signal came */
    STK_BELL_FAILED       /* errno says why */
};

/* Descriptors that came and that no frame has claimed yet, in order. */
typedef struct stk_bell_fds {
    int fds[STK_BELL_FDS_MAX]; /* owned */
    unsigned count;
    unsigned maximum; /* that we take */
} stk_bell_fds;

/* Never waits: a peer with bells that it has not read will wake up. */
enum stk_bell stk_bell_ring(int socket);

/* `wait`: for room in the socket's buffer. */
enum stk_bell stk_bell_send_fds(int socket, const int *fds, unsigned count,
                                bool wait);

/* The next packet; its descriptors go behind those in `came`. Waiting ends
 * with STK_BELL_NONE where the socket has a timeout (SO_RCVTIMEO). Where no
 * descriptor is wanted this is recvfrom, else recvmsg. */
enum stk_bell stk_bell_hear(int socket, stk_bell_fds *came, bool wait);

/* Takes `count` from the front. */
void stk_bell_claim(stk_bell_fds *came, int *fds, unsigned count);

void stk_bell_close(int *fds, unsigned count);

#endif
