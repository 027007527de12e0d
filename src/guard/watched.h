/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which audit events the policy in force speaks of. CPython raises thousands
 * of events a second: what no rule names costs one look into a table, with
 * no lock and no reference.
 */
#ifndef STK_GUARD_WATCHED_H
#define STK_GUARD_WATCHED_H

#include <stdbool.h>

#include <stockade/policy.h>

#include "base/error.h"

typedef struct stk_watched stk_watched;

/* A table for `policy` (and the one that it observes), which it keeps a
 * reference to where that has rules. Returns 0 or -STK_E_MEMORY. */
int stk_watched_new(stk_watched **out, stk_policy *policy, stk_error *err);
/* `older`, or NULL, is the table that it replaces: others may be reading that,
 * so that it lives on and is freed with the new one. */
void stk_watched_replace(stk_watched *watched, stk_watched *older);
void stk_watched_free(stk_watched *watched);

/* True when some rule covers the event. Any thread. */
bool stk_watched_has(const stk_watched *watched, const char *event);

#endif
