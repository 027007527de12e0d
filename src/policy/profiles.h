/* SPDX-License-Identifier: Apache-2.0 */
/* The sections [sandbox NAME]: what a worker may do. */
#ifndef STK_POLICY_PROFILES_H
#define STK_POLICY_PROFILES_H

#include "base/profile.h"
#include "policy/draft.h"

#define STK_PROFILES_FILE "builtin:sandboxes.ini"

/* One [sandbox NAME] while it is read; zeroed between sections but for draft,
 * file and folder. */
typedef struct stk_profile_reader {
    stk_draft *draft;
    const char *file, *folder;
    stk_draft_profile *at; /* NULL: the heading was refused */
    uint32_t heading;
    uint32_t seen[STK_PROFILE_KEYS]; /* per key: its line */
} stk_profile_reader;

/* These return 0 or -STK_E_MEMORY; errors go to the draft's complaints. What
 * a file that came before says of a key is replaced, key by key. */
int stk_profile_begin(stk_profile_reader *reader, uint32_t line,
                      const char *name);
int stk_profile_take(stk_profile_reader *reader, uint32_t line,
                     const char *key, const char *value);
/* Says what does not go together. */
void stk_profile_end(stk_profile_reader *reader);

/* Moves the profiles to the policy, whose sections are made, and says which
 * rule names one that is not there. 0 or -STK_E_MEMORY. */
int stk_profiles_finish(stk_policy *policy, stk_draft *draft);

/* Some profile has `start = on_install`. */
bool stk_policy_starts_workers(const stk_policy *policy);

/* Says which rules would take a name out of the worker that its parent is in.
 * The index must be made. */
void stk_profiles_check_parents(const stk_policy *policy, stk_draft *draft);

/* Where the profile is written; of a built-in one where it is used first, or
 * NULL where nothing runs under it. */
const stk_place *stk_profiles_place(const stk_policy *policy,
                                    const char *name);

/* Which line has the word in a list of the profile; where none has, as the
 * shipped ones, stk_profiles_place(). */
const stk_place *stk_profiles_word_place(const stk_policy *policy,
                                         const char *name, const char *key,
                                         const char *word);

#endif
