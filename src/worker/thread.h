/* SPDX-License-Identifier: Apache-2.0 */
/* A thread of a zygote's own, beside Python: when it is joined nothing of it
 * is left, and workers can be forked. */
#ifndef STK_WORKER_THREAD_H
#define STK_WORKER_THREAD_H

#include <pthread.h>
#include <stdbool.h>

typedef struct stk_thread {
    bool running;
    pthread_t thread;
    void *stack; /* owned, while it runs */
} stk_thread;

/* False: there is none to be had. It hears no signal. */
bool stk_thread_start(stk_thread *thread, void *(*run)(void *payload),
                      void *payload);

/* Waits for it; one that was not started is none. */
void stk_thread_join(stk_thread *thread);

#endif
