/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two policies, asked the same questions: who gains and who loses what. The
 * questions are the names and importers that either policy names; nothing is
 * read off the rules themselves.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "policy/arena.h"
#include "policy/rule.h"

/* A label that no policy has reason to name: it stands for "any other". */
#define ANY_OTHER "__any_other__"

/* What is shown, and what is asked for it. Both live in the arena, or in a
 * policy. */
typedef struct question {
    const char *shown;
    const char *asked;
} question;

typedef struct questions {
    question *items; /* owned */
    size_t n, size;
    stk_arena *arena; /* borrowed */
    bool no_memory;
} questions;

/* ---- gathering ------------------------------------------------------ */

static void
add(questions *all, const char *shown, const char *asked)
{
    if (!shown || !asked) {
        all->no_memory = true;
        return;
    }
    if (all->n == all->size) {
        size_t size = all->size ? all->size * 2 : 64;
        question *items = reallocarray(all->items, size, sizeof(*items));

        if (!items) {
            all->no_memory = true;
            return;
        }
        all->items = items;
        all->size = size;
    }
    all->items[all->n++] = (question){ shown, asked };
}

static void
add_members(questions *all, const stk_group *group)
{
    for (size_t i = 0; i < group->n_members; i++)
        add(all, group->members[i], group->members[i]);
}

/* `x` is asked for itself; x.*, x* and * for something that they cover and
 * nobody names. */
static void
add_pattern(questions *all, const stk_rule *rule)
{
    switch (rule->kind) {
    case STK_PATTERN_NAME:
        add(all, rule->literal, rule->literal);
        break;
    case STK_PATTERN_BELOW:
        add(all, rule->pattern,
            stk_arena_printf(all->arena, "%s." ANY_OTHER, rule->literal));
        break;
    case STK_PATTERN_PREFIX:
        add(all, rule->pattern,
            stk_arena_printf(all->arena, "%s" ANY_OTHER, rule->literal));
        break;
    case STK_PATTERN_GROUP:
        add_members(all, rule->group);
        break;
    case STK_PATTERN_ANY:
        break; /* always asked, for the sake of default */
    }
}

static void
gather_names(questions *names, const stk_policy *policy)
{
    for (size_t i = 0; i < policy->n_sections; i++)
        for (size_t j = 0; j < policy->sections[i]->n_rules; j++)
            add_pattern(names, policy->sections[i]->rules[j]);
}

/* A built-in group as an importer stands for its members: hundreds of equal
 * lines would say no more. The member that is asked is one that no section
 * and no rule of its own singles out, where there is one. */
static void
add_builtin_importer(questions *all, const stk_group *group,
                     const stk_policy *policy)
{
    const char *asked = NULL;
    const stk_section *section;

    for (size_t i = 0; i < group->n_members; i++) {
        const char *member = group->members[i];

        if (strchr(member, '.'))
            continue;
        if (!asked)
            asked = member;
        if (stk_rule_chain(&section, NULL, 1, policy, member) == 0) {
            asked = member;
            break;
        }
    }
    if (asked)
        add(all, stk_arena_printf(all->arena, "@%s", group->name), asked);
}

static void
add_importer_group(questions *all, const stk_group *group,
                   const stk_policy *policy)
{
    if (group->builtin)
        add_builtin_importer(all, group, policy);
    else
        add_members(all, group);
}

/* A package that is allowed with closure is named as an importer. */
static void
gather_closures(questions *importers, const stk_policy *policy)
{
    const stk_section *modules = stk_rule_modules(policy);

    for (size_t i = 0; i < modules->n_rules; i++) {
        const stk_rule *rule = modules->rules[i];

        if (!rule->closure)
            continue;
        if (rule->kind == STK_PATTERN_GROUP)
            add_importer_group(importers, rule->group, policy);
        else
            add_pattern(importers, rule);
    }
}

static void
gather_importers(questions *importers, const stk_policy *policy)
{
    for (size_t i = 0; i < policy->n_sections; i++) {
        const stk_section *section = policy->sections[i];

        if (section->importer)
            add(importers, section->importer, section->importer);
        else if (section->group)
            add_importer_group(importers, section->group, policy);
    }
    for (size_t i = 0; i < policy->n_groups; i++) {
        const stk_group *group = policy->groups[i];
        /* @stdlib stands for its parts */
        bool part = group->builtin && group != policy->stdlib &&
                    policy->stdlib->trusted;

        if (group->trusted && !part)
            add_importer_group(importers, group, policy);
    }
    gather_closures(importers, policy);
}

/* ---- sorting -------------------------------------------------------- */

static int
compare_questions(const void *a, const void *b)
{
    const question *left = a, *right = b;
    int order = strcmp(left->shown, right->shown);

    return order ? order : strcmp(left->asked, right->asked);
}

static void
sort_questions(questions *all)
{
    size_t kept = 0;

    if (all->n == 0)
        return;
    qsort(all->items, all->n, sizeof(*all->items), compare_questions);
    for (size_t i = 1; i < all->n; i++)
        if (strcmp(all->items[kept].shown, all->items[i].shown) != 0)
            all->items[++kept] = all->items[i];
    all->n = kept + 1;
}

/* ---- asking --------------------------------------------------------- */

typedef struct comparison {
    const stk_policy *before, *after;
    stk_change_fn changed;
    void *payload;
    int found;
    uint32_t flags; /* STK_REQUEST_EVENT, or 0 */
} comparison;

static bool
is_same(const stk_decision *before, const stk_decision *after)
{
    const char *old = before->requirement ? before->requirement : "";
    const char *new = after->requirement ? after->requirement : "";

    return before->verdict == after->verdict && strcmp(old, new) == 0;
}

static void
ask(comparison *c, const question *importer, const question *name)
{
    stk_request request = STK_REQUEST_INIT;
    stk_change change = { name->shown, NULL, { 0 }, { 0 }, c->flags != 0 };

    request.name = name->asked;
    request.flags = c->flags;
    if (importer) {
        request.importer = importer->asked;
        change.importer = importer->shown;
    }
    change.before = stk_policy_decide(c->before, &request);
    change.after = stk_policy_decide(c->after, &request);
    if (is_same(&change.before, &change.after))
        return;
    if (c->found < INT_MAX)
        c->found++;
    if (c->changed)
        c->changed(c->payload, &change);
}

static void
ask_all(comparison *c, const questions *importers, const questions *names)
{
    for (size_t j = 0; j < names->n; j++)
        ask(c, NULL, &names->items[j]);
    for (size_t i = 0; i < importers->n; i++)
        for (size_t j = 0; j < names->n; j++)
            ask(c, &importers->items[i], &names->items[j]);
}

/* Both policies, or the halves of both that judge events. False: no memory. */
static bool
compare(comparison *c, const stk_policy *before, const stk_policy *after)
{
    STK_CLEANUP(stk_arena_freep) stk_arena *arena = stk_arena_new();
    questions names = { NULL, 0, 0, arena, !arena };
    questions importers = { NULL, 0, 0, arena, false };
    bool good;

    if (arena) {
        add(&names, "*", ANY_OTHER);
        gather_names(&names, before);
        gather_names(&names, after);
        gather_importers(&importers, before);
        gather_importers(&importers, after);
    }
    good = !names.no_memory && !importers.no_memory;
    if (good) {
        sort_questions(&names);
        sort_questions(&importers);
        ask_all(c, &importers, &names);
    }
    free(names.items);
    free(importers.items);
    return good;
}

int
stk_policy_diff(const stk_policy *before, const stk_policy *after,
                stk_change_fn changed, void *payload, stk_error *err)
{
    comparison c = { before, after, changed, payload, 0, 0 };

    if (!compare(&c, before, after))
        return stk_error_memory(err);
    c.flags = STK_REQUEST_EVENT;
    if (before->events->n_rules + after->events->n_rules > 0 &&
        !compare(&c, before->events, after->events))
        return stk_error_memory(err);
    return c.found;
}
