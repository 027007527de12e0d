/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that has no code yet: the channel to it, and that it is to lock
 * itself down. For zygote.c and isolate.c. */
#ifndef STK_GUARD_STANDBY_H
#define STK_GUARD_STANDBY_H

#include <stdbool.h>

#include <stockade/sandbox.h>

#include "wire/channel.h"
#include "wire/conversation.h"

typedef struct stk_standby {
    stk_channel *channel; /* owned */
    stk_conversation talk;
    int sock, memory; /* owned: the worker's, until the zygote has them */
    int pidfd;        /* owned; -1 until it was forked */
    int listener;     /* owned; what it is watched by, or -1 */
    bool heard;       /* what it said of its lock-down */
    bool roused;
    stk_sandbox_report report;
} stk_standby;

#define STK_STANDBY_INIT                                                      \
    {                                                                         \
        .sock = -1, .memory = -1, .pidfd = -1, .listener = -1                 \
    }

/*
 * A channel for a worker under `profile`, in which it is asked already to
 * lock itself down: it does so as soon as it is forked, whether or not
 * somebody waits. What it says of that is left in the channel.
 */
int stk_standby_new(stk_standby *out, const stk_profile *profile,
                    stk_error *err);

/* Its ends went to the zygote. Else we would never hear of its end. */
void stk_standby_sent(stk_standby *at);

/* It was forked: `pidfd` is taken. */
void stk_standby_born(stk_standby *at, int pidfd);

/* False when it has ended, as one that could not lock itself down. */
bool stk_standby_lives(const stk_standby *at);

/* What it says of its lock-down, if it has by now. Waits for nobody; what
 * cannot be is its end. */
void stk_standby_hear(stk_standby *at);

/*
 * One that is locked down by now has `op` to do soon, and begins to get ready
 * while we are busy. Waits for nobody; what it says that cannot be is its end.
 */
void stk_standby_rouse(stk_standby *at, enum stk_op op);

/* Gives back what it holds, and kills it when `ours`: not in a fork of the
 * host's. */
void stk_standby_clear(stk_standby *at, bool ours);

#endif
