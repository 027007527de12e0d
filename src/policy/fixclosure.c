/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change that has a package import what it needs. What a package of
 * somebody else's imports is allowed one name after the other by stk_fix();
 * `closure` is one line, and wider: it is shown beside, for whoever knows that
 * package.
 */
#include <string.h>

#include "policy/fix.h"
#include "policy/gate.h"

/* The rule of [modules] by which the importer came. */
static const stk_rule *
rule_of_importer(const stk_told *t)
{
    const stk_rule *rule = NULL;
    const char *importer = t->request->importer;

    if (!t->known || stk_policy_in_stdlib(importer) ||
        !strcmp(importer, "__main__"))
        return NULL;
    stk_rule_matches(&rule, 1, t->policy, stk_rule_modules(t->policy),
                     importer);
    return rule && rule->kind == STK_PATTERN_NAME && rule->words &&
                   (!strcmp(rule->words, "allow") ||
                    !strcmp(rule->words, "signed"))
               ? rule
               : NULL;
}

static const char *
tell_importer(const stk_told *t, const stk_rule *rule)
{
    return stk_arena_printf(
        t->arena,
        "change %s:%u to \"%s = %s closure\": %s imports what it needs",
        rule->place.file, rule->place.line, rule->literal, rule->words,
        rule->literal);
}

static const char *
tell_name(const stk_told *t)
{
    const stk_section *modules = stk_rule_modules(t->policy);
    const char *name = t->request->name;
    int length = (int)strcspn(name, ".");
    const stk_rule *rule = NULL;
    char *package = stk_arena_copy(t->arena, name, (size_t)length);

    if (!package)
        return NULL;
    stk_rule_matches(&rule, 1, t->policy, modules, package);
    if (stk_policy_in_stdlib(package) ||
        !stk_name_is_dotted(package, (size_t)length) ||
        (rule && rule->kind != STK_PATTERN_ANY) ||
        (size_t)length + strlen(" = allow closure") > STK_LINE_LENGTH_MAX)
        return "";
    return stk_arena_printf(
        t->arena,
        "add \"%s = allow closure\" to [%s], %s: %s imports what it needs",
        package, modules->name, stk_fix_file(t, modules), package);
}

const char *
stk_fix_closure(const stk_told *t)
{
    const stk_rule *rule;

    if (t->policy->for_events || t->decision.verdict == STK_ALLOW ||
        t->decision.reason == STK_REASON_NAME ||
        t->decision.reason == STK_REASON_FORBIDDEN || !stk_fix_is_loose(t))
        return "";
    rule = rule_of_importer(t);
    return rule ? tell_importer(t, rule) : tell_name(t);
}
