/* SPDX-License-Identifier: Apache-2.0 */
/* A thread of a zygote's own. */
#include "worker/thread.h"

#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include "sandbox/limits.h"

#define STACK_SIZE (256u << 10)
#define TURNS_MAX  10000u

/* On a stack that is given back: what libc keeps of its own would count
 * against the memory of every worker, and so would another arena. */
static bool
start(stk_thread *thread, void *(*run)(void *payload), void *payload)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int failed;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    mallopt(M_ARENA_MAX, 1);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_attr_setstack(&attributes, thread->stack, STACK_SIZE);
    if (!failed)
        failed = pthread_create(&thread->thread, &attributes, run, payload);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return !failed;
}

bool
stk_thread_start(stk_thread *thread, void *(*run)(void *payload),
                 void *payload)
{
    void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

    *thread = (stk_thread){ .stack = stack };
    if (stack == MAP_FAILED)
        return false;
    thread->running = start(thread, run, payload);
    if (!thread->running)
        munmap(stack, STACK_SIZE);
    return thread->running;
}

/* The kernel has the thread for a moment longer than libc. */
static void
await_end(void)
{
    stk_error err = STK_ERROR_INIT;

    for (unsigned i = 0; i < TURNS_MAX && stk_limits_one_thread(&err) < 0; i++)
        sched_yield();
}

void
stk_thread_join(stk_thread *thread)
{
    if (!thread->running)
        return;
    pthread_join(thread->thread, NULL);
    await_end();
    munmap(thread->stack, STACK_SIZE);
    *thread = (stk_thread){ .running = false };
}
