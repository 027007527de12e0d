/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy answers to its own checks. */
#include "policy/lintask.h"

#include <string.h>

stk_decision
stk_lint_ask(const stk_linter *l, const char *name, const char *importer)
{
    stk_request request = STK_REQUEST_INIT;

    request.name = name;
    request.importer = importer;
    return stk_policy_decide(l->policy, &request);
}

bool
stk_lint_allows(const stk_linter *l, const char *name, const char *importer)
{
    return stk_lint_ask(l, name, importer).verdict == STK_ALLOW;
}

bool
stk_lint_allows_somewhere(const stk_linter *l, const char *name)
{
    for (size_t i = 0; i < l->policy->n_sections; i++) {
        const stk_section *section = l->policy->sections[i];

        if (section->importer && stk_lint_allows(l, name, section->importer))
            return true;
        for (size_t j = 0; section->group && j < section->group->n_members;
             j++)
            if (stk_lint_allows(l, name, section->group->members[j]))
                return true;
    }
    return stk_lint_allows(l, name, NULL);
}

bool
stk_lint_is_odd(const stk_linter *l, const stk_place *rule,
                const char *undone_in)
{
    return !undone_in || !strcmp(rule->file, l->policy->file) ||
           !strcmp(rule->file, undone_in);
}
