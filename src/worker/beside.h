/* SPDX-License-Identifier: Apache-2.0 */
/* What a zygote does beside starting Python, in a thread that is gone before
 * anything else begins: namespaces are made, the store is filled, the filter
 * is compiled. */
#ifndef STK_WORKER_BESIDE_H
#define STK_WORKER_BESIDE_H

#include "base/error.h"
#include "sandbox/namespaces.h"
#include "sandbox/seccomp.h"
#include "worker/interpreter.h"
#include "worker/thread.h"

typedef struct stk_beside {
    const stk_profile *profile; /* borrowed */
    stk_filter *filter;         /* borrowed */
    stk_namespaces made;
    stk_folders folders;
    bool has_folders;
    int result; /* of the filter */
    stk_error err;
    stk_thread thread;
} stk_beside;

/* Where there is no thread to be had, it is done at once. */
void stk_beside_start(stk_beside *beside, const stk_profile *profile,
                      stk_filter *filter);

/* Waits for it. */
void stk_beside_join(stk_beside *beside);

#endif
