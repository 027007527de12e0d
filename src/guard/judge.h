/* SPDX-License-Identifier: Apache-2.0 */
/* Judgements that need not be thought over again. */
#ifndef STK_GUARD_JUDGE_H
#define STK_GUARD_JUDGE_H

#include <stdbool.h>

#include <stockade/guard.h>

#include "policy/beforehand.h"

/*
 * The judgement of an attempt that `policy`, which observes no second one,
 * has allowed with `decision` before. False, and nothing is filled, when it
 * is not in force any more. Any thread.
 */
bool stk_guard_allow_again(stk_guard *guard, const stk_policy *policy,
                           const stk_decision *decision, stk_judgement *out);

/*
 * What was allowed is not authentic: denied by the rule that wants `name`
 * signed, and refused unless the guard only observes.
 */
void stk_guard_distrust(stk_guard *guard, stk_judgement *judgement,
                        const char *name);

/* What both the policy in force and the `observe =` one say: where it is not
 * STK_OPEN_NO, it does not matter who asks. Any thread. */
enum stk_openness stk_guard_openness(stk_guard *guard, const char *name);

#endif
