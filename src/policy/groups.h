/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in groups: @stdlib and its parts. */
#ifndef STK_POLICY_GROUPS_H
#define STK_POLICY_GROUPS_H

#include "policy/draft.h"

#define STK_GROUPS_FILE "builtin:groups.ini"

/* The text of policy/groups.ini as it was when this was built. */
const char *stk_groups_text(size_t *length);

/* Adds the group @stdlib, all parts together, to a draft that has the
 * parts. Returns 0 or -STK_E_MEMORY. */
int stk_groups_join(stk_draft *draft);

#endif
