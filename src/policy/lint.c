/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is understood but odd. Each check asks the compiled policy rather
 * than reading its rules a second way, so that lint and decide cannot
 * disagree on what a rule covers.
 */
#include "policy/lint.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "policy/events.h"
#include "policy/lintask.h"
#include "policy/typo.h"

typedef stk_linter linter;

#define ANY_OTHER STK_ANY_OTHER
#define WARN      STK_WARN

static const stk_rule *
first_match(const linter *l, const stk_section *section, const char *name)
{
    const stk_rule *rule;

    return stk_rule_matches(&rule, 1, l->policy, section, name) ? rule : NULL;
}

/* ---- a rule that can never fire -------------------------------------- */

/* The [forbidden] rule that comes before `rule` for every name that it
 * covers; a forbidden parent is enough. */
static const stk_rule *
find_forbidding(linter *l, const stk_rule *rule)
{
    const stk_section *forbidden = stk_rule_forbidden(l->policy);
    const stk_rule *found = NULL;
    const char *other;

    switch (rule->kind) {
    case STK_PATTERN_ANY:
        return forbidden->any;
    case STK_PATTERN_GROUP:
        for (size_t i = 0; i < rule->group->n_members; i++) {
            found = first_match(l, forbidden, rule->group->members[i]);
            if (!found)
                return NULL;
        }
        return found;
    case STK_PATTERN_NAME:
        return first_match(l, forbidden, rule->literal);
    default:
        other = stk_arena_printf(l->arena, "%s%s" ANY_OTHER, rule->literal,
                                 rule->kind == STK_PATTERN_BELOW ? "." : "");
        if (!other) {
            l->no_memory = true;
            return NULL;
        }
        return first_match(l, forbidden, other);
    }
}

static bool
check_forbidden(linter *l, const stk_rule *rule)
{
    const stk_rule *stronger = find_forbidding(l, rule);

    if (!stronger)
        return false;
    if (!stk_lint_is_odd(l, &rule->place, stronger->place.file))
        return true;
    WARN(l, &rule->place,
         "\"%s\" can never fire: [forbidden] has %s (%s:%u); remove one",
         rule->text, stronger->pattern, stronger->place.file,
         stronger->place.line);
    return true;
}

/* Each member of the group has a rule that comes first. A name or a star
 * always keeps something of its own: itself, or what nobody names. */
static bool
check_group_shadowed(linter *l, const stk_rule *rule)
{
    const stk_rule *stronger = NULL;

    if (rule->kind != STK_PATTERN_GROUP)
        return false;
    for (size_t i = 0; i < rule->group->n_members; i++) {
        stronger = first_match(l, rule->section, rule->group->members[i]);
        if (stronger == rule)
            return false;
    }
    if (!stronger)
        return false;
    if (!stk_lint_is_odd(l, &rule->place, stronger->place.file))
        return true;
    if (rule->group->n_members == 1)
        WARN(l, &rule->place,
             "\"%s\" can never fire: \"%s\" comes first (%s:%u)", rule->text,
             stronger->text, stronger->place.file, stronger->place.line);
    else
        WARN(l, &rule->place,
             "\"%s\" can never fire: every member of @%s has a rule that "
             "comes first, as \"%s\" (%s:%u)",
             rule->text, rule->literal, stronger->text, stronger->place.file,
             stronger->place.line);
    return true;
}

static bool
is_own(const stk_rule *rule, const char *importer)
{
    if (rule->kind == STK_PATTERN_GROUP) {
        for (size_t i = 0; i < rule->group->n_members; i++)
            if (!stk_name_is_within(rule->group->members[i], importer))
                return false;
        return true;
    }
    if (rule->kind == STK_PATTERN_ANY)
        return false;
    if (rule->kind == STK_PATTERN_PREFIX && !strcmp(rule->literal, importer))
        return false;
    return stk_name_is_within(rule->literal, importer);
}

static bool
check_own(linter *l, const stk_rule *rule)
{
    const stk_section *section = rule->section;
    const char *importer = section->importer;

    if (section->kind != STK_SECTION_FROM)
        return false;
    /* a group that is not there */
    if (!importer && !section->group)
        return false;
    /* of a group, each member must own it: two cannot, one can */
    if (!importer && section->group->n_members == 1)
        importer = section->group->members[0];
    if (!importer || !is_own(rule, importer))
        return false;
    WARN(l, &rule->place,
         "\"%s\" can never fire: %s is not judged by [%s] for its own "
         "modules; move the line to [modules]",
         rule->text, importer, section->name);
    return true;
}

/* ---- an allow below a denied parent ---------------------------------- */

static bool
is_parent_open(const linter *l, const stk_section *section, const char *parent)
{
    if (section->importer)
        return stk_lint_allows(l, parent, section->importer);
    if (!section->group)
        return stk_lint_allows_somewhere(l, parent);
    for (size_t i = 0; i < section->group->n_members; i++)
        if (stk_lint_allows(l, parent, section->group->members[i]))
            return true;
    return false;
}

static void
warn_parent(linter *l, const stk_rule *rule, const char *parent)
{
    const stk_section *section = rule->section;
    const char *importer =
        section->group ? section->group->members[0] : section->importer;
    stk_decision denied = stk_lint_ask(l, parent, importer);
    const stk_rule *same = first_match(l, section, parent);
    /* what must be signed is no safer than what runs before it */
    const char *word = rule->requirement ? rule->requirement : "allow";

    if (!stk_lint_is_odd(l, &rule->place, denied.rule.file))
        return;
    if (same && same->kind == STK_PATTERN_NAME &&
        !strcmp(same->literal, parent))
        WARN(l, &rule->place,
             "\"%s\" allows nothing: its parent %s is denied (%s:%u); change "
             "that line or remove this one",
             rule->text, parent, same->place.file, same->place.line);
    else if (denied.rule.file)
        WARN(l, &rule->place,
             "\"%s\" allows nothing: its parent %s is denied by \"%s\" "
             "(%s:%u); add \"%s = %s\" to [%s]",
             rule->text, parent, denied.rule.text, denied.rule.file,
             (unsigned)denied.rule.line, parent, word, section->name);
    else
        WARN(l, &rule->place,
             "\"%s\" allows nothing: no rule covers its parent %s; add "
             "\"%s = %s\" to [%s]",
             rule->text, parent, parent, word, section->name);
}

/* The shortest parent is told: allowing it may allow the others. */
static bool
check_parents(linter *l, const stk_rule *rule)
{
    /* x.* needs x itself; x and x* need what is above x */
    size_t end = rule->kind == STK_PATTERN_BELOW
                     ? rule->length
                     : stk_name_parent(rule->literal);

    if (rule->verdict == STK_DENY || rule->kind >= STK_PATTERN_GROUP)
        return false;
    for (size_t i = 0; i < end; i++) {
        char *parent;

        if (i + 1 < end && rule->literal[i + 1] != '.')
            continue;
        parent = stk_arena_copy(l->arena, rule->literal, i + 1);
        if (!parent) {
            l->no_memory = true;
            return false;
        }
        if (!is_parent_open(l, rule->section, parent)) {
            warn_parent(l, rule, parent);
            return true;
        }
    }
    return false;
}

/* ---- events ----------------------------------------------------------- */

/* A program may raise events of its own: only what is close to one of
 * CPython's is a guess worth making. */
static void
check_event(linter *l, const stk_rule *rule)
{
    char label[STK_NAME_MAX + 1];
    const char *meant = NULL;

    if (rule->kind == STK_PATTERN_NAME || rule->kind == STK_PATTERN_BELOW)
        meant = stk_event_meant(label, l->policy, rule->literal);
    if (meant)
        WARN(l, &rule->place,
             "no supported Python raises %s; did you mean %s%s?",
             rule->pattern, meant,
             rule->kind == STK_PATTERN_BELOW && !strchr(meant, '.') ? ".*"
                                                                    : "");
}

/* Allowing everybody what no rule denies changes the log alone, and is how
 * an event is watched. */
static void
check_events(linter *l)
{
    const stk_policy *whole = l->policy;

    l->policy = whole->events;
    for (size_t i = 0; i < l->policy->n_sections; i++) {
        const stk_section *section = l->policy->sections[i];

        if (section->kind == STK_SECTION_FROM && section->n_rules == 0 &&
            !l->partial)
            WARN(l, &section->place, "[%s] has no rules", section->name);
        for (size_t j = 0; j < section->n_rules; j++) {
            check_group_shadowed(l, section->rules[j]);
            check_event(l, section->rules[j]);
        }
    }
    l->policy = whole;
}

static void
check_rules(linter *l)
{
    for (size_t i = 0; i < l->policy->n_sections; i++) {
        const stk_section *section = l->policy->sections[i];

        for (size_t j = 0; j < section->n_rules; j++) {
            const stk_rule *rule = section->rules[j];

            if (section->kind == STK_SECTION_FORBIDDEN)
                check_group_shadowed(l, rule);
            else if (!check_forbidden(l, rule) &&
                     !check_group_shadowed(l, rule) && !check_own(l, rule) &&
                     !l->partial)
                check_parents(l, rule);
        }
    }
}

/* ---- what is written for nothing -------------------------------------- */

static bool
is_used_in(const stk_policy *policy, const stk_group *group)
{
    if (group->trusted || group->section)
        return true;
    for (size_t i = 0; i < policy->n_sections; i++) {
        const stk_section *section = policy->sections[i];

        for (size_t j = 0; j < section->n_rules; j++)
            if (section->rules[j]->group == group)
                return true;
    }
    return false;
}

static bool
is_used(const linter *l, const stk_group *group)
{
    const stk_policy *events = l->policy->events;

    return is_used_in(l->policy, group) ||
           is_used_in(events, stk_rule_group(events, group->name));
}

/* A file that is extended may well define groups for those that extend it. */
static void
check_groups(linter *l)
{
    for (size_t i = 0; i < l->policy->n_groups; i++) {
        const stk_group *group = l->policy->groups[i];

        if (group->builtin || strcmp(group->place.file, l->policy->file) != 0)
            continue;
        if (!is_used(l, group))
            WARN(l, &group->place, "[group %s] is not used", group->name);
    }
}

static bool
has_any_effect(const stk_policy *policy)
{
    if (stk_rule_forbidden(policy)->n_rules > 0)
        return true;
    for (size_t i = 0; i < policy->n_sections; i++) {
        const stk_section *section = policy->sections[i];

        for (size_t j = 0; j < section->n_rules; j++)
            if (section->rules[j]->verdict == STK_DENY ||
                section->rules[j]->requirement || section->rules[j]->closure)
                return true;
    }
    return false;
}

static void
check_default(linter *l)
{
    const stk_policy *policy = l->policy;
    const stk_setting *setting = &policy->settings[STK_SETTING_DEFAULT];
    const stk_rule *any = stk_rule_modules(policy)->any;

    if (!setting->value)
        return;
    if (any && !strcmp(any->place.file, setting->place.file))
        WARN(l, &setting->place,
             "default never applies: \"%s\" (%s:%u) covers every name",
             any->text, any->place.file, any->place.line);
    if (!l->partial && policy->fallback == STK_ALLOW && policy->n_rules > 0 &&
        !has_any_effect(policy) && !has_any_effect(policy->events))
        WARN(l, &setting->place,
             "default = allow and no rule denies: the rules change nothing");
}

/* ---- names that look mistyped ------------------------------------------ */

static void
warn_typo(void *payload, const stk_place *place, const char *name,
          const char *meant)
{
    linter *l = payload;
    size_t label = strcspn(name, ".");

    WARN(l, place,
         "no supported Python's standard library has %.*s; did you mean "
         "%s%s?",
         (int)label, name, meant, name + label);
}

/* ---- the whole -------------------------------------------------------- */

/* What is there is odd by what else is there. */
static void
check_present(linter *l)
{
    check_rules(l);
    check_events(l);
    check_default(l);
    stk_lint_names(l);
    if (stk_typo_find(l->policy, warn_typo, l) < 0)
        l->no_memory = true;
}

void
stk_lint_understood(const stk_policy *policy, stk_report_fn report,
                    void *payload)
{
    STK_CLEANUP(stk_arena_freep) stk_arena *arena = stk_arena_new();
    linter l = { policy, arena, NULL, 0, 0, !arena, true };
    stk_error err = STK_ERROR_INIT;

    if (arena)
        check_present(&l);
    stk_warnings_report(&l, report, payload, &err);
}

int
stk_policy_lint(const stk_policy *policy, stk_report_fn report, void *payload,
                stk_error *err)
{
    STK_CLEANUP(stk_arena_freep) stk_arena *arena = stk_arena_new();
    linter l = { policy, arena, NULL, 0, 0, !arena, false };

    if (arena) {
        check_present(&l);
        stk_lint_importers(&l);
        check_groups(&l);
        stk_lint_loaders(&l);
        stk_lint_profiles(&l);
        stk_lint_signing(&l, (int64_t)(stk_clock_wall_us() / 1000000u));
    }
    return stk_warnings_report(&l, report, payload, err);
}
