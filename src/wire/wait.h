/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for the peer: looking at the memory, then a nap, then sleeping at
 * the socket, until it is as far, or until the end: what ended it first
 * sticks. Not for other rooms.
 */
#ifndef STK_WIRE_WAIT_H
#define STK_WIRE_WAIT_H

#include "wire/bell.h"
#include "wire/channel.h"
#include "wire/part.h"
#include "wire/ring.h"

typedef struct stk_waiter {
    stk_ring ring;
    bool host;     /* has a clock and poll; a worker has not */
    int socket;    /* owned by the channel */
    int pidfd;     /* borrowed, or -1 */
    unsigned spin; /* looks before sleeping */

    enum stk_channel_fate fate;
    int sys_errno;    /* of FAILED */
    const char *lied; /* of LIED: how */

    uint64_t deadline; /* of the last call */
    uint64_t since;    /* ns from the one before; 0: nothing is known */
    uint64_t answered; /* when, where that took long; else 0 */
    bool apart;        /* at the last wait */
    unsigned spin_failed, spin_waits, spin_probe;
    unsigned fresh; /* first waits that are left */
    stk_part part;
    bool moved;    /* just now: where it said that it runs is old */
    bool joined;   /* so, too, but onto our CPU */
    bool paused;   /* before the call that is under way */
    uint64_t woke; /* when we woke it up, where that is of interest, or 0 */
    bool stale;    /* a packet may be in the socket that wakes nobody */
    stk_bell_fds came;
    uint64_t slept, rang, n_joined;
} stk_waiter;

/* A few packets are left over from wakings that came too late; more than
 * this many that wake for nothing are an attack. */
#define STK_WAIT_VAIN_MAX 64u

/* What comes first takes longer than to be woken, on either side: so many
 * waits look so many times as long. */
#define STK_WAIT_FRESH      8u
#define STK_WAIT_FRESH_SPIN 8u

/* A host's socket has this as its timeout. */
#define STK_WAIT_TICK_NS 50000000u

/* Whether a piece (RING_PIECE) or room for one (RING_ROOM) is there: 1 it
 * is, 0 not yet, -1 the end. */
int stk_wait_look(stk_waiter *at, int what);
/* Until it is: 1; 0: a signal came; -1 the end. */
int stk_wait_for(stk_waiter *at, int what, uint64_t deadline);

/* A call begins. How far its deadline is from the last one's is how long ago
 * that began: no clock is read for it unless its answer took long, and
 * another timeout looks like a pause. Before the first one nothing is known:
 * who was ready long before has warmed its own CPU. */
void stk_wait_begin(stk_waiter *at, uint64_t deadline);

/* Wakes the peer up, if it is to be. 0, or -1 the end. */
int stk_wait_wake(stk_waiter *at, enum stk_ring_wake how);
/* Reads a packet: 0, 1 (a signal), -1 the end. */
int stk_wait_hear(stk_waiter *at, bool wait);
/* Reads the packets that are left over. 0; 1: the peer is gone, but may have
 * said something first; -1 the end. */
int stk_wait_drain(stk_waiter *at);

/* The end; both return -1. */
int stk_wait_end(stk_waiter *at, enum stk_channel_fate fate, const char *lied);
int stk_wait_lie(stk_waiter *at, const char *how);
/* The error of the end. Negative. */
int stk_wait_report(const stk_waiter *at, stk_error *err);

#endif
