/* SPDX-License-Identifier: Apache-2.0 */
/* What a process gives up for good: privileges, capabilities, descriptors,
 * and what rlimits bound. */
#ifndef STK_SANDBOX_LIMITS_H
#define STK_SANDBOX_LIMITS_H

#include "sandbox/layers.h"

#define STK_NOBODY 65534u /* who root's workers are */

/* 0, or -STK_E_STATE: most of what is given up here is given up by one
 * thread, and another would keep it. */
int stk_limits_one_thread(stk_error *err);

/*
 * Root becomes nobody, so that what it owns is not the worker's; another user
 * stays who he is. Notes STK_LAYER_UNROOT. Negative only where it stopped half
 * way.
 */
int stk_limits_identity(stk_sandbox_report *report, stk_error *err);

/*
 * no_new_privs; not dumpable, so that no core and no ptrace; killed when the
 * parent ends, which `parent`, a pidfd, must not have done: -STK_E_STATE. -1:
 * it is not looked after. Comes after stk_limits_identity(): a change of user
 * undoes the last two.
 */
int stk_limits_privileges(int parent, stk_sandbox_report *report,
                          stk_error *err);

/* Moves `sock` to STK_WORKER_FD and closes every other descriptor from 3 on.
 * 0, 1 and 2 are left alone: stk_spawn() made them /dev/null. */
int stk_limits_descriptors(int sock, stk_error *err);

/* rlimits of the profile, soft and hard; read back. */
int stk_limits_resources(const stk_profile *profile,
                         stk_sandbox_report *report, stk_error *err);

/* Drops every capability, ambient ones included; read back. */
int stk_limits_capabilities(stk_sandbox_report *report, stk_error *err);

#endif
