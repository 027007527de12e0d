/* SPDX-License-Identifier: Apache-2.0 */
/* What is odd with the importers of [modules from X]: code that nobody can
 * import asks for nothing, unless it is a string of code. */
#include <string.h>

#include "base/text.h"
#include "policy/lint.h"
#include "policy/lintask.h"
#include "policy/profiles.h"

/* The code that is run is an importer that nobody imports. */
#define MAIN "__main__"

/* True when some importer may load X: one that a section names, one that
 * came in through a closure, or one that the user trusts. */
static bool
is_loadable(const stk_linter *l, const char *importer)
{
    stk_request request = STK_REQUEST_INIT;

    if (!strcmp(importer, MAIN) || stk_lint_allows_somewhere(l, importer))
        return true;
    request.name = importer;
    request.importer = STK_ANY_OTHER;
    request.flags = STK_REQUEST_CLOSURE;
    if (l->policy->has_closure &&
        stk_policy_decide(l->policy, &request).verdict == STK_ALLOW)
        return true;
    for (size_t i = 0; i < l->policy->n_groups; i++) {
        const stk_group *group = l->policy->groups[i];

        /* the standard library loads itself, and nobody else */
        if (group->trusted &&
            (!group->builtin ||
             stk_rule_group_holds(l->policy, group, importer)) &&
            stk_lint_allows(l, importer, group->members[0]))
            return true;
    }
    return false;
}

static bool
has_module(const stk_policy *policy, const char *profile)
{
    const stk_section *modules = stk_rule_modules(policy);
    const char *used;

    for (size_t i = 0; i < modules->n_rules; i++) {
        used = stk_requirement_profile(modules->rules[i]->requirement);
        if (used && !strcmp(used, profile))
            return true;
    }
    for (size_t i = 0; i < policy->n_loaders; i++)
        if (!strcmp(policy->loaders[i].sandbox, profile))
            return true;
    return false;
}

/* A [sandbox X] that no module runs under is there for strings of code, which
 * have names that nothing is imported by. */
static bool
has_strings(const stk_policy *policy)
{
    for (size_t i = 0; i < policy->n_profiles; i++)
        if (strcmp(policy->profile_places[i].file, STK_PROFILES_FILE) != 0 &&
            !has_module(policy, policy->profiles[i].name))
            return true;
    return false;
}

static bool
is_near(const char *name, const char *meant)
{
    size_t most = strlen(name) >= 9 ? 2 : 1;

    return strcmp(name, meant) != 0 && strlen(meant) > 2 &&
           stk_text_distance(name, meant, most) <= most;
}

/* A name of the policy that `name` was meant to be; NULL: there is none. */
static const char *
find_near(const stk_linter *l, const char *name)
{
    const stk_section *modules = stk_rule_modules(l->policy);

    for (size_t i = 0; i < modules->n_rules; i++)
        if (modules->rules[i]->kind <= STK_PATTERN_NAME &&
            is_near(name, modules->rules[i]->literal))
            return modules->rules[i]->literal;
    for (size_t i = 0; i < l->policy->n_groups; i++) {
        const stk_group *group = l->policy->groups[i];

        for (size_t j = 0; !group->builtin && j < group->n_members; j++)
            if (is_near(name, group->members[j]))
                return group->members[j];
    }
    return NULL;
}

static void
warn_uncovered(stk_linter *l, const stk_section *section, const char *importer,
               const char *parent)
{
    const char *meant = find_near(l, importer);

    if (meant)
        STK_WARN(
            l, &section->place,
            "[%s]: %s is itself denied: no rule covers it%s; did you mean "
            "%s?",
            section->name, importer, parent, meant);
    else if (!has_strings(l->policy))
        STK_WARN(
            l, &section->place,
            "[%s]: %s is itself denied: no rule covers it%s; add "
            "\"%s = allow\" to [modules] or, where strings of code run by "
            "that name, the [sandbox X] that they run under",
            section->name, importer, parent, importer);
}

static void
check_importer(stk_linter *l, const stk_section *section, const char *importer)
{
    stk_decision denied;

    if (is_loadable(l, importer))
        return;
    denied = stk_lint_ask(l, importer, NULL);
    if (!stk_lint_is_odd(l, &section->place, denied.rule.file))
        return;
    if (denied.rule.file && *denied.rule.text == '*' && has_strings(l->policy))
        return;
    if (denied.rule.file)
        STK_WARN(l, &section->place,
                 "[%s]: %s is itself denied by \"%s\" (%s:%u): nothing can "
                 "import it",
                 section->name, importer, denied.rule.text, denied.rule.file,
                 (unsigned)denied.rule.line);
    else
        warn_uncovered(l, section, importer,
                       denied.reason == STK_REASON_PARENT ? " or its parent"
                                                          : "");
}

void
stk_lint_importers(stk_linter *l)
{
    for (size_t i = 0; i < l->policy->n_sections; i++) {
        const stk_section *section = l->policy->sections[i];

        if (section->kind != STK_SECTION_FROM)
            continue;
        if (section->n_rules == 0)
            STK_WARN(l, &section->place, "[%s] has no rules", section->name);
        if (section->importer)
            check_importer(l, section, section->importer);
        else
            for (size_t j = 0; j < section->group->n_members; j++)
                check_importer(l, section, section->group->members[j]);
    }
}
