/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [stockade], a table. */
#ifndef STK_POLICY_SETTINGS_H
#define STK_POLICY_SETTINGS_H

#include "policy/draft.h"
#include "policy/entries.h"
#include "policy/sectionkey.h"

/* One file's [stockade]. Zeroed but for what stk_settings_begin() sets. */
typedef struct stk_settings_reader {
    stk_draft *draft;
    const char *file;
    const char *folder;
    uint32_t heading;                   /* the section's line; 0: none yet */
    uint32_t seen[STK_SECTIONKEYS_MAX]; /* per key of the table: its line */
} stk_settings_reader;

void stk_settings_begin(stk_settings_reader *reader, stk_draft *draft,
                        const char *file, const char *folder);

/* One entry. Errors go to the draft's complaints. 0 or -STK_E_MEMORY. */
int stk_settings_take(stk_settings_reader *reader, uint32_t line,
                      const char *key, const char *value);

/* After the last entry: reports what is missing. */
void stk_settings_end(stk_settings_reader *reader);

/* Moves the draft's settings to the policy. */
void stk_settings_finish(stk_policy *policy, const stk_draft *draft);

/* Called for each path of `extends`, in order; negative stops. */
typedef int (*stk_extends_fn)(void *payload, const char *path, uint32_t line);

/* Finds the paths that a file extends, before it is parsed. */
int stk_settings_extends(const stk_entries *file, stk_extends_fn each,
                         void *payload);

#endif
