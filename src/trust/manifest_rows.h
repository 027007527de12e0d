/* SPDX-License-Identifier: Apache-2.0 */
/* One row of a manifest, and what rows are to each other. Within the room. */
#ifndef STK_TRUST_MANIFEST_ROWS_H
#define STK_TRUST_MANIFEST_ROWS_H

#include <stdbool.h>

#include "trust/manifest.h"

#define STK_MANIFEST_TITLE "stockade-manifest 1"

/* Decimal digits alone, no zero in front, at most `most`. */
bool stk_manifest_number(const char *text, uint64_t most, uint64_t *value);

/* 1 to STK_FIELD_MAX visible ASCII characters, and not "-", which is how
 * nothing is written. */
bool stk_manifest_is_word(const char *text);

/* What a byte of a path is written as: itself, or %XX. */
bool stk_manifest_is_plain(unsigned char byte);

/* The letter of a kind; '?' for what no row can be. */
char stk_manifest_letter(enum stk_kind kind);

/*
 * Takes a line apart, which is cut for it. Codes go to `*code` on, which is
 * moved: the caller has counted the "=" of the text. Returns 0 or
 * -STK_E_INVALID.
 */
int stk_manifest_read_row(stk_row *row, stk_code **code, char *line,
                          stk_error *err);

/* Name, kind and path of one row are of each other. */
int stk_manifest_check_row(const stk_manifest *manifest, const stk_row *row,
                           stk_error *err);

/* By name, then by path. */
int stk_manifest_compare_rows(const stk_row *a, const stk_row *b);

/* Two paths without the case of ASCII letters; what is below a folder comes
 * right behind it. */
int stk_manifest_fold(const char *a, const char *b);

/*
 * Sorts manifest->by_path and refuses rows that cannot be in one tree: equal
 * but for their case, a file that is a folder, a module whose package is
 * missing, a package that is a module as well.
 */
int stk_manifest_check_tree(stk_manifest *manifest, stk_error *err);

/* The paths of `rows` alone, in whatever order they are: no two are equal but
 * for their case. 0, -STK_E_INVALID or -STK_E_MEMORY. */
int stk_manifest_check_paths(const stk_row *rows, size_t n, stk_error *err);

#endif
