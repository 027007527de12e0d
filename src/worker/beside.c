/* SPDX-License-Identifier: Apache-2.0 */
/* What a zygote does beside starting Python. */
#include "worker/beside.h"

#include <dlfcn.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include "sandbox/limits.h"
#include "sandbox/syscalls.h"
#include "worker/store.h"

#define STACK_SIZE (256u << 10)
#define TURNS_MAX  10000u

static void *
run(void *payload)
{
    stk_beside *beside = payload;

    stk_namespaces_make(&beside->made, beside->profile);
    /* libc opens it when a thread ends by pthread_exit(3) */
    if (beside->profile->calls & STK_CALLS_THREADS)
        dlopen("libgcc_s.so.1", RTLD_NOW);
    if (beside->has_folders)
        stk_store_fill(beside->folders.library, beside->folders.machine);
    beside->result =
        stk_filter_build(beside->filter, beside->profile, &beside->err);
    return NULL;
}

/* On a stack that is given back: what libc keeps of its own would count
 * against the memory of every worker, and so would another arena. */
static bool
start(stk_beside *beside)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int failed;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    mallopt(M_ARENA_MAX, 1);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_attr_setstack(&attributes, beside->stack, STACK_SIZE);
    if (!failed)
        failed = pthread_create(&beside->thread, &attributes, run, beside);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return !failed;
}

void
stk_beside_start(stk_beside *beside, const stk_profile *profile,
                 stk_filter *filter)
{
    beside->profile = profile;
    beside->filter = filter;
    beside->err = (stk_error)STK_ERROR_INIT;
    beside->has_folders = stk_interpreter_folders(&beside->folders);
    beside->stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    beside->running = beside->stack != MAP_FAILED && start(beside);
    if (!beside->running)
        run(beside);
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
stk_beside_join(stk_beside *beside)
{
    if (beside->running) {
        pthread_join(beside->thread, NULL);
        await_end();
    }
    beside->running = false;
    if (beside->stack != MAP_FAILED)
        munmap(beside->stack, STACK_SIZE);
    beside->stack = MAP_FAILED;
}
