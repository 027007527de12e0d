/* SPDX-License-Identifier: Apache-2.0 */
/* The files that are built in, as entries, and their groups as tables: no
 * policy is loaded without them, and to read them took half of that. */
#include "policy/builtin.h"

#include <string.h>

#include "policy/events.h"
#include "policy/groups.h"
#include "policy/profiles.h"

static const stk_entry groups[] = {
#include "policy/groups_rows.inc"
};
#include "policy/groups_parts.inc"

static const stk_entry profiles[] = {
#include "policy/sandboxes_rows.inc"
};

static const stk_entry events[] = {
#include "policy/events_rows.inc"
};
#include "policy/events_parts.inc"

_Static_assert(sizeof groups_parts / sizeof *groups_parts == STK_PARTS + 1,
               "the parts of @stdlib, and @stdlib");

#define ENTRIES(of)                                                           \
    {                                                                         \
        of, sizeof of / sizeof *of                                            \
    }
#define PARTS(of) of, sizeof of / sizeof *of

const stk_builtin stk_builtins[STK_BUILTINS] = {
    [STK_BUILTIN_GROUPS] = { STK_GROUPS_FILE, ENTRIES(groups),
                             PARTS(groups_parts) },
    [STK_BUILTIN_PROFILES] = { STK_PROFILES_FILE, ENTRIES(profiles), NULL, 0 },
    [STK_BUILTIN_EVENTS] = { STK_EVENTS_FILE, ENTRIES(events),
                             PARTS(events_parts) },
};

static bool
is_same(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static bool
says(const stk_builtin *builtin, const stk_entries *entries)
{
    for (size_t i = 0; i < entries->n && i < builtin->entries.n; i++)
        if (!is_same(entries->items[i].key, builtin->entries.items[i].key) ||
            !is_same(entries->items[i].value, builtin->entries.items[i].value))
            return false;
    return entries->n == builtin->entries.n;
}

const stk_builtin *
stk_builtin_groups(const stk_entries *entries)
{
    static const int which[] = { STK_BUILTIN_GROUPS, STK_BUILTIN_EVENTS };

    for (size_t i = 0; i < sizeof which / sizeof *which; i++)
        if (says(&stk_builtins[which[i]], entries))
            return &stk_builtins[which[i]];
    return NULL;
}
