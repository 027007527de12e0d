/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside: checking, escaping, guessing what was meant. */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t
utf8_decode(const unsigned char *s, size_t n)
{
    uint32_t c = s[0];

    if (n == 1)
        return c;
    c &= 0xFFu >> (n + 1);
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3Fu);
    return c;
}

size_t
stk_utf8_length(const char *text, size_t length)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *s = (const unsigned char *)text;
    size_t n;
    uint32_t c;

    if (length == 0)
        return 0;
    n = s[0] < 0x80             ? 1
        : (s[0] & 0xE0) == 0xC0 ? 2
        : (s[0] & 0xF0) == 0xE0 ? 3
        : (s[0] & 0xF8) == 0xF0 ? 4
                                : 0;
    if (n == 0 || n > length)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    c = utf8_decode(s, n);
    if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    return n;
}

/* In steps of a word: most text is nothing else. */
static size_t
count_ascii(const char *text, size_t length)
{
    size_t at = 0;
    uint64_t word;

    for (; length - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < length && !(text[at] & 0x80))
        at++;
    return at;
}

size_t
stk_utf8_check(const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        size_t n;

        at += count_ascii(text + at, length - at);
        if (at == length)
            break;
        n = stk_utf8_length(text + at, length - at);

        if (n == 0)
            return at;
        at += n;
    }
    return length;
}

/* Room for the longest escape: two halves of UTF-16. */
#define JSON_PIECE 13u

/* Controls drive terminals; the others reorder what is read, or hide in it:
 * Bidi_Control of Unicode 15 and the format characters that draw nothing. */
bool
stk_text_is_unprintable(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        { 0x00, 0x1F },     { 0x7F, 0x9F },     { 0xAD, 0xAD },
        { 0x61C, 0x61C },   { 0x180E, 0x180E }, { 0x200B, 0x200F },
        { 0x2028, 0x202E }, { 0x2060, 0x206F }, { 0xD800, 0xDFFF },
        { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F },
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

/* As UTF-16, which is what JSON's escapes are in. */
static size_t
json_code_point(char piece[JSON_PIECE], uint32_t c)
{
    if (c < 0x10000)
        return (size_t)snprintf(piece, JSON_PIECE, "\\u%04x", (unsigned)c);
    c -= 0x10000;
    return (size_t)snprintf(piece, JSON_PIECE, "\\u%04x\\u%04x",
                            0xD800 + (unsigned)(c >> 10),
                            0xDC00 + (unsigned)(c & 0x3FF));
}

/* One escaped character of JSON; `n` bytes of text were looked at. */
static size_t
json_piece(char piece[JSON_PIECE], const char *text, size_t n)
{
    unsigned char byte = (unsigned char)text[0];
    uint32_t c;

    if (n == 0)
        return (size_t)snprintf(piece, JSON_PIECE, "\\\\x%02x", byte);
    if (byte == '"' || byte == '\\') {
        piece[0] = '\\';
        piece[1] = (char)byte;
        return 2;
    }
    c = utf8_decode((const unsigned char *)text, n);
    if (stk_text_is_unprintable(c))
        return json_code_point(piece, c);
    memcpy(piece, text, n);
    return n;
}

/* GCC's and Clang's vectors, on any processor. */
typedef unsigned char bytes_16 __attribute__((vector_size(16)));
typedef uint64_t halves_16 __attribute__((vector_size(16)));

static bytes_16
special_16(bytes_16 bytes)
{
    return (bytes_16)((bytes < 0x20) | (bytes > 0x7E) | (bytes == '"') |
                      (bytes == '\\'));
}

static bool
is_none(bytes_16 special)
{
    halves_16 halves = (halves_16)special;

    return !(halves[0] | halves[1]);
}

static bytes_16
copy_16(char *out, const char *text)
{
    bytes_16 bytes;

    memcpy(&bytes, text, sizeof bytes);
    memcpy(out, &bytes, sizeof bytes);
    return special_16(bytes);
}

/* Bytes that stand for themselves in JSON. */
static bool
is_plain(char byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

/* The first and the last `half` of up to 16 bytes, which overlap. */
static inline __attribute__((always_inline)) bool
copy_ends(char *out, const char *text, size_t length, size_t half)
{
    char ends[16] = "----------------";
    bytes_16 bytes;

    memcpy(ends, text, half);
    memcpy(ends + 8, text + length - half, half);
    memcpy(out, ends, half);
    memcpy(out + length - half, ends + 8, half);
    memcpy(&bytes, ends, sizeof bytes);
    return is_none(special_16(bytes));
}

static bool
copy_short(char *out, const char *text, size_t length)
{
    bool plain = true;

    if (length >= 8)
        return copy_ends(out, text, length, 8);
    if (length >= 4)
        return copy_ends(out, text, length, 4);
    for (size_t n = 0; n < length; n++) {
        out[n] = text[n];
        plain = plain && is_plain(text[n]);
    }
    return plain;
}

/*
 * Copies `length` bytes to `out`; true when all of them stand for themselves
 * in JSON. A record is mostly such bytes, and it is written before an import
 * goes on.
 */
static bool
copy_plain(char *out, const char *text, size_t length)
{
    bytes_16 special = { 0 };

    if (length < 16)
        return copy_short(out, text, length);
    for (size_t n = 0; n + 16 <= length; n += 16)
        special |= copy_16(out + n, text + n);
    special |= copy_16(out + length - 16, text + length - 16);
    return is_none(special);
}

/* How many bytes from `text` on stand for themselves. */
static size_t
plain_run(const char *text, size_t length)
{
    size_t n = 0;

    while (n < length && is_plain(text[n]))
        n++;
    return n;
}

/* As much of a run as fits, so that `out` is cut between characters. */
static size_t
copy_run(char *out, size_t size, size_t used, const char *text, size_t n)
{
    size_t room = size > used + 1 ? size - used - 1 : 0;

    if (n > room)
        n = room;
    memcpy(out + used, text, n);
    return n;
}

size_t
stk_json_escape(char *out, size_t size, const char *text, size_t length)
{
    size_t need = 0, used = 0;

    if (length < size && copy_plain(out, text, length)) {
        out[length] = '\0';
        return length;
    }
    for (size_t at = 0; at < length;) {
        size_t run = plain_run(text + at, length - at), step, n;
        char piece[JSON_PIECE];

        if (run > 0) {
            if (used == need && size > 0)
                used += copy_run(out, size, used, text + at, run);
            need += run;
            at += run;
            continue;
        }
        step = stk_utf8_length(text + at, length - at);
        n = json_piece(piece, text + at, step);
        if (used == need && need + n < size) {
            memcpy(out + used, piece, n);
            used += n;
        }
        need += n;
        at += step ? step : 1;
    }
    if (size > 0)
        out[used] = '\0';
    return need;
}

static size_t
printable_piece(char piece[12], const char *text, size_t n)
{
    uint32_t c;

    if (n == 0)
        return (size_t)snprintf(piece, 12, "\\x%02x", (unsigned char)text[0]);
    c = utf8_decode((const unsigned char *)text, n);
    if (stk_text_is_unprintable(c))
        return (size_t)snprintf(piece, 12, c < 0x80 ? "\\x%02x" : "\\u%04x",
                                (unsigned)c);
    memcpy(piece, text, n);
    return n;
}

const char *
stk_text_printable(char *out, size_t size, const char *text, size_t length)
{
    size_t used = 0, dots = 0; /* where "..." would still fit */

    for (size_t at = 0; at < length;) {
        char piece[12];
        size_t step = stk_utf8_length(text + at, length - at);
        size_t n = printable_piece(piece, text + at, step);

        if (used + n + 1 > size) {
            if (size >= 4)
                memcpy(out + dots, "...", 3), used = dots + 3;
            break;
        }
        memcpy(out + used, piece, n);
        used += n;
        if (used + 4 <= size)
            dots = used;
        at += step ? step : 1;
    }
    if (size > 0)
        out[used] = '\0';
    return out;
}

#define WORD_MAX 64u

static size_t
least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t
stk_text_distance(const char *a, const char *b, size_t most)
{
    size_t rows[3][WORD_MAX + 1];
    size_t la = strlen(a), lb = strlen(b);

    if (la > WORD_MAX || lb > WORD_MAX)
        return strcmp(a, b) ? most + 1 : 0;
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t cost = a[i - 1] != b[j - 1];

            row[j] = least_of(least_of(above[j], row[j - 1]) + 1,
                              above[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least_of(row[j], rows[(i + 1) % 3][j - 2] + 1);
        }
    }
    return least_of(rows[la % 3][lb], most + 1);
}

const char *
stk_text_nearest(const char *text, const char *const *words)
{
    size_t most = least_of(3, (strlen(text) + 2) / 3);
    size_t best = most + 1;
    const char *found = NULL;

    for (; *words; words++) {
        size_t edits = stk_text_distance(text, *words, most);

        if (edits < best) {
            best = edits;
            found = *words;
        }
    }
    return found;
}

bool
stk_text_is_label(const char *text, size_t most)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    return length > 0 && length <= most && !text[length];
}

bool
stk_text_word(char *word, size_t size, const char **rest,
              const char *separators)
{
    const char *start = *rest + strspn(*rest, separators);
    size_t length = strcspn(start, separators);

    if (length == 0 || length >= size)
        return false;
    memcpy(word, start, length);
    word[length] = '\0';
    *rest = start + length;
    return true;
}

char *
stk_text_dup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

char *
stk_text_printf(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    int n;

    va_start(args, format);
    n = vasprintf(&text, format, args);
    va_end(args);
    return n < 0 ? NULL : text;
}
