/* SPDX-License-Identifier: Apache-2.0 */
/* The whole sequence of a worker, between its fork and its first untrusted
 * byte. */
#ifndef STK_SANDBOX_LOCKDOWN_H
#define STK_SANDBOX_LOCKDOWN_H

#include "sandbox/seccomp.h"

/*
 * Locks the calling process down under `profile`, for ever: privileges,
 * descriptors, Landlock, rlimits, capabilities, and seccomp last. It must
 * have one thread. `sock`, a SOCK_SEQPACKET socket to the host, becomes
 * STK_WORKER_FD and is all that is left open from 3 on; `filter` is
 * stk_filter_build()'s of this profile, made before.
 *
 * `report` is what stk_namespaces_enter() noted, or STK_SANDBOX_REPORT_INIT
 * where it was not called; it is completed here. STK_LAYER_PID is noted from
 * getpid() == 1.
 *
 * Where the machine can notify, one message of STK_LOCKDOWN_HELLO with the
 * listener beside it (SCM_RIGHTS) is sent through `sock` before this returns;
 * without a listener the same message goes alone. stk_lockdown_receive() is
 * the other end.
 *
 * Returns 0: now untrusted code may run. Else negative, with `err`: the
 * process must _exit() at once, for it may be half locked down.
 */
int stk_lockdown(const stk_profile *profile, const stk_filter *filter,
                 int sock, stk_sandbox_report *report, stk_error *err);

/* What the first message of a worker holds: one byte. */
#define STK_LOCKDOWN_HELLO 'L'

/*
 * Takes that message from `sock`, waiting `timeout_ms` at most. `*listener`
 * is the descriptor, which the caller owns, or -1 where there is none.
 * Returns 0; -STK_E_IO when none came or the worker is gone; -STK_E_INVALID
 * when it was another message.
 */
int stk_lockdown_receive(int *listener, int sock, int timeout_ms,
                         stk_error *err);

#endif
