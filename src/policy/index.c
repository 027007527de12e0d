/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the index: which literals begin a name, which rule wins. */
#include "policy/index.h"

#include "policy/groups.h"

static const stk_node no_node;

static const stk_node *
find_node(const stk_policy *policy, const char *text, uint32_t length,
          uint32_t hash)
{
    const stk_slot *slots = policy->slots;
    uint32_t mask = policy->slot_mask;

    hash = stk_table_mix(hash);
    for (uint32_t at = hash & mask; slots[at].number; at = (at + 1) & mask) {
        const stk_node *node;

        if (slots[at].hash != hash)
            continue;
        node = &policy->nodes[slots[at].number - 1];
        if (node->length == length && !memcmp(node->literal, text, length))
            return node;
    }
    return NULL;
}

/* Literals of x* that end inside a label: one probe for each length that
 * some rule has, not for each byte. */
static void
find_prefixes(stk_trail *out, const stk_policy *policy, uint32_t label)
{
    const stk_name *name = &out->name;
    uint32_t at = label ? name->end[label - 1] + 1 : 0;
    uint32_t hash = STK_HASH_START;

    if (label)
        hash = stk_hash_step(name->hash[label - 1], '.');
    for (; at + 1 < name->end[label] && at + 1 < 256; at++) {
        const stk_node *node;
        uint32_t length = at + 1;

        hash = stk_hash_step(hash, (unsigned char)name->text[at]);
        if (!(policy->prefix_lengths[length / 64] >> (length % 64) & 1))
            continue;
        node = find_node(policy, name->text, length, hash);
        if (node)
            out->steps[out->n++] =
                (stk_step){ node, NULL, length, label, false, false };
    }
}

/* Of the built-in groups' members, found without an index of the policy's
 * own. */
static const stk_group *
find_part(const stk_policy *policy, const char *text, uint32_t length,
          uint32_t hash)
{
    int part = stk_groups_part(text, length, hash);

    return part < 0 ? NULL : policy->parts[part];
}

/* What sysconfig has of how this Python was built has the name of the
 * platform (_sysconfigdata__linux_x86_64-linux-gnu), which hardly a rule
 * has: it is judged as sysconfig is. _sysconfigdata_* comes before that. */
static void
find_stander(stk_trail *out, const stk_policy *policy)
{
    static const char stander[] = "sysconfig";
    uint32_t length = sizeof stander - 1, hash = stk_hash(stander, length);
    const stk_node *node = find_node(policy, stander, length, hash);

    out->steps[out->n++] =
        (stk_step){ node ? node : &no_node,
                    find_part(policy, stander, length, hash),
                    out->name.end[0],
                    0,
                    true,
                    true };
}

bool
stk_trail_find(stk_trail *out, const stk_policy *policy, const char *name)
{
    stk_name *split = &out->name;

    out->n = 0;
    if (!stk_name_split(split, name))
        return false;
    for (uint32_t i = 0; i < split->labels; i++) {
        const stk_node *node;
        const stk_group *part;

        node = find_node(policy, name, split->end[i], split->hash[i]);
        part = find_part(policy, name, split->end[i], split->hash[i]);
        if (!node && i == 0 && stk_name_is_sysconfigs(name))
            find_stander(out, policy);
        if (policy->has_prefixes)
            find_prefixes(out, policy, i);
        if (node || part)
            out->steps[out->n++] = (stk_step){
                node ? node : &no_node, part, split->end[i], i, true, false
            };
    }
    return true;
}

const stk_rule *
stk_section_group_rule(const stk_section *section, const stk_group *group)
{
    size_t low = 0, high = section->n_group_rules;

    if (section->kind == STK_SECTION_MODULES)
        return group->in_modules;
    if (section->kind == STK_SECTION_FORBIDDEN)
        return group->in_forbidden;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const stk_rule *rule = section->group_rules[middle];

        if (rule->group == group)
            return rule;
        if (rule->group->index < group->index)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const stk_rule *const *
stk_section_node_rules(const stk_section *section, const stk_node *node)
{
    uint32_t low = 0, high = node->n_from;

    if (section->kind == STK_SECTION_MODULES)
        return node->modules;
    if (section->kind == STK_SECTION_FORBIDDEN)
        return node->forbidden;
    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (node->from[middle].section == section)
            return node->from[middle].rules;
        if (node->from[middle].section->index < section->index)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- winners ---------------------------------------------------------- */

/* What holds for names below the literals that were passed so far. */
typedef struct run {
    const stk_rule *below; /* of the rules with a literal */
    const stk_rule *part;  /* of the built-in groups, by the longest member */
    const stk_rule *group; /* of the other groups */
    uint32_t part_length, group_length;
} run;

static void
pass_groups(run *r, const stk_policy *policy, const stk_step *step,
            const stk_section *section)
{
    const stk_node *node = step->node;

    if (step->part) {
        r->part = stk_section_group_rule(section, step->part);
        if (!r->part)
            r->part = stk_section_group_rule(section, policy->stdlib);
        r->part_length = step->length;
    }
    for (uint32_t i = 0; i < node->n_groups; i++) {
        const stk_rule *rule =
            stk_section_group_rule(section, node->groups[i]);

        if (rule) {
            r->group = rule;
            r->group_length = step->length;
            break;
        }
    }
}

static const stk_rule *
best_group(const run *r)
{
    if (!r->part || !r->group)
        return r->part ? r->part : r->group;
    if (r->part_length != r->group_length)
        return r->part_length > r->group_length ? r->part : r->group;
    return r->part->length >= r->group->length ? r->part : r->group;
}

/* Passes one literal; returns the rule that wins for the very name. */
static const stk_rule *
pass_step(run *r, const stk_step *step, const stk_section *section)
{
    const stk_rule *const *rules = stk_section_node_rules(section, step->node);
    const stk_rule *itself = r->below;

    if (!rules)
        return itself;
    if (rules[STK_PATTERN_PREFIX])
        itself = r->below = rules[STK_PATTERN_PREFIX];
    if (!step->whole)
        return itself;
    if (rules[STK_PATTERN_NAME])
        itself = r->below = rules[STK_PATTERN_NAME];
    if (rules[STK_PATTERN_BELOW] && !step->stands)
        r->below = rules[STK_PATTERN_BELOW];
    return itself;
}

void
stk_trail_winners(const stk_rule *out[STK_LABELS_MAX],
                  const stk_policy *policy, const stk_trail *trail,
                  const stk_section *section)
{
    const stk_step *step = trail->steps, *end = step + trail->n;
    run r = { 0 };

    for (uint32_t i = 0; i < trail->name.labels; i++) {
        const stk_rule *rule = r.below;

        for (; step < end && step->label == i; step++) {
            rule = pass_step(&r, step, section);
            if (step->whole && section->n_group_rules)
                pass_groups(&r, policy, step, section);
        }
        if (!rule)
            rule = best_group(&r);
        out[i] = rule ? rule : section->any;
    }
}

const stk_rule *
stk_trail_winner(const stk_policy *policy, const stk_trail *trail,
                 const stk_section *section)
{
    const stk_rule *rules[STK_LABELS_MAX];

    stk_trail_winners(rules, policy, trail, section);
    return rules[trail->name.labels - 1];
}

/* ---- holders ----------------------------------------------------------- */

void
stk_holders_begin(stk_holders *walk, const stk_policy *policy,
                  const stk_trail *trail)
{
    *walk = (stk_holders){ policy, trail, trail->n, 0, -1, false };
}

static const stk_group *
next_part(const stk_holders *walk, const stk_step *step)
{
    if (!step->part || walk->had_part || walk->part > 1)
        return NULL;
    return walk->part == 0 ? step->part : walk->policy->stdlib;
}

/* The next group of the step: the longer name first. */
static const stk_group *
next_group(stk_holders *walk, const stk_step *step)
{
    const stk_node *node = step->node;
    const stk_group *part = next_part(walk, step);
    const stk_group *group =
        walk->group < node->n_groups ? node->groups[walk->group] : NULL;

    if (part && (!group || strlen(part->name) >= strlen(group->name))) {
        walk->part++;
        return part;
    }
    if (group)
        walk->group++;
    return group;
}

bool
stk_holders_next(stk_holders *walk, stk_holder *out)
{
    while (walk->step > 0) {
        const stk_step *step = &walk->trail->steps[walk->step - 1];
        const stk_group *group;

        if (step->whole && walk->part < 0) {
            walk->part = 0;
            *out = (stk_holder){ step->node, NULL, step->length };
            return true;
        }
        group = step->whole ? next_group(walk, step) : NULL;
        if (group) {
            *out = (stk_holder){ NULL, group, step->length };
            return true;
        }
        walk->had_part |= step->whole && step->part;
        walk->step--;
        walk->group = 0;
        walk->part = -1;
    }
    return false;
}

bool
stk_trail_is_trusted(const stk_policy *policy, const stk_trail *trail)
{
    stk_holders walk;
    stk_holder holder;

    stk_holders_begin(&walk, policy, trail);
    while (stk_holders_next(&walk, &holder))
        if (holder.group && holder.group->trusted)
            return true;
    return false;
}
