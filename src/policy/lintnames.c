/* SPDX-License-Identifier: Apache-2.0 */
/* Names of modules that no module of the standard library can have: most are
 * audit events, which another section judges. */
#include <stdlib.h>
#include <string.h>

#include "policy/events.h"
#include "policy/groups.h"
#include "policy/lint.h"

/*
 * Of the standard library, what has modules below it in some supported
 * version, and what was taken out of it and may be a package of the program's
 * own. Sorted.
 */
static const char *const packages[] = {
    "__phello__", "_pyrepl",
    "asyncio",    "collections",
    "concurrent", "ctypes",
    "curses",     "dbm",
    "distutils",  "email",
    "encodings",  "ensurepip",
    "formatter",  "html",
    "http",       "idlelib",
    "importlib",  "json",
    "lib2to3",    "logging",
    "msilib",     "multiprocessing",
    "parser",     "pathlib",
    "pydoc_data", "pyexpat",
    "re",         "sqlite3",
    "symbol",     "sysconfig",
    "test",       "tkinter",
    "tomllib",    "turtledemo",
    "typing",     "unittest",
    "urllib",     "venv",
    "wsgiref",    "xml",
    "xmlrpc",     "zipfile",
    "zoneinfo",
};

static int
compare(const void *name, const void *known)
{
    return strcmp(name, *(const char *const *)known);
}

/* True for os.system, and not for os.path or urllib.x: what lies below a
 * package is not listed. */
static bool
is_below_nothing(const char *name)
{
    char label[STK_NAME_MAX + 1];
    size_t length = strcspn(name, ".");

    if (!name[length] || length > STK_NAME_MAX ||
        !stk_policy_in_stdlib(name) || stk_name_is_within(name, "os.path"))
        return false;
    memcpy(label, name, length);
    label[length] = '\0';
    return !bsearch(label, packages, sizeof packages / sizeof *packages,
                    sizeof *packages, compare);
}

static bool
is_event(const stk_policy *events, const char *name)
{
    for (size_t i = 0; i < events->n_groups; i++)
        for (size_t j = 0;
             events->groups[i]->events && j < events->groups[i]->n_members;
             j++)
            if (!strcmp(events->groups[i]->members[j], name))
                return true;
    return false;
}

static void
check_name(stk_linter *l, const stk_place *place, const char *name,
           const char *word)
{
    char label[STK_NAME_MAX + 1];
    const char *meant;

    if (!strchr(name, '.'))
        return;
    if (is_event(l->policy->events, name)) {
        STK_WARN(l, place,
                 "no module %s; to %s the call write it under [events]", name,
                 word);
        return;
    }
    if (!is_below_nothing(name))
        return;
    meant = stk_event_meant(label, l->policy->events, name);
    if (meant && strchr(meant, '.'))
        STK_WARN(l, place,
                 "no module %s: nothing is below %.*s; did you mean %s under "
                 "[events]?",
                 name, (int)strcspn(name, "."), name, meant);
    else
        STK_WARN(l, place,
                 "no module %s: nothing is below %.*s; did you mean %.*s?",
                 name, (int)strcspn(name, "."), name, (int)strcspn(name, "."),
                 name);
}

static void
check_section(stk_linter *l, const stk_section *section)
{
    for (size_t i = 0; i < section->n_rules; i++) {
        const stk_rule *rule = section->rules[i];

        if (rule->kind == STK_PATTERN_NAME || rule->kind == STK_PATTERN_BELOW)
            check_name(l, &rule->place, rule->literal,
                       rule->verdict == STK_DENY ? "deny" : "allow");
    }
}

/* Those that stand where modules do: one of events has them as members. */
static bool
is_used_for_events(const stk_policy *events, const stk_group *group)
{
    for (size_t i = 0; i < events->n_sections; i++)
        for (size_t j = 0; j < events->sections[i]->n_rules; j++) {
            const stk_group *used = events->sections[i]->rules[j]->group;

            if (used && !strcmp(used->name, group->name))
                return true;
        }
    return false;
}

void
stk_lint_names(stk_linter *l)
{
    const stk_policy *policy = l->policy;

    for (size_t i = 0; i < policy->n_sections; i++)
        check_section(l, policy->sections[i]);
    for (size_t i = 0; i < policy->n_groups; i++) {
        const stk_group *group = policy->groups[i];

        if (group->builtin || is_used_for_events(policy->events, group))
            continue;
        for (size_t j = 0; j < group->n_members; j++)
            check_name(l, &group->place, group->members[j], "judge");
    }
}
