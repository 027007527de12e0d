/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest change that turns an answer. */
#ifndef STK_POLICY_FIX_H
#define STK_POLICY_FIX_H

#include "policy/told.h"

/* "" when there is none, NULL when memory is out. */
const char *stk_fix(stk_told *told);

/* fixclosure.c: the change that has a package import what it needs, where it
 * was denied something by no rule for that name, or cannot be imported itself:
 * "" where there is none, NULL when memory is out. Before stk_fix(). */
const char *stk_fix_closure(const stk_told *told);

/* No more than `*` or the default denies any part of the name. */
bool stk_fix_is_loose(const stk_told *told);

/* The file that a line for this section is written to; NULL: a new one. */
const char *stk_fix_file(const stk_told *told, const stk_section *section);

#endif
