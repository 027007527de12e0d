/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says of names and importers before anybody asks. */
#include "policy/beforehand.h"

#include "policy/alias.h"
#include "policy/events.h"
#include "policy/index.h"

/* Whether a rule of the section may win for what the trail ends at. */
static bool
covers(const stk_policy *policy, const stk_trail *trail,
       const stk_section *section)
{
    return section->n_rules > 0 && stk_trail_winner(policy, trail, section);
}

bool
stk_policy_has_event(const stk_policy *policy, const char *event)
{
    const stk_policy *events = policy->events;
    char name[STK_NAME_MAX + 1];
    stk_trail trail;

    if (events->n_rules == 0 || stk_event_is_reserved(event))
        return false;
    stk_event_name(name, event);
    if (!stk_trail_find(&trail, events, name))
        return true;
    for (size_t i = STK_SECTION_MODULES; i < events->n_sections; i++)
        if (covers(events, &trail, events->sections[i]))
            return true;
    return false;
}

bool
stk_policy_tells_importers(const stk_policy *policy)
{
    return policy->has_from || policy->has_trusted || policy->has_closure ||
           (policy->events && policy->events->has_from);
}

static bool
is_named(const stk_policy *policy, const stk_trail *importer)
{
    stk_holders walk;
    stk_holder holder;

    stk_holders_begin(&walk, policy, importer);
    while (stk_holders_next(&walk, &holder)) {
        const stk_section *section =
            holder.node ? holder.node->section : holder.group->section;

        if (section && section->n_rules > 0)
            return true;
    }
    return false;
}

enum stk_standing
stk_policy_standing(const stk_policy *policy, const char *importer)
{
    stk_trail trail;

    if (policy->has_closure)
        return STK_STANDING_OWN;
    if (!stk_trail_find(&trail, policy, importer))
        return STK_STANDING_PLAIN;
    if (policy->has_from && is_named(policy, &trail))
        return STK_STANDING_OWN;
    return policy->has_trusted && stk_trail_is_trusted(policy, &trail)
               ? STK_STANDING_TRUSTED
               : STK_STANDING_PLAIN;
}

bool
stk_policy_is_trusted(const stk_policy *policy, const char *name)
{
    stk_trail trail;

    return policy->has_trusted && stk_trail_find(&trail, policy, name) &&
           stk_trail_is_trusted(policy, &trail);
}

bool
stk_policy_closes(const stk_policy *policy, const char *name)
{
    const stk_rule *rule = NULL;
    stk_trail trail;

    if (policy->has_closure && stk_trail_find(&trail, policy, name))
        rule = stk_trail_winner(policy, &trail, stk_rule_modules(policy));
    return rule && rule->closure;
}

/* ---- open to all ----------------------------------------------------- */

/* Whether some [modules from X] may deny the name, or a parent of it. */
static bool
is_denied_to_some(const stk_trail *trail)
{
    const unsigned here = 1u << STK_PATTERN_NAME | 1u << STK_PATTERN_PREFIX;
    const unsigned below = 1u << STK_PATTERN_BELOW;

    for (uint32_t i = 0; i < trail->n; i++) {
        const stk_step *step = &trail->steps[i];
        const stk_node *node = step->node;

        if (node->denied & here)
            return true;
        if (node->denied & below && step->length < trail->name.length)
            return true;
        if (step->part && step->part->denied_from)
            return true;
        for (uint32_t j = 0; step->whole && j < node->n_groups; j++)
            if (node->groups[j]->denied_from)
                return true;
    }
    return false;
}

/* No importer, no closure: only what [modules] and [forbidden] say. A
 * requirement of a parent is the parent's, but it is safe to say no. */
static enum stk_openness
openness_of(const stk_policy *policy, const stk_trail *trail)
{
    const stk_section *forbidden = stk_rule_forbidden(policy);
    const stk_rule *rules[STK_LABELS_MAX];
    enum stk_openness open = STK_OPEN_FREE;
    uint32_t labels = trail->name.labels;

    if (forbidden->n_rules > 0) {
        stk_trail_winners(rules, policy, trail, forbidden);
        for (uint32_t i = 0; i < labels; i++)
            if (rules[i])
                return STK_OPEN_NO;
    }
    stk_trail_winners(rules, policy, trail, stk_rule_modules(policy));
    for (uint32_t i = 0; i < labels; i++) {
        const char *required = rules[i] ? rules[i]->requirement : NULL;

        if ((rules[i] ? rules[i]->verdict : policy->fallback) != STK_ALLOW ||
            (required && strcmp(required, STK_SIGNED) != 0))
            return STK_OPEN_NO;
        if (required)
            open = STK_OPEN_SIGNED;
    }
    return open;
}

enum stk_openness
stk_policy_openness(const stk_policy *policy, const char *name)
{
    const char *own = name ? stk_alias_of(name) : NULL;
    enum stk_openness open, second;
    stk_trail trail;

    if (policy->from_denies_any || !name ||
        !stk_trail_find(&trail, policy, name) ||
        (policy->has_from && is_denied_to_some(&trail)))
        return STK_OPEN_NO;
    open = openness_of(policy, &trail);
    second = own ? stk_policy_openness(policy, own) : open;
    return open < second ? open : second;
}

bool
stk_policy_is_free(const stk_policy *policy, const char *name)
{
    return stk_policy_openness(policy, name) == STK_OPEN_FREE;
}
