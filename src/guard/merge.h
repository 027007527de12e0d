/* SPDX-License-Identifier: Apache-2.0 */
/* A policy onto a sheet, rule by rule, to be added to. */
#ifndef STK_GUARD_MERGE_H
#define STK_GUARD_MERGE_H

#include <stockade/policy.h>

#include "guard/sheet.h"

/* What `base` says with all it extends; its comments are not in it.
 * Returns 0 or -STK_E_MEMORY. */
int stk_merge_policy(stk_sheet *sheet, const stk_policy *base, stk_error *err);

#endif
