/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a guard. */
#ifndef STK_GUARD_REPORT_H
#define STK_GUARD_REPORT_H

#include <stockade/guard.h>

/* Returns as stk_guard_record(). */
int stk_report_start(stk_guard *guard, const stk_guard_options *options,
                     stk_error *err);

/* `failure` NULL: the policy was swapped; else why the old one stays. */
int stk_report_reload(stk_guard *guard, const stk_error *failure,
                      stk_error *err);

#endif
