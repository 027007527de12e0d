/* SPDX-License-Identifier: Apache-2.0 */
/* The whole sequence of a worker, between its fork and its first untrusted
 * byte. */
#ifndef STK_SANDBOX_LOCKDOWN_H
#define STK_SANDBOX_LOCKDOWN_H

#include "sandbox/seccomp.h"

typedef struct stk_locking {
    const stk_profile *profile;
    const stk_filter *filter; /* stk_filter_build()'s of this profile */
    int sock;   /* SOCK_SEQPACKET, to the host; becomes STK_WORKER_FD */
    int parent; /* pidfd of who forked, as stk_spawn_fork() gives it; -1:
                   nobody's end is waited for */
} stk_locking;

/*
 * Locks the calling process down, for ever: user, privileges, descriptors,
 * Landlock, rlimits, capabilities, and seccomp last. It must have one thread.
 * Of what is open from 3 on, STK_WORKER_FD alone is left.
 *
 * `report` is what stk_namespaces_enter() noted, or STK_SANDBOX_REPORT_INIT
 * where it was not called; it is completed here. STK_LAYER_PID is noted from
 * getpid() == 1. What the profile cannot do without is judged here, and
 * nowhere else.
 *
 * Before this returns, one message of one byte, STK_LOCKDOWN_HELLO, has gone
 * through `sock`, with the listener beside it (SCM_RIGHTS) where this machine
 * notifies. stk_lockdown_receive() is the other end.
 *
 * Returns 0: now untrusted code may run. Else negative, with `err`: the
 * process must _exit() at once, for it may be half locked down. It may tell
 * the host why through `sock`, or STK_WORKER_FD: send(2) with no address is
 * never filtered.
 */
int stk_lockdown(const stk_locking *what, stk_sandbox_report *report,
                 stk_error *err);

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
