/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of a channel: for each direction a slot and the counters of who
 * writes it. Who waits, and for how long, is wait.c's. Not for other rooms.
 *
 * Each side writes its own counters and slot, and reads the peer's; only
 * `asleep` is written by both. A hostile peer writes what it likes, when it
 * likes: each counter is loaded once into a variable, and the only values
 * taken are "as before" and "one more".
 */
#ifndef STK_WIRE_RING_H
#define STK_WIRE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "wire/nap.h"

/* What a sleeper waits for; RING_NAP beside it: at `asleep` itself, and not
 * at its socket. */
enum { RING_AWAKE = 0, RING_PIECE = 1, RING_ROOM = 2, RING_NAP = 4 };

/* Who is to be woken by whoever ended a wait, and where. */
enum stk_ring_wake { RING_WAKE_NOBODY = 0, RING_WAKE_SOCKET, RING_WAKE_NAP };

typedef struct stk_ring_side {
    /* about what is in its slot */
    _Atomic uint64_t sent;  /* pieces, this one counted */
    _Atomic uint64_t total; /* bytes of the frame that it is a piece of */
    _Atomic uint64_t fds;   /* descriptors on the socket for that frame */
    uint64_t unused[5];
    /* about itself, in a cache line of its own */
    _Atomic uint64_t taken;  /* pieces of the peer's that it has copied */
    _Atomic uint32_t asleep; /* RING_*: whether, for what and where to wake */
    _Atomic uint32_t cpu;    /* where it runs, plus 1: a hint */
    uint64_t unused_too[6];
} stk_ring_side;

typedef struct stk_ring {
    stk_ring_side *ours, *theirs;
    unsigned char *out, *in; /* the slots */
    size_t slot;             /* bytes of each */
    uint64_t sent, received; /* what we know of ours.sent, ours.taken */
    uint32_t cpu;            /* what we know of ours.cpu */
    void *map;
    size_t mapped;
} stk_ring;

typedef struct stk_ring_piece {
    uint64_t total, fds;
} stk_ring_piece;

/* Makes the memory, sealed against shrinking: a peer that cut it off would
 * kill us with SIGBUS. `fd` is the caller's. */
int stk_ring_new(stk_ring *ring, size_t slot, int *fd, stk_error *err);
int stk_ring_attach(stk_ring *ring, size_t slot, int fd, stk_error *err);
void stk_ring_clear(stk_ring *ring);

/* Whether the peer has written a piece (RING_PIECE) or has taken our last
 * one (RING_ROOM): 1, 0, or -1: a counter says what cannot be. */
int stk_ring_look(const stk_ring *ring, int what);

/* What is said of the piece that is there. */
stk_ring_piece stk_ring_peek(const stk_ring *ring);
/* Copies it and makes room. Is the peer to be woken? */
enum stk_ring_wake stk_ring_take(stk_ring *ring, void *to, size_t length);
/* Writes one; there must be room. Is the peer to be woken? */
enum stk_ring_wake stk_ring_put(stk_ring *ring, const stk_ring_piece *piece,
                                const void *data, size_t length);

/* From now on the peer wakes us up; look again after this. `what` may have
 * RING_NAP beside it. */
void stk_ring_doze(stk_ring *ring, int what);
/* Sleeps as stk_ring_doze() said with RING_NAP; wakes up who did. */
enum stk_nap stk_ring_nap(stk_ring *ring, int what);
void stk_ring_end_nap(stk_ring *ring);
/* True: the peer has seen us asleep: it has woken us up or is about to. */
bool stk_ring_rise(stk_ring *ring);

/* Whether looking on makes sense: the peer runs, and on another CPU. */
bool stk_ring_apart(stk_ring *ring);

#endif
