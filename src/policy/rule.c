/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled policy, asked rule by rule; its life. */
#include "policy/rule.h"

#include <stdlib.h>

#include "policy/index.h"

stk_policy *
stk_policy_ref(stk_policy *policy)
{
    atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
    return policy;
}

void
stk_policy_free(stk_policy *policy)
{
    if (!policy || atomic_fetch_sub_explicit(&policy->references, 1,
                                             memory_order_acq_rel) > 1)
        return;
    stk_policy_free(policy->observed);
    stk_arena_free(policy->arena);
    free(policy);
}

void
stk_policy_freep(stk_policy **policy)
{
    stk_policy_free(*policy);
    *policy = NULL;
}

stk_rule_ref
stk_rule_show(const stk_rule *rule)
{
    if (!rule)
        return (stk_rule_ref){ 0 };
    return (stk_rule_ref){ rule->place.file, rule->place.line, rule->text,
                           rule->section->name };
}

const stk_group *
stk_rule_group(const stk_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->n_groups; i++)
        if (!strcmp(policy->groups[i]->name, name))
            return policy->groups[i];
    return NULL;
}

const stk_section *
stk_rule_section(const stk_policy *policy, const char *importer)
{
    stk_holders walk;
    stk_holder holder;
    stk_trail trail;

    if (importer[0] == '@') {
        const stk_group *group = stk_rule_group(policy, importer + 1);

        return group ? group->section : NULL;
    }
    if (!stk_trail_find(&trail, policy, importer))
        return NULL;
    stk_holders_begin(&walk, policy, &trail);
    return stk_holders_next(&walk, &holder) &&
                   holder.length == trail.name.length
               ? holder.node->section
               : NULL;
}

size_t
stk_rule_chain(const stk_section **out, size_t *holders, size_t max,
               const stk_policy *policy, const char *importer)
{
    stk_holders walk;
    stk_holder holder;
    stk_trail trail;
    size_t n = 0;

    if (!importer || !stk_trail_find(&trail, policy, importer))
        return 0;
    stk_holders_begin(&walk, policy, &trail);
    while (stk_holders_next(&walk, &holder)) {
        const stk_section *section =
            holder.node ? holder.node->section : holder.group->section;

        if (!section)
            continue;
        if (n < max) {
            out[n] = section;
            if (holders)
                holders[n] = holder.length;
        }
        n++;
    }
    return n;
}

typedef struct matches {
    const stk_rule **out;
    size_t max, n;
    bool no_denies;
} matches;

static void
add_match(matches *m, const stk_rule *rule)
{
    if (!rule || (m->no_denies && rule->verdict == STK_DENY))
        return;
    if (m->n < m->max)
        m->out[m->n] = rule;
    m->n++;
}

/* A group may hold a name through two members: the longer one counts. */
static bool
was_passed(const stk_policy *policy, const stk_trail *trail,
           const stk_holder *met)
{
    stk_holders walk;
    stk_holder holder;

    stk_holders_begin(&walk, policy, trail);
    while (stk_holders_next(&walk, &holder) && holder.length > met->length)
        if (holder.group == met->group)
            return true;
    return false;
}

static void
find_matches(matches *m, const stk_policy *policy, const stk_section *section,
             const stk_trail *trail)
{
    stk_holders walk;
    stk_holder holder;

    for (uint32_t i = trail->n; i-- > 0;) {
        const stk_step *step = &trail->steps[i];
        const stk_rule *const *rules =
            stk_section_node_rules(section, step->node);

        if (!rules)
            continue;
        if (step->whole && step->length < trail->name.length)
            add_match(m, rules[STK_PATTERN_BELOW]);
        if (step->whole)
            add_match(m, rules[STK_PATTERN_NAME]);
        add_match(m, rules[STK_PATTERN_PREFIX]);
    }
    stk_holders_begin(&walk, policy, trail);
    while (stk_holders_next(&walk, &holder))
        if (holder.group && !was_passed(policy, trail, &holder))
            add_match(m, stk_section_group_rule(section, holder.group));
    add_match(m, section->any);
}

size_t
stk_rule_matches(const stk_rule **out, size_t max, const stk_policy *policy,
                 const stk_section *section, const char *name)
{
    matches m = { out, max, 0, false };
    stk_trail trail;

    if (!stk_trail_find(&trail, policy, name))
        return 0;
    find_matches(&m, policy, section, &trail);
    return m.n;
}

const stk_rule *
stk_trail_required(const stk_policy *policy, const stk_trail *trail)
{
    const stk_rule *rule = NULL;
    matches m = { &rule, 1, 0, true };

    find_matches(&m, policy, stk_rule_modules(policy), trail);
    return rule;
}

const stk_rule *
stk_rule_required(const stk_policy *policy, const char *name)
{
    stk_trail trail;

    return stk_trail_find(&trail, policy, name)
               ? stk_trail_required(policy, &trail)
               : NULL;
}

bool
stk_rule_group_holds(const stk_policy *policy, const stk_group *group,
                     const char *name)
{
    stk_holders walk;
    stk_holder holder;
    stk_trail trail;

    if (!stk_trail_find(&trail, policy, name))
        return false;
    stk_holders_begin(&walk, policy, &trail);
    while (stk_holders_next(&walk, &holder))
        if (holder.group == group)
            return true;
    return false;
}
