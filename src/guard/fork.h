/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fork() and the locks of guards: another thread may hold one at that very
 * moment, and is not there to give it back in the child.
 */
#ifndef STK_GUARD_FORK_H
#define STK_GUARD_FORK_H

#include <stockade/guard.h>

void stk_fork_watch(stk_guard *guard);
void stk_fork_forget(stk_guard *guard);

#endif
