/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock: no file but those below `read` and `write`, no TCP port but
 * those of `network`, no signal and no abstract socket to the outside.
 */
#ifndef STK_SANDBOX_LANDLOCK_H
#define STK_SANDBOX_LANDLOCK_H

#include "sandbox/layers.h"

/* The newest ABI that is believed. Tests lower it: an old machine. */
#define STK_LANDLOCK_ANY 1000
extern int stk_landlock_newest;

/* The ABI version of this machine, stk_landlock_newest at most; 0 where there
 * is none, with errno. */
int stk_landlock_abi(void);

/*
 * Restricts the calling thread, for ever; no_new_privs must be set. Notes the
 * three layers in `report`. Returns 0 where Landlock is missing, too: whether
 * that will do is for stk_layers_judge(). Negative, -STK_E_IO, where a path
 * of the profile cannot be opened, or the rules were not taken.
 */
int stk_landlock_restrict(const stk_profile *profile,
                          stk_sandbox_report *report, stk_error *err);

#endif
