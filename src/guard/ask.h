/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a worker: the lock over it, and its frames.
 *
 * A worker can only ever fail a call: every wait has a deadline, and after
 * any error it is killed and every later call fails the same way.
 */
#ifndef STK_GUARD_ASK_H
#define STK_GUARD_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "guard/worker.h"
#include "wire/conversation.h"
#include "wire/writer.h"

/*
 * The lock: from the outermost request to its reply; a thread that has it
 * may take it again. 0, or -STK_E_IO with ETIMEDOUT when the deadline
 * (CLOCK_MONOTONIC ns) passes.
 */
int stk_worker_enter(stk_worker *worker, uint64_t deadline, stk_error *err);
/* The same where nobody is to be waited for: false where it is not so. */
bool stk_worker_try_enter(stk_worker *worker);
void stk_worker_leave(stk_worker *worker);
/* Whether another thread has it just now: it may be over when it is told. */
bool stk_worker_is_busy(const stk_worker *worker);

/*
 * Lends the lock to one thread while its owner, who is to answer the worker,
 * waits for that thread: what it asks is asked within what is answered. The
 * number is for stk_worker_reclaim(), which waits until nothing is.
 */
unsigned stk_worker_lend(stk_worker *worker, pid_t thread);
void stk_worker_reclaim(stk_worker *worker, unsigned depth);
/* For who has the lock: whether he only borrows it. */
bool stk_worker_is_lent(const stk_worker *worker);
pid_t stk_worker_thread(void); /* this one */

/* Starts a frame in `writer`. */
void stk_worker_begin(const stk_worker *worker, stk_writer *writer);

/*
 * Sends the frame in `writer`. After a failure of the channel the worker is
 * dead; a value that is not complete fails with it alive.
 */
int stk_worker_ask(stk_worker *worker, enum stk_op op, stk_writer *writer,
                   uint64_t deadline, stk_error *err);
int stk_worker_answer(stk_worker *worker, bool raised, stk_writer *writer,
                      uint64_t deadline, stk_error *err);

typedef struct stk_worker_heard {
    stk_frame frame;
    const unsigned char *value; /* borrowed until the next one */
    size_t length;
} stk_worker_heard;

/* The next frame of the worker's. 0; STK_CHANNEL_INTERRUPTED (1): a signal
 * came, call again; negative: it is dead now. */
int stk_worker_hear(stk_worker *worker, stk_worker_heard *out,
                    uint64_t deadline, stk_error *err);

/* The bounds of what it may answer. */
stk_value_bounds stk_worker_bounds(const stk_worker *worker);

/* A handle is not held any more: told with the next request. Any thread,
 * from finalizers, too. */
void stk_worker_release(stk_worker *worker, uint64_t id);

#endif
