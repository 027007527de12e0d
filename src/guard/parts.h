/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of the standard library of which some parts reach out. */
#ifndef STK_GUARD_PARTS_H
#define STK_GUARD_PARTS_H

#include <stdbool.h>

#include "policy/rule.h"

/*
 * What reaches beyond the interpreter and its files. `closure` lifts no deny
 * that is written down: learned policies deny it so, and each importer that
 * was seen using it is named.
 */
#define STK_PARTS_GROUPS 3u
extern const struct stk_parts_group {
    const char *group, *note;
} stk_parts_groups[STK_PARTS_GROUPS];

/*
 * True for a package that does not reach out and has parts that do, as urllib
 * has urllib.request: a rule for it would open these to whoever imports
 * urllib.parse.
 */
bool stk_parts_are_mixed(const stk_policy *policy, const char *name);

/* The package of such a kind that the rule `x.* = deny` closes; false for any
 * other rule, or NULL. */
bool stk_parts_package(char package[STK_NAME_MAX + 1],
                       const stk_policy *policy, const char *rule);

#endif
