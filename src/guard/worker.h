/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One worker: whether it lives, and why it does not. isolate.h starts it,
 * ask.h has it asked.
 */
#ifndef STK_GUARD_WORKER_H
#define STK_GUARD_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <stockade/sandbox.h>

#include "guard/preloaded.h"
#include "guard/usage.h"

typedef struct stk_worker stk_worker;

void stk_worker_free(stk_worker *worker); /* it ends, soon */

const stk_profile *stk_worker_profile(const stk_worker *worker);
/* What it has of `preload` that was verified. Borrowed. */
const stk_preloaded *stk_worker_preloaded(const stk_worker *worker);

/* True while it may be asked; false in a fork of the host, too. */
bool stk_worker_is_alive(const stk_worker *worker);
/* Why not: "" while it is. Borrowed from the worker, and never freed before
 * it. */
const char *stk_worker_why(const stk_worker *worker);
/* Whether it ended, of itself or by the host: then that is why. Not in a fork
 * of the host, which never had it. */
bool stk_worker_has_ended(const stk_worker *worker);
/* Whether somebody wanted it to, so that none is to come after it. */
bool stk_worker_was_closed(const stk_worker *worker);

/* SIGKILL; `why` is kept when it is the first. Any thread. */
void stk_worker_kill(stk_worker *worker, const char *why);
/* The same, of one that is not wanted any more. */
void stk_worker_close(stk_worker *worker, const char *why);

/* What it took of the machine so far, or until it was killed; what is not
 * known is 0. */
stk_usage stk_worker_usage(stk_worker *worker);
/* Its time alone, for much less. One thread at a time. */
uint64_t stk_worker_cpu(stk_worker *worker);

/* Its system calls that were denied since this was called last, a line each;
 * those that it made before it answered are told. Freed by free(); NULL when
 * memory is out. */
char *stk_worker_take_denials(stk_worker *worker);

#endif
