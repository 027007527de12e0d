/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile by words: one `key = value` at a time, as a [sandbox NAME] of a
 * policy has them, and back. What a profile comes to is not decided here.
 */
#ifndef STK_BASE_PROFILE_H
#define STK_BASE_PROFILE_H

#include <stockade/sandbox.h>

#include "base/error.h"

/* The keys of a section, sorted, and how many. */
typedef struct stk_profile_key {
    const char *name;
    bool list; /* may be repeated, and adds up */
    /* the rest is the room's own: what takes a value, or one word of a list,
     * and the field that it goes to */
    int (*take)(stk_profile *profile, const char *value, stk_error *err);
    size_t at, size;
} stk_profile_key;

#define STK_PROFILE_KEYS 17u
extern const stk_profile_key stk_profile_keys[STK_PROFILE_KEYS];

/* The index of a key in stk_profile_keys, or -1. */
int stk_profile_find(const char *key);

/* True for letters, digits and ._- , STK_PROFILE_NAME_MAX - 1 at most. */
bool stk_profile_is_name(const char *name);

/* What holds where nothing is written: the profile `strict`. */
void stk_profile_init(stk_profile *profile, const char *name);

/*
 * Takes one `key = value`. A list adds to what is there, anything else
 * replaces it. Returns 0, or -STK_E_INVALID or -STK_E_LIMIT with one line
 * that names the nearest valid word; `profile` is left as it was then.
 */
int stk_profile_set(stk_profile *profile, const char *key, const char *value,
                    stk_error *err);

/* Back to what stk_profile_init() says of one key. */
void stk_profile_reset(stk_profile *profile, const char *key);

/* Says what does not go together: paths without the calls that open them.
 * Returns 0 or -STK_E_INVALID. */
int stk_profile_check(const stk_profile *profile, stk_error *err);

/*
 * The canonical text, `key = value` a line: every key that is no list,
 * whatever it says, and lists one item a line. Reading it line by line gives
 * the same profile: so it travels to a worker. Freed by free(); NULL when
 * memory is out.
 */
char *stk_profile_print(const stk_profile *profile);

/* The same read back, for what arrives in one piece: `length` bytes of
 * lines; stk_profile_check() included. Returns 0 or negative; nothing is half
 * taken. */
int stk_profile_parse(stk_profile *profile, const char *name, const char *text,
                      size_t length, stk_error *err);

/* True when `words` has `word`. */
bool stk_words_has(const stk_words *words, const char *word);
/* Adds one; false when there is no room. */
bool stk_words_add(stk_words *words, const char *word);

#endif
