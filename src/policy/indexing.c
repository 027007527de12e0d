/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the index of a policy: one node for each literal. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "policy/index.h"

typedef struct build {
    stk_policy *policy;
    stk_draft *draft;
    stk_table literals; /* owned */
    stk_node *nodes;    /* in the arena; by the number of their literal */
} build;

static void
clear_build(build *b)
{
    stk_table_clear(&b->literals);
}

static stk_node *
add_node(build *b, const char *literal, size_t length)
{
    uint32_t known = b->literals.used;
    uint32_t number = stk_table_add(&b->literals, literal, length);

    if (number == STK_TABLE_NONE)
        return NULL;
    if (number < known)
        return &b->nodes[number];
    b->nodes[number].literal = literal;
    b->nodes[number].length = (uint32_t)length;
    return &b->nodes[number];
}

/* The members of @stdlib are in no index, those of sets of events in none
 * that no rule asks. */
static bool
is_indexed(const build *b, const stk_group *group)
{
    const stk_draft *draft = b->draft;

    if (group->builtin)
        return false;
    return !group->events || draft->n_rules > 0 ||
           b->policy->n_sections > STK_SECTION_FROM;
}

/* Room for every literal that there can be: nothing is moved later. */
static int
make_room(build *b)
{
    const stk_policy *policy = b->policy;
    size_t n = policy->n_sections;

    for (size_t i = 0; i < policy->n_groups; i++)
        if (is_indexed(b, policy->groups[i]))
            n += policy->groups[i]->n_members;
    for (size_t i = 0; i < policy->n_sections; i++)
        n += policy->sections[i]->n_rules;
    b->nodes = stk_arena_take(b->draft->arena, n, sizeof *b->nodes);
    return b->nodes && stk_table_reserve(&b->literals, n) ? 0 : -STK_E_MEMORY;
}

static int
index_group(build *b, const stk_group *group)
{
    if (!is_indexed(b, group))
        return 0;
    for (size_t i = 0; i < group->n_members; i++) {
        stk_node *node =
            add_node(b, group->members[i], strlen(group->members[i]));

        if (!node)
            return -STK_E_MEMORY;
        node->n_groups++;
    }
    return 0;
}

/* In the order of the built-in file, which both halves keep. */
static void
note_parts(stk_policy *policy)
{
    size_t n = 0;

    for (size_t i = 0; i < policy->n_groups && n < STK_PARTS; i++)
        if (policy->groups[i]->builtin && policy->groups[i] != policy->stdlib)
            policy->parts[n++] = policy->groups[i];
}

/* [modules from X]: what it says is found through the literal. */
static void
index_from(stk_node *node, const stk_section *section, const stk_rule *rule,
           bool fill)
{
    stk_from_rules *from;

    if (!fill) {
        node->n_from++;
        return;
    }
    /* sections come in the order of their index: the last one is ours */
    if (node->n_from == 0 || node->from[node->n_from - 1].section != section)
        node->from[node->n_from++].section = section;
    from = &node->from[node->n_from - 1];
    from->rules[rule->kind] = rule;
    if (rule->verdict == STK_DENY)
        node->denied |= 1u << rule->kind;
}

static int
index_rule(build *b, const stk_section *section, const stk_rule *rule,
           bool fill)
{
    stk_node *node = rule->kind < STK_PATTERN_GROUP
                         ? add_node(b, rule->literal, rule->length)
                         : NULL;

    if (!node)
        return rule->kind < STK_PATTERN_GROUP ? -STK_E_MEMORY : 0;
    if (section->kind == STK_SECTION_FROM)
        index_from(node, section, rule, fill);
    else if (section->kind == STK_SECTION_MODULES)
        node->modules[rule->kind] = rule;
    else
        node->forbidden[rule->kind] = rule;
    if (rule->kind == STK_PATTERN_PREFIX && !fill) {
        b->policy->has_prefixes = true;
        b->policy->prefix_lengths[rule->length / 64 % 4] |=
            UINT64_C(1) << (rule->length % 64);
    }
    return 0;
}

static int
index_rules(build *b, bool fill)
{
    for (size_t i = 0; i < b->policy->n_sections; i++) {
        const stk_section *section = b->policy->sections[i];

        for (size_t j = 0; j < section->n_rules; j++)
            if (index_rule(b, section, section->rules[j], fill) < 0)
                return -STK_E_MEMORY;
    }
    return 0;
}

/* What [modules from X] denies to somebody costs the question who asks. */
static void
note_denials(build *b)
{
    for (size_t i = 0; i < b->policy->n_sections; i++) {
        const stk_section *section = b->policy->sections[i];

        if (section->kind != STK_SECTION_FROM)
            continue;
        if (section->any && section->any->verdict == STK_DENY)
            b->policy->from_denies_any = true;
        for (size_t j = 0; j < section->n_group_rules; j++) {
            const stk_rule *rule = section->group_rules[j];

            if (rule->verdict == STK_DENY)
                b->draft->groups[rule->group->index].group->denied_from = true;
        }
    }
    for (size_t i = 0; i < b->policy->n_groups; i++) {
        stk_group *group = b->draft->groups[i].group;

        if (group->builtin)
            group->denied_from |= b->policy->stdlib->denied_from;
    }
}

static int
compare_rank(const void *left, const void *right)
{
    const stk_group *a = *(stk_group *const *)left;
    const stk_group *b = *(stk_group *const *)right;
    size_t length_a = strlen(a->name), length_b = strlen(b->name);

    if (length_a != length_b)
        return length_a > length_b ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int
allocate_lists(build *b)
{
    for (uint32_t i = 0; i < b->literals.used; i++) {
        stk_node *node = &b->nodes[i];

        if (node->n_from + node->n_groups == 0)
            continue;
        node->from =
            stk_arena_take(b->draft->arena, node->n_from, sizeof *node->from);
        node->groups = stk_arena_take(b->draft->arena, node->n_groups,
                                      sizeof *node->groups);
        if (!node->from || !node->groups)
            return -STK_E_MEMORY;
        node->n_from = node->n_groups = 0;
    }
    return 0;
}

/* Groups by rank: so are the lists of their members. */
static int
fill_groups(build *b)
{
    STK_CLEANUP(stk_freep) const stk_group **ranked = NULL;
    size_t n = b->policy->n_groups;

    ranked = calloc(n + 1, sizeof *ranked);
    if (!ranked)
        return -STK_E_MEMORY;
    memcpy(ranked, b->policy->groups, n * sizeof *ranked);
    qsort(ranked, n, sizeof *ranked, compare_rank);
    for (size_t i = 0; i < n; i++) {
        const stk_group *group = ranked[i];

        for (size_t j = 0; is_indexed(b, group) && j < group->n_members; j++) {
            stk_node *node =
                add_node(b, group->members[j], strlen(group->members[j]));

            node->groups[node->n_groups++] = group;
        }
    }
    return 0;
}

static int
index_sections(build *b)
{
    for (size_t i = 0; i < b->policy->n_sections; i++) {
        const stk_section *section = b->policy->sections[i];
        stk_node *node;

        if (!section->importer)
            continue;
        node = add_node(b, section->importer, strlen(section->importer));
        if (!node)
            return -STK_E_MEMORY;
        node->section = section;
    }
    return 0;
}

static int
freeze_index(build *b)
{
    stk_arena *arena = b->draft->arena;
    struct stk_slot *slots =
        stk_arena_take(arena, (size_t)b->literals.mask + 1, sizeof *slots);

    if (!slots)
        return -STK_E_MEMORY;
    memcpy(slots, b->literals.slots,
           ((size_t)b->literals.mask + 1) * sizeof *slots);
    b->policy->slots = slots;
    b->policy->slot_mask = b->literals.mask;
    b->policy->nodes = b->nodes;
    return 0;
}

int
stk_index_build(stk_policy *policy, stk_draft *draft)
{
    STK_CLEANUP(clear_build) build b = { .policy = policy, .draft = draft };

    note_parts(policy);
    if (make_room(&b) < 0)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < policy->n_groups; i++)
        if (index_group(&b, draft->groups[i].group) < 0)
            return -STK_E_MEMORY;
    if (index_rules(&b, false) < 0 || index_sections(&b) < 0 ||
        allocate_lists(&b) < 0 || index_rules(&b, true) < 0 ||
        fill_groups(&b) < 0)
        return -STK_E_MEMORY;
    note_denials(&b);
    return freeze_index(&b);
}
