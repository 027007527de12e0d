/* SPDX-License-Identifier: Apache-2.0 */
/* What a process gives up for good: privileges, capabilities, descriptors,
 * and what rlimits bound. */
#ifndef STK_SANDBOX_LIMITS_H
#define STK_SANDBOX_LIMITS_H

#include "sandbox/layers.h"

/*
 * no_new_privs; not dumpable, so that no core and no ptrace; killed when the
 * parent (its thread that forked) ends. -STK_E_STATE when the parent is gone
 * already; `parent` is its pid as seen from here: 0 in a pid namespace of
 * one's own, getppid() of before the fork otherwise.
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
