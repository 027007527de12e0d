/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that answers denied system calls of all workers: a worker that
 * waits for it may be the one that a thread of the host's waits for. */
#ifndef STK_GUARD_OVERSEER_H
#define STK_GUARD_OVERSEER_H

#include <stockade/guard.h>

#include "sandbox/supervise.h"

/* Who tried; texts are copied. */
typedef struct stk_overseen {
    stk_guard *guard; /* borrowed until stk_overseer_stop() */
    const char *package;
    const char *profile;
} stk_overseen;

/*
 * Watches one worker until it is gone. `listener` is taken, whatever is
 * returned; `pidfd` is copied.
 */
typedef struct stk_oversight stk_oversight;
int stk_overseer_watch(stk_oversight **out, const stk_overseen *who,
                       int listener, int pidfd, uint32_t denials,
                       stk_error *err);

/*
 * Its denied calls since this was called last, a line each, with those that
 * the worker made before it said what the caller heard last. Of very many
 * the first. Freed by free(); NULL when memory is out, "" for NULL.
 */
char *stk_oversight_take(stk_oversight *oversight);

/* Where the worker was killed for its denied calls, `err` says so from then
 * on, and is otherwise as it was. `oversight` may be NULL. */
void stk_oversight_explain(stk_oversight *oversight, stk_error *err);

/* It is of no interest any more. Waits for the thread to let go of it. */
void stk_oversight_free(stk_oversight *oversight);

/* Has the thread do something in some ms, out of the way of who asks for it;
 * at once where there is no thread, and at the latest when it is stopped. */
typedef void (*stk_overseer_job)(uint64_t with);
void stk_overseer_later(stk_overseer_job job, uint64_t with);

/* Ends the thread. Those that it watched must be freed before. */
void stk_overseer_stop(void);

#endif
