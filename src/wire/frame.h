/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of each frame: 32 bytes, little endian, and behind it one value
 * (wire/value.h).
 *
 *     u8 version  u8 kind  u8 op  u8 depth  u32 zero
 *     u64 number  u64 nonce  u64 conversation
 *
 * A request and a notice take the next number of their sender, from 1, and
 * no number comes twice. `nonce` of the host's is random, of a worker's 0. A
 * reply repeats op, depth, number, nonce and conversation of what it
 * answers: it cannot be written before that was read.
 * A notice has the depth that is open, and where none is, neither depth nor
 * conversation; its nonce is 0.
 * A conversation is what grew out of one request of the host's while nothing
 * else was open: it has the number of that request. Depth 1 is that request,
 * 2 what the worker asked to answer it, and so on.
 *
 * Whether a head that is one may come now: wire/conversation.h.
 */
#ifndef STK_WIRE_FRAME_H
#define STK_WIRE_FRAME_H

#include "base/error.h"
#include "wire/op.h"

#define STK_FRAME_VERSION 1u
#define STK_FRAME_HEAD    32u

enum stk_frame_kind {
    STK_FRAME_NOTHING = 0,
    STK_FRAME_REQUEST = 1,
    STK_FRAME_RESULT = 2, /* the reply: its value is the answer */
    STK_FRAME_RAISED = 3, /* the reply: its value is an exception */
    STK_FRAME_NOTICE = 4  /* nobody answers */
};

typedef struct stk_frame {
    enum stk_frame_kind kind;
    enum stk_op op;
    unsigned depth;
    uint64_t number;
    uint64_t nonce;
    uint64_t conversation;
} stk_frame;

void stk_frame_write(unsigned char head[STK_FRAME_HEAD],
                     const stk_frame *frame);

/* 0, or -STK_E_INVALID: too short, another version, a kind or op that there
 * is not or that do not go together, a bit set that is to be zero. */
int stk_frame_read(stk_frame *frame, const void *data, size_t length,
                   stk_error *err);

#endif
