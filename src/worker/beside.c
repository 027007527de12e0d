/* SPDX-License-Identifier: Apache-2.0 */
/* What a zygote does beside starting Python. */
#include "worker/beside.h"

#include <dlfcn.h>

#include "sandbox/syscalls.h"
#include "worker/store.h"

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

void
stk_beside_start(stk_beside *beside, const stk_profile *profile,
                 stk_filter *filter)
{
    beside->profile = profile;
    beside->filter = filter;
    beside->err = (stk_error)STK_ERROR_INIT;
    beside->has_folders = stk_interpreter_folders(&beside->folders);
    if (!stk_thread_start(&beside->thread, run, beside))
        run(beside);
}

void
stk_beside_join(stk_beside *beside)
{
    stk_thread_join(&beside->thread);
}
