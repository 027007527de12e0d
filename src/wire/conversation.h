/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is. The host asks; from then on the worker has the turn: it
 * may tell (a notice), ask back (a request, the host then has the turn), and
 * answer. Whoever has no turn says nothing. One conversation at a time.
 *
 * So a frame of the peer's is right or fatal: a reply to what was not asked,
 * to what is answered already, to anything but the last question; a request
 * at the wrong depth; a number that came before; anything when it is not the
 * peer's turn. After a fatal one every call fails: the worker is to be
 * killed, its handles are dead. Both sides keep one of these.
 *
 * Threads: one at a time; the host holds its lock of the worker from the
 * outermost request until its reply.
 */
#ifndef STK_WIRE_CONVERSATION_H
#define STK_WIRE_CONVERSATION_H

#include "wire/frame.h"

/* Requests within requests. Each is a Python call on both sides, whose C
 * stacks a worker must not be able to use up. */
#define STK_CONVERSATION_DEPTH_MAX 32u

typedef struct stk_conversation {
    enum stk_side side; /* who we are */
    bool broken;        /* sticks */
    unsigned depth;     /* requests that are open, the last on top */
    uint64_t ours;      /* the last number that we used */
    uint64_t theirs;    /* the last number that the peer used */
    stk_frame open[STK_CONVERSATION_DEPTH_MAX];
    uint64_t nonces[16]; /* of the host's: random, drawn ahead */
    unsigned drawn;      /* how many of them are left */
} stk_conversation;

void stk_conversation_init(stk_conversation *at, enum stk_side side);

/* The heads of what we send; each 0 or -STK_E_STATE when it is not ours to
 * say now, -STK_E_LIMIT (too deep), -STK_E_IO (no random bytes). */
int stk_conversation_ask(stk_conversation *at, stk_frame *frame,
                         enum stk_op op, stk_error *err);
int stk_conversation_tell(stk_conversation *at, stk_frame *frame,
                          enum stk_op op, stk_error *err);
/* Answers the request on top, which is the peer's. */
int stk_conversation_answer(stk_conversation *at, stk_frame *frame,
                            bool raised, stk_error *err);

/*
 * A frame of the peer's. 0: it may come now, and it is a request to be
 * answered, a notice, or the reply to our last request. -STK_E_INVALID:
 * fatal, and the conversation is broken.
 */
int stk_conversation_hear(stk_conversation *at, const stk_frame *frame,
                          stk_error *err);

/* Who is to speak next: on a host STK_SIDE_HOST when nothing is open. */
enum stk_side stk_conversation_turn(const stk_conversation *at);

/* Breaks it: what we could not read, the peer should not have sent. */
void stk_conversation_break(stk_conversation *at);

#endif
