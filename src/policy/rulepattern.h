/* SPDX-License-Identifier: Apache-2.0 */
/* The left side of a rule: which names it is for. */
#ifndef STK_POLICY_RULEPATTERN_H
#define STK_POLICY_RULEPATTERN_H

#include "policy/draft.h"

/*
 * Reads `key` into a rule that has its place; `event`: it names audit events.
 * Returns 1, 0 where it was complained of, or -STK_E_MEMORY. The rule borrows
 * `key`.
 */
int stk_rulepattern_take(stk_rule *rule, stk_draft *draft, const char *key,
                         bool event);

#endif
