/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in groups: @stdlib and its parts. */
#ifndef STK_POLICY_GROUPS_H
#define STK_POLICY_GROUPS_H

#include "policy/builtin.h"
#include "policy/draft.h"

#define STK_GROUPS_FILE "builtin:groups.ini"

/* Adds the groups of a built-in file to a draft that has none: of modules
 * @stdlib and its parts, of `events` the sets of events. Returns 0 or
 * -STK_E_MEMORY. */
int stk_groups_take(stk_draft *draft, const stk_builtin *from, bool events);

/* Which part of @stdlib has this very name as a member, by its place among
 * them; -1: none. `hash` is its stk_hash(). */
int stk_groups_part(const char *name, uint32_t length, uint32_t hash);

/* Whether `text`, of a stk_rule_ref or NULL, is a rule for @stdlib or a part
 * of it: "@stdlib = allow"; "@stdlibs" is the policy's own. Total. */
bool stk_groups_is_librarys_rule(const char *text);

#endif
