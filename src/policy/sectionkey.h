/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of a section, as a table: which of them a line means, is it said
 * for the first time, and has it a value. What is wrong goes to the draft's
 * complaints.
 */
#ifndef STK_POLICY_SECTIONKEY_H
#define STK_POLICY_SECTIONKEY_H

#include "policy/draft.h"

#define STK_SECTIONKEYS_MAX 16u

typedef struct stk_sectionkey {
    const char *name;
    bool list; /* it may be repeated */
} stk_sectionkey;

/* Rows of `size` bytes, each of which begins with a key. */
typedef struct stk_sectionkeys {
    const void *rows;
    size_t n, size; /* STK_SECTIONKEYS_MAX rows at most */
} stk_sectionkeys;

/* One `key = value`. */
typedef struct stk_sectionline {
    stk_draft *draft;
    stk_place place;
    const char *key, *value;
} stk_sectionline;

/* Finds what `line` says among the keys of a section.
 * `seen` has the line of each so far, 0 for none; NULL where the heading was
 * refused: the key is checked then, no more. 1 with its row; 0 where there is
 * nothing to take; or -STK_E_MEMORY. */
int stk_sectionkey_find(size_t *row, const stk_sectionline *line,
                        const stk_sectionkeys *keys, uint32_t *seen);

/* Once, unless it is a list, and with a value: false where it was refused.
 * `seen` is the line that says it so far, 0 for none. */
bool stk_sectionkey_accepts(const stk_sectionline *line, bool list,
                            uint32_t *seen);

/* "unknown WHAT WORD", with the one of `words` that was meant, or all of
 * them. Returns 0 or -STK_E_MEMORY. */
int stk_sectionkey_unknown(stk_draft *draft, stk_place place, const char *what,
                           const char *word, const char *const *words);

/* False where it has complained of `word`. */
typedef bool (*stk_fits_fn)(stk_draft *draft, stk_place place,
                            const char *word);

/* Adds the words of `value`, what the key `modules` says, to a list, each
 * once. 0 or -STK_E_MEMORY. */
int stk_sectionkey_patterns(stk_draft *draft, stk_place place,
                            stk_draft_list *list, const char *value,
                            stk_fits_fn fits);

#endif
