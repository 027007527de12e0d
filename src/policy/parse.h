/* SPDX-License-Identifier: Apache-2.0 */
/* What the entries of one file say: sections, keys, words into the draft. */
#ifndef STK_POLICY_PARSE_H
#define STK_POLICY_PARSE_H

#include "policy/draft.h"
#include "policy/entries.h"

typedef struct stk_source {
    const char *file;   /* as loaded; in the arena */
    const char *folder; /* relative paths begin there */
} stk_source;

/* Adds one file to the draft; its errors go to draft->complaints. Returns 0
 * or -STK_E_MEMORY. */
int stk_parse_entries(stk_draft *draft, const stk_source *source,
                      const stk_entries *entries);

#endif
