/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside: checking, escaping, guessing what was meant. */
#ifndef STK_BASE_TEXT_H
#define STK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many bytes the UTF-8 sequence at `text` has (1 to 4), within `length`
 * bytes; 0 when it is none: overlong, a surrogate, over U+10FFFF or cut.
 */
size_t stk_utf8_length(const char *text, size_t length);

/* The offset of the first byte that is not UTF-8, or `length`. */
size_t stk_utf8_check(const char *text, size_t length);

/*
 * Writes `length` bytes of `text` as the inside of a JSON string (RFC 8259),
 * ASCII controls and DEL escaped, what is no UTF-8 as the four characters
 * \\xNN (a backslash, doubled by JSON). Always NUL-terminated when size > 0,
 * never cut within an escape. Returns the length it needs.
 */
size_t stk_json_escape(char *out, size_t size, const char *text,
                       size_t length);

/*
 * For a terminal or an error message: controls, DEL, C1 controls,
 * bidirectional controls, characters that draw nothing and what is no UTF-8
 * become \xNN or \uNNNN.
 * Returns `out`, NUL-terminated, cut at a character with "..." when it is
 * too long.
 */
const char *stk_text_printable(char *out, size_t size, const char *text,
                               size_t length);

/* True for those characters, whatever the encoding, and for half of one. */
bool stk_text_is_unprintable(uint32_t code_point);

/*
 * The word of `words` (NULL-terminated) that `text` was probably meant to
 * be: at most a third of its letters, rounded up, and at most 3, edited
 * (Levenshtein with swapped neighbours). NULL when nothing is near.
 */
const char *stk_text_nearest(const char *text, const char *const *words);

/* True for 1 to `most` letters, digits and ._- , in ASCII: what a key or a
 * sandbox is called, a word wherever it is written. */
bool stk_text_is_label(const char *text, size_t most);

/* Takes the next word off `*rest`, where any of `separators` stand between
 * them. False at the end, and where `word` of `size` bytes does not hold it.
 */
bool stk_text_word(char *word, size_t size, const char **rest,
                   const char *separators);

/* Edits between the two, or `most` + 1 when there are more. */
size_t stk_text_distance(const char *a, const char *b, size_t most);

/* Copies; NULL when memory is out. Freed by free(). */
char *stk_text_dup(const char *text);
char *stk_text_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
