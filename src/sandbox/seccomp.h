/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of a profile: compiled once, before any limit stands, then
 * loaded by as many workers as are forked afterwards. Loading takes one
 * system call and no memory.
 */
#ifndef STK_SANDBOX_SECCOMP_H
#define STK_SANDBOX_SECCOMP_H

#include <linux/filter.h>

#include "sandbox/layers.h"

/* A call from another architecture kills in both. */
typedef struct stk_filter {
    struct sock_fprog notify; /* what is denied waits for a supervisor */
    struct sock_fprog quiet;  /* what is denied is EPERM */
} stk_filter;

#define STK_FILTER_INIT                                                       \
    {                                                                         \
        { 0, NULL },                                                          \
        {                                                                     \
            0, NULL                                                           \
        }                                                                     \
    }

/*
 * Compiles both programs; frees what was in `filter`, which begins as
 * STK_FILTER_INIT. Call it before RLIMIT_FSIZE and RLIMIT_NOFILE are set.
 * Returns 0, -STK_E_MEMORY, or -STK_E_UNSUPPORTED where libseccomp cannot.
 */
int stk_filter_build(stk_filter *filter, const stk_profile *profile,
                     stk_error *err);
void stk_filter_clear(stk_filter *filter);

/*
 * Loads the filter into the calling thread, for ever; no_new_privs must be
 * set. With `listener` the notifying program is tried first, and `*listener`
 * is the descriptor to hand to a supervisor, or -1 where this machine has
 * none or somebody listens already (EBUSY, in some containers): then denials
 * are EPERM and unnamed, which `report` says. Without `listener` the quiet
 * program is loaded. Returns 0, or -STK_E_UNSUPPORTED: then nothing is
 * filtered.
 */
int stk_filter_load(const stk_filter *filter, int *listener,
                    stk_sandbox_report *report, stk_error *err);

#endif
