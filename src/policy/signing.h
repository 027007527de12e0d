/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [signing]; and what they come to together with [key NAME]:
 * compilekeys.c. */
#ifndef STK_POLICY_SIGNING_H
#define STK_POLICY_SIGNING_H

#include "policy/draft.h"

#define STK_SIGNING_KEYS 11u /* in the table of signing.c */

/* One file's [signing]. Zeroed but for draft, file and folder. */
typedef struct stk_signing_reader {
    stk_draft *draft;
    const char *file;
    const char *folder;
    uint32_t seen[STK_SIGNING_KEYS]; /* per key of the table: its line */
} stk_signing_reader;

/* One entry. Errors go to the draft's complaints. 0 or -STK_E_MEMORY. */
int stk_signing_take(stk_signing_reader *reader, uint32_t line,
                     const char *key, const char *value);

/* Moves keys and settings to the policy, whose sections are made. Says which
 * keys are one and the same, and that none is there. 0 or -STK_E_MEMORY. */
int stk_signing_finish(stk_policy *policy, stk_draft *draft);

#endif
