/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says of itself: its mode, its default, its sinks. */
#include "policy/rule.h"

enum stk_mode
stk_policy_mode(const stk_policy *policy)
{
    return policy->mode;
}

enum stk_verdict
stk_policy_default(const stk_policy *policy)
{
    return policy->fallback;
}

enum stk_verdict
stk_policy_shadowing(const stk_policy *policy)
{
    return policy->shadowing;
}

enum stk_cached
stk_policy_cached(const stk_policy *policy)
{
    return policy->cached;
}

enum stk_verdict
stk_policy_on_audit_failure(const stk_policy *policy)
{
    return policy->on_audit_failure;
}

enum stk_finders
stk_policy_finders(const stk_policy *policy)
{
    return policy->finders;
}

enum stk_children
stk_policy_children(const stk_policy *policy)
{
    return policy->children;
}

const char *const *
stk_policy_audit(const stk_policy *policy, size_t *n)
{
    *n = policy->n_audit;
    return policy->audit;
}

const stk_policy *
stk_policy_observed(const stk_policy *policy)
{
    return policy->observed;
}

const char *
stk_policy_file(const stk_policy *policy)
{
    return policy->file;
}

size_t
stk_policy_rules(const stk_policy *policy)
{
    return policy->n_rules + (policy->events ? policy->events->n_rules : 0);
}
