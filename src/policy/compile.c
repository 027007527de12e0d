/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the immutable policy of a draft; indexing.c makes its index. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "policy/index.h"
#include "policy/loaders.h"
#include "policy/profiles.h"
#include "policy/signing.h"

typedef struct build {
    stk_policy *policy;
    stk_draft *draft;
} build;

/* ---- groups ---------------------------------------------------------- */

static stk_group *
find_group(build *b, const char *name)
{
    stk_draft *draft = b->draft;
    uint32_t number = stk_table_find(&draft->group_names, name, strlen(name));

    return number == STK_TABLE_NONE ? NULL : draft->groups[number].group;
}

static int
complain_group(build *b, stk_place at, const char *name)
{
    STK_CLEANUP(stk_freep) const char **names = NULL;
    uint32_t n = b->draft->group_names.used;
    const char *near;

    names = calloc(n + 1, sizeof *names);
    if (!names)
        return -STK_E_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        names[i] = b->draft->groups[i].group->name;
    near = stk_text_nearest(name, names);
    if (stk_name_is_within(name, "events") && !b->policy->for_events)
        stk_complain(b->draft->complaints, at.file, at.line, STK_E_INVALID,
                     "@%s is no group of modules: sets of events stand in "
                     "[events] and [events from X]",
                     name);
    else if (stk_name_is_within(name, "events") && !near)
        stk_complain(b->draft->complaints, at.file, at.line, STK_E_INVALID,
                     "no set @%s; the built-in ones are @events.process, "
                     "network, native, introspection, files, code, other",
                     name);
    else if (near)
        stk_complain(b->draft->complaints, at.file, at.line, STK_E_INVALID,
                     "no group @%s; did you mean @%s?", name, near);
    else
        stk_complain(b->draft->complaints, at.file, at.line, STK_E_INVALID,
                     "no group @%s; add a section [group %s]", name, name);
    return 0;
}

static int
compare_members(const void *left, const void *right)
{
    const stk_member *a = left, *b = right;
    int order = strcmp(a->name, b->name);

    return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* Most stand in order: a look is less than to sort them. */
static void
sort_members(stk_member *members, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (compare_members(&members[i - 1], &members[i]) > 0) {
            qsort(members, n, sizeof *members, compare_members);
            break;
        }
}

static int
finish_group(build *b, stk_draft_group *from)
{
    stk_group *group = from->group;
    const char **members;

    if (from->done)
        return 0;
    sort_members(from->members, from->n_members);
    members =
        stk_arena_take(b->draft->arena, from->n_members, sizeof *members);
    if (!members)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < from->n_members; i++) {
        const stk_member *member = &from->members[i];

        members[i] = member->name;
        if (i > 0 && !strcmp(member->name, member[-1].name))
            stk_complain(b->draft->complaints, group->place.file, member->line,
                         STK_E_INVALID, "\"%s\" is a member already, line %u",
                         member->name, member[-1].line);
    }
    group->members = members;
    group->n_members = from->n_members;
    return 0;
}

static int
finish_groups(build *b)
{
    size_t n = b->draft->group_names.used;

    b->policy->groups =
        stk_arena_take(b->draft->arena, n, sizeof *b->policy->groups);
    if (!b->policy->groups)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (finish_group(b, &b->draft->groups[i]) < 0)
            return -STK_E_MEMORY;
        b->policy->groups[i] = b->draft->groups[i].group;
    }
    b->policy->n_groups = n;
    b->policy->stdlib = find_group(b, "stdlib");
    return 0;
}

static int
finish_trusted(build *b)
{
    const stk_setting *setting = &b->draft->settings[STK_SETTING_TRUSTED];
    stk_policy *policy = b->policy;

    for (size_t i = 0; i < b->draft->trusted.n; i++) {
        const char *name = b->draft->trusted.items[i];
        stk_group *group = find_group(b, name);

        if (group)
            group->trusted = policy->has_trusted = true;
        else if (complain_group(b, setting->place, name) < 0)
            return -STK_E_MEMORY;
    }
    for (size_t i = 0; i < policy->n_groups; i++) {
        stk_group *group = b->draft->groups[i].group;

        if (group->builtin)
            group->trusted |= policy->stdlib->trusted;
    }
    if (!policy->has_trusted)
        return 0;
    policy->trusted =
        (stk_rule_ref){ setting->place.file, setting->place.line,
                        stk_arena_printf(b->draft->arena, "trusted = %s",
                                         setting->value),
                        "stockade" };
    return policy->trusted.text ? 0 : -STK_E_MEMORY;
}

/* ---- sections and their rules ------------------------------------------ */

typedef struct ordered {
    stk_rule *rule;
    size_t number;
} ordered;

/* Equal patterns side by side, the one that was read last at the end. */
static int
compare_rules(const void *left, const void *right)
{
    const ordered *a = left, *b = right;
    uint32_t section_a = a->rule->section->index;
    uint32_t section_b = b->rule->section->index;
    int order;

    if (section_a != section_b)
        return section_a < section_b ? -1 : 1;
    if (a->rule->kind != b->rule->kind)
        return a->rule->kind < b->rule->kind ? -1 : 1;
    order = strcmp(a->rule->literal, b->rule->literal);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static bool
is_same_pattern(const stk_rule *a, const stk_rule *b)
{
    return a->section == b->section && a->kind == b->kind &&
           !strcmp(a->literal, b->literal);
}

/* Marks with section = NULL what a later file replaces: it comes back when
 * the rule that replaces it is taken out. */
static int
drop_replaced(build *b)
{
    STK_CLEANUP(stk_freep) ordered *all = NULL;
    size_t n = b->draft->n_rules;

    all = calloc(n + 1, sizeof *all);
    if (!all)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < n; i++)
        all[i] = (ordered){ b->draft->rules[i], i };
    qsort(all, n, sizeof *all, compare_rules);
    for (size_t i = 1; i < n; i++) {
        stk_rule *before = all[i - 1].rule, *rule = all[i].rule;

        if (!is_same_pattern(before, rule))
            continue;
        if (!strcmp(before->place.file, rule->place.file))
            stk_complain(b->draft->complaints, rule->place.file,
                         rule->place.line, STK_E_INVALID,
                         "%s stands on line %u already; keep one",
                         rule->pattern, before->place.line);
        rule->replaces = before;
        all[i - 1].number = n;
    }
    for (size_t i = 0; i < n; i++)
        if (all[i].number == n)
            all[i].rule->section = NULL;
    return 0;
}

/* @stdlib.net in [events] would match every event of socket, and more. */
static bool
is_misplaced(build *b, const stk_rule *rule)
{
    if (!b->policy->for_events || !rule->group->builtin)
        return false;
    stk_complain(b->draft->complaints, rule->place.file, rule->place.line,
                 STK_E_INVALID,
                 "%s is a group of modules, not of events; the built-in sets "
                 "of events are called @events.NAME",
                 rule->pattern);
    return true;
}

static int
resolve_rules(build *b)
{
    for (size_t i = 0; i < b->draft->n_rules; i++) {
        stk_rule *rule = b->draft->rules[i];

        if (!rule->section || rule->kind != STK_PATTERN_GROUP)
            continue;
        rule->group = find_group(b, rule->literal);
        if (rule->group && !is_misplaced(b, rule))
            continue;
        rule->section = NULL;
        if (!rule->group && complain_group(b, rule->place, rule->literal) < 0)
            return -STK_E_MEMORY;
    }
    return 0;
}

static void
put_rule(build *b, stk_section *section, const stk_rule *rule)
{
    stk_group *group =
        rule->group ? b->draft->groups[rule->group->index].group : NULL;

    section->rules[section->n_rules++] = rule;
    b->policy->n_rules++;
    b->policy->has_closure |= rule->closure;
    if (rule->kind == STK_PATTERN_ANY)
        section->any = rule;
    if (!group)
        return;
    section->group_rules[section->n_group_rules++] = rule;
    if (section->kind == STK_SECTION_MODULES)
        group->in_modules = rule;
    if (section->kind == STK_SECTION_FORBIDDEN)
        group->in_forbidden = rule;
}

static int
compare_group_rules(const void *left, const void *right)
{
    const stk_rule *const *a = left, *const *b = right;

    return ((*a)->group->index > (*b)->group->index) -
           ((*a)->group->index < (*b)->group->index);
}

static int
make_room(build *b, stk_section *section)
{
    stk_arena *arena = b->draft->arena;

    section->rules =
        stk_arena_take(arena, section->n_rules, sizeof *section->rules);
    section->group_rules = stk_arena_take(arena, section->n_group_rules,
                                          sizeof *section->group_rules);
    section->n_rules = section->n_group_rules = 0;
    return section->rules && section->group_rules ? 0 : -STK_E_MEMORY;
}

static int
finish_rules(build *b)
{
    stk_draft *draft = b->draft;

    for (size_t i = 0; i < draft->n_rules; i++) {
        const stk_rule *rule = draft->rules[i];

        if (!rule->section)
            continue;
        draft->sections[rule->section->index]->n_rules++;
        draft->sections[rule->section->index]->n_group_rules +=
            rule->group != NULL;
    }
    for (size_t i = 0; i < draft->section_names.used; i++)
        if (make_room(b, draft->sections[i]) < 0)
            return -STK_E_MEMORY;
    for (size_t i = 0; i < draft->n_rules; i++)
        if (draft->rules[i]->section)
            put_rule(b, draft->sections[draft->rules[i]->section->index],
                     draft->rules[i]);
    for (size_t i = 0; i < draft->section_names.used; i++)
        qsort(draft->sections[i]->group_rules,
              draft->sections[i]->n_group_rules, sizeof(stk_rule *),
              compare_group_rules);
    return 0;
}

static int
finish_sections(build *b)
{
    stk_policy *policy = b->policy;
    size_t n = b->draft->section_names.used;

    policy->sections =
        stk_arena_take(b->draft->arena, n, sizeof *policy->sections);
    if (!policy->sections)
        return -STK_E_MEMORY;
    policy->n_sections = n;
    for (size_t i = 0; i < n; i++) {
        stk_section *section = b->draft->sections[i];
        const char *at = strchr(section->name, '@');
        stk_group *group;

        policy->sections[i] = section;
        policy->has_from |= section->kind == STK_SECTION_FROM;
        if (!at)
            continue;
        group = find_group(b, at + 1);
        section->group = group;
        if (group && group->events)
            stk_complain(b->draft->complaints, section->place.file,
                         section->place.line, STK_E_INVALID,
                         "%s is a set of events, and no group of importers",
                         at);
        if (group)
            group->section = section;
        /* a heading that was mistyped is told as that, and has no place */
        else if (section->place.file &&
                 complain_group(b, section->place, at + 1) < 0)
            return -STK_E_MEMORY;
    }
    return 0;
}

/* ---- groups that disagree -------------------------------------------- */

/* A rule with the name itself, or a higher group, settles it. */
static bool
is_settled(build *b, const stk_rule *rule, const char *name)
{
    const stk_rule *winner = NULL;

    stk_rule_matches(&winner, 1, b->policy, rule->section, name);
    return winner &&
           (winner->kind < STK_PATTERN_GROUP || winner->length > rule->length);
}

/* The first name that both groups have and no other rule settles. */
static const char *
find_disputed(build *b, const stk_rule *first, const stk_rule *second)
{
    const stk_group *x = first->group, *y = second->group;
    size_t i = 0, j = 0;

    while (i < x->n_members && j < y->n_members) {
        int order = strcmp(x->members[i], y->members[j]);

        if (order == 0 && !is_settled(b, first, x->members[i]))
            return x->members[i];
        i += order <= 0;
        j += order >= 0;
    }
    return NULL;
}

/* One name, one requirement, one bundle. */
static bool
asks_the_same(const stk_rule *a, const stk_rule *b)
{
    const char *none = "";

    return !strcmp(a->requirement ? a->requirement : none,
                   b->requirement ? b->requirement : none) &&
           !strcmp(a->bundle ? a->bundle : none, b->bundle ? b->bundle : none);
}

static void
compare_groups(build *b, const stk_rule *first, const stk_rule *second)
{
    const char *name;

    if (first->length != second->length ||
        (first->verdict == second->verdict &&
         first->closure == second->closure && asks_the_same(first, second)))
        return;
    name = find_disputed(b, first, second);
    if (!name)
        return;
    if (first->place.file == second->place.file &&
        first->place.line > second->place.line) {
        const stk_rule *swap = first;

        first = second;
        second = swap;
    }
    stk_complain(b->draft->complaints, second->place.file, second->place.line,
                 STK_E_INVALID,
                 "%s and %s (%s:%u) have the same rank and disagree about "
                 "\"%s\"; give it a rule of its own",
                 second->pattern, first->pattern, first->place.file,
                 first->place.line, name);
}

static void
check_ranks(build *b)
{
    for (size_t i = STK_SECTION_MODULES; i < b->policy->n_sections; i++) {
        const stk_section *section = b->policy->sections[i];

        for (size_t j = 0; j < section->n_group_rules; j++)
            for (size_t k = j + 1; k < section->n_group_rules; k++)
                compare_groups(b, section->group_rules[j],
                               section->group_rules[k]);
    }
}

/* ---- importers that two groups hold ------------------------------------- */

typedef struct pair {
    const stk_section *first, *second;
    const char *importer; /* a member of both */
} pair;

static const stk_rule *
find_winner(build *b, const stk_section *section, const char *name)
{
    const stk_rule *rule = NULL;

    if (section)
        stk_rule_matches(&rule, 1, b->policy, section, name);
    return rule;
}

static bool
disagree_about(build *b, const pair *p, const char *name)
{
    const stk_rule *first = find_winner(b, p->first, name);
    const stk_rule *second = find_winner(b, p->second, name);

    return first && second && first->verdict != second->verdict &&
           !find_winner(b, stk_rule_section(b->policy, p->importer), name);
}

/* A name for which the rule may win, and the sections disagree. */
static const char *
try_rule(build *b, const pair *p, const stk_rule *rule)
{
    const char *name = rule->literal;

    if (rule->kind == STK_PATTERN_BELOW)
        name = stk_arena_printf(b->draft->arena, "%s._", name);
    if (rule->kind == STK_PATTERN_ANY)
        name = "_";
    if (rule->kind != STK_PATTERN_GROUP)
        return name && disagree_about(b, p, name) ? rule->pattern : NULL;
    for (size_t i = 0; i < rule->group->n_members; i++)
        if (disagree_about(b, p, rule->group->members[i]))
            return rule->group->members[i];
    return NULL;
}

static const char *
find_disagreement(build *b, const pair *p)
{
    const stk_section *sections[] = { p->first, p->second };
    const char *name = NULL;

    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; !name && j < sections[i]->n_rules; j++)
            name = try_rule(b, p, sections[i]->rules[j]);
    return name;
}

static void
compare_sections(build *b, const stk_section *first, const stk_section *second)
{
    const stk_group *x = first->group, *y = second->group;
    const char *name = NULL;
    size_t i = 0, j = 0;

    while (!name && i < x->n_members && j < y->n_members) {
        int order = strcmp(x->members[i], y->members[j]);
        pair p = { first, second, x->members[i] };

        if (order == 0)
            name = find_disagreement(b, &p);
        if (name)
            stk_complain(b->draft->complaints, second->place.file,
                         second->place.line, STK_E_INVALID,
                         "[%s] and [%s] (%s:%u) have the same rank and "
                         "disagree about \"%s\" imported by \"%s\"; give it "
                         "a section of its own",
                         second->name, first->name, first->place.file,
                         first->place.line, name, p.importer);
        i += order <= 0;
        j += order >= 0;
    }
}

static void
check_importers(build *b)
{
    const stk_policy *policy = b->policy;

    for (size_t i = STK_SECTION_FROM; i < policy->n_sections; i++)
        for (size_t j = i + 1; j < policy->n_sections; j++) {
            const stk_section *first = policy->sections[i];
            const stk_section *second = policy->sections[j];

            if (!first->group)
                break;
            if (second->group &&
                strlen(first->group->name) == strlen(second->group->name))
                compare_sections(b, first, second);
        }
}

int
stk_compile(stk_policy *policy, stk_draft *draft)
{
    build b = { .policy = policy, .draft = draft };

    if (finish_groups(&b) < 0 || finish_trusted(&b) < 0 ||
        drop_replaced(&b) < 0 || resolve_rules(&b) < 0 ||
        finish_rules(&b) < 0 || finish_sections(&b) < 0 ||
        stk_signing_finish(policy, draft) < 0 ||
        stk_profiles_finish(policy, draft) < 0 ||
        stk_index_build(policy, draft) < 0)
        return -STK_E_MEMORY;
    check_ranks(&b);
    check_importers(&b);
    stk_profiles_check_parents(policy, draft);
    return stk_loaders_finish(policy, draft);
}
