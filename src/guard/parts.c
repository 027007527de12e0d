/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of the standard library of which some parts reach out. */
#include "guard/parts.h"

#include <string.h>

const struct stk_parts_group stk_parts_groups[STK_PARTS_GROUPS] = {
    { "@stdlib.native", "machine code: not even through a closure" },
    { "@stdlib.net", "the network: the same" },
    { "@stdlib.process", "other processes, threads: the same" },
};

static const stk_group *
group_at(const stk_policy *policy, size_t i)
{
    return stk_rule_group(policy, stk_parts_groups[i].group + 1);
}

static bool
has_below(const stk_group *group, const char *name)
{
    for (size_t i = 0; i < group->n_members; i++)
        if (stk_name_is_within(group->members[i], name))
            return true;
    return false;
}

bool
stk_parts_are_mixed(const stk_policy *policy, const char *name)
{
    bool below = false;

    for (size_t i = 0; i < STK_PARTS_GROUPS; i++) {
        const stk_group *group = group_at(policy, i);

        if (stk_rule_group_holds(policy, group, name))
            return false;
        below = below || has_below(group, name);
    }
    return below;
}

bool
stk_parts_package(char package[STK_NAME_MAX + 1], const stk_policy *policy,
                  const char *rule)
{
    size_t length = rule ? strcspn(rule, "*") : 0;

    if (length < 2 || length > STK_NAME_MAX || rule[length - 1] != '.' ||
        strcmp(rule + length, "* = deny") != 0)
        return false;
    memcpy(package, rule, length - 1);
    package[length - 1] = '\0';
    return stk_parts_are_mixed(policy, package);
}
