/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy text under construction: lines under headings, each once, sorted,
 * so that the same knowledge always gives the same text. It knows nothing of
 * what the lines mean.
 */
#ifndef STK_GUARD_SHEET_H
#define STK_GUARD_SHEET_H

#include <stdbool.h>

#include "base/error.h"

typedef struct stk_sheet stk_sheet;

stk_sheet *stk_sheet_new(void); /* NULL when memory is out */
void stk_sheet_free(stk_sheet *sheet);
void stk_sheet_freep(stk_sheet **sheet);

/*
 * Puts `line` under [heading], unless `key` has a line there already. Lines
 * are sorted by `key`. What stands under "" becomes a comment at the top.
 * Returns 0 or -STK_E_MEMORY.
 */
int stk_sheet_put(stk_sheet *sheet, const char *heading, const char *key,
                  const char *line, stk_error *err);

/* The same with the line `key = value`. */
int stk_sheet_set(stk_sheet *sheet, const char *heading, const char *key,
                  const char *value, stk_error *err);

/* A list, a line `key = word` for each of its words (separated by commas or
 * spaces), so that no line grows too long. */
int stk_sheet_set_words(stk_sheet *sheet, const char *heading, const char *key,
                        const char *words, stk_error *err);

/* Puts a comment behind the line of `key`, where there is one and it fits.
 * `note` is borrowed; a second one replaces it. */
void stk_sheet_note(stk_sheet *sheet, const char *heading, const char *key,
                    const char *note);

bool stk_sheet_has(const stk_sheet *sheet, const char *heading,
                   const char *key);

/* The whole text, NUL-terminated, freed by free(). Returns 0,
 * -STK_E_MEMORY, or -STK_E_LIMIT when it is larger than a policy may be. */
int stk_sheet_print(char **out, const stk_sheet *sheet, stk_error *err);

#endif
