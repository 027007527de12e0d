/* SPDX-License-Identifier: Apache-2.0 */
/* Judgements that need not be thought over again. */
#ifndef STK_GUARD_JUDGE_H
#define STK_GUARD_JUDGE_H

#include <stdbool.h>

#include <stockade/guard.h>

/*
 * The judgement of an attempt that `policy`, which observes no second one,
 * has allowed with `decision` before. False, and nothing is filled, when it
 * is not in force any more. Any thread.
 */
bool stk_guard_allow_again(stk_guard *guard, const stk_policy *policy,
                           const stk_decision *decision, stk_judgement *out);

/* stk_policy_is_for_all() of the policy in force and of the `observe =` one:
 * then it does not matter who asks, though the code must be signed. */
bool stk_guard_is_for_all(stk_guard *guard, const char *name);

#endif
