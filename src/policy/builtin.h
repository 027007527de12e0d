/* SPDX-License-Identifier: Apache-2.0 */
/* The files that are built in, read when the library was built. */
#ifndef STK_POLICY_BUILTIN_H
#define STK_POLICY_BUILTIN_H

#include "policy/entries.h"

typedef struct stk_builtin_group {
    const char *name;
    uint32_t line;
    const char *const *members; /* sorted */
    size_t n;
} stk_builtin_group;

typedef struct stk_builtin {
    const char *file;
    stk_entries entries;
    const stk_builtin_group
        *groups; /* of the first: the parts, @stdlib last */
    size_t n_groups;
} stk_builtin;

enum { STK_BUILTIN_GROUPS, STK_BUILTIN_PROFILES, STK_BUILTIN_EVENTS };
#define STK_BUILTINS 3u

extern const stk_builtin stk_builtins[STK_BUILTINS];

/* The groups, or the sets of events, when that is what `entries` say: a file
 * that no other can be loaded with. Else NULL. */
const stk_builtin *stk_builtin_groups(const stk_entries *entries);

#endif
