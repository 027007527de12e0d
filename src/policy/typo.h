/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a policy that look like a mistyped standard-library module. */
#ifndef STK_POLICY_TYPO_H
#define STK_POLICY_TYPO_H

#include "policy/rule.h"

/* `name` as the policy has it; `meant` is what its first label may have been
 * meant to be. Both borrowed for the call. */
typedef void (*stk_typo_fn)(void *payload, const stk_place *place,
                            const char *name, const char *meant);

/* Calls `found` for each, in no order. Returns 0 or -STK_E_MEMORY. */
int stk_typo_find(const stk_policy *policy, stk_typo_fn found, void *payload);

/* What the first label of `name` may have been meant to be; NULL where nothing
 * speaks for that. Borrowed from the policy. */
const char *stk_typo_guess(const stk_policy *policy, const char *name);

#endif
