/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest change that turns an answer. */
#ifndef STK_POLICY_FIX_H
#define STK_POLICY_FIX_H

#include "policy/told.h"

/* "" when there is none, NULL when memory is out. */
const char *stk_fix(stk_told *told);

#endif
