/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the profile of a worker may have loaded before the lock-down: nothing
 * that is forbidden. There it runs with what the host may do. What it imports
 * of itself is decided when it does.
 */
#ifndef STK_POLICY_PRELOAD_H
#define STK_POLICY_PRELOAD_H

#include <stockade/policy.h>

/*
 * 0, or -STK_E_UNSUPPORTED with the rule that stands against a word of
 * profile->preload, in its file and line. Modules of the standard library are
 * the interpreter's.
 */
int stk_policy_preloads(const stk_policy *policy, const stk_profile *profile,
                        stk_error *err);

/* The same for one word. */
int stk_policy_preloads_word(const stk_policy *policy,
                             const stk_profile *profile, const char *word,
                             stk_error *err);

#endif
