/* SPDX-License-Identifier: Apache-2.0 */
/* Dotted names: what is one, its labels, its parents. */
#include "policy/name.h"

#include <string.h>

#include "base/text.h"

enum { OTHER = 0, LETTER, DIGIT, DOT, WIDE };

/* What a byte may be in a name; everything not listed is no part of one. */
static const unsigned char classes[256] = {
    ['.'] = DOT,
    ['0' ... '9'] = DIGIT,
    ['A' ... 'Z'] = LETTER,
    ['a' ... 'z'] = LETTER,
    ['_'] = LETTER,
    [0x80 ... 0xFF] = WIDE,
};

/*
 * Blocks with no character that an identifier may have. They hold what is
 * invisible or reorders text, so that two names that differ look alike.
 */
static const struct {
    uint32_t first, last;
} refused[] = {
    { 0x80, 0xA9 },     { 0xAB, 0xB4 },       { 0xB6, 0xB6 },
    { 0xB8, 0xB9 },     { 0xBB, 0xBF },       { 0xD7, 0xD7 },
    { 0xF7, 0xF7 },     { 0x1680, 0x1680 },   { 0x2000, 0x203E },
    { 0x2041, 0x2053 }, { 0x2055, 0x2070 },   { 0x20A0, 0x20CF },
    { 0x2190, 0x2BFF }, { 0x2E00, 0x2E7F },   { 0x3000, 0x3004 },
    { 0x3008, 0x3020 }, { 0xE000, 0xF8FF },   { 0xFEFF, 0xFEFF },
    { 0xFFF0, 0xFFFF }, { 0xE0000, 0xE00FF }, { 0xF0000, 0x10FFFF },
};

/* The bytes of the character at `text`, 0 when no identifier has it. */
static size_t
wide_length(const char *text, size_t length)
{
    size_t n = stk_utf8_length(text, length);
    uint32_t c;

    if (n < 2)
        return 0;
    c = (unsigned char)text[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)text[i] & 0x3Fu);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (c >= refused[i].first && c <= refused[i].last)
            return 0;
    return n;
}

/* How many bytes of an identifier are at `text`; 0 for none. */
static size_t
label_length(const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        unsigned char class = classes[(unsigned char)text[at]];

        if (class == LETTER || (class == DIGIT && at > 0)) {
            at++;
        } else if (class == WIDE) {
            size_t n = wide_length(text + at, length - at);

            if (n == 0)
                return 0;
            at += n;
        } else {
            break;
        }
    }
    return at;
}

/*
 * What code may ask for, beside UTF-8: import_module() takes names that no
 * identifier may have. Migrations are called 0001_initial, CPython imports
 * _sysconfigdata__linux_x86_64-linux-gnu. A separator would let a path hook
 * that joins paths find another module's file.
 */
static const bool asked[256] = {
    [' ' ... '-'] = true,
    ['0' ... '['] = true,
    [']' ... '~'] = true,
};

bool
stk_name_is_label(const char *label, size_t length)
{
    return length > 0 && length <= STK_NAME_MAX &&
           label_length(label, length) == length;
}

/* Passes one character that is not ASCII; false for what is no UTF-8. */
static bool
pass_wide(const char *name, uint32_t *at, uint32_t *hash)
{
    size_t n = stk_utf8_length(name + *at, strnlen(name + *at, 4));

    for (size_t i = 0; i < n; i++)
        *hash = stk_hash_step(*hash, (unsigned char)name[(*at)++]);
    return n > 0;
}

bool
stk_name_split(stk_name *out, const char *name)
{
    uint32_t hash = STK_HASH_START, at = 0, labels = 0, start = 0;

    for (;;) {
        unsigned char byte = (unsigned char)name[at];

        if (asked[byte]) {
            hash = stk_hash_step(hash, byte);
            at++;
        } else if (byte >= 0x80) {
            if (!pass_wide(name, &at, &hash))
                return false;
        } else if (byte != '.' && byte != '\0') {
            return false;
        } else {
            if (at == start || labels == STK_LABELS_MAX)
                return false;
            out->end[labels] = at;
            out->hash[labels++] = hash;
            if (byte == '\0')
                break;
            hash = stk_hash_step(hash, byte);
            start = ++at;
        }
        if (at > STK_NAME_MAX)
            return false;
    }
    out->text = name;
    out->length = at;
    out->labels = labels;
    return true;
}

bool
stk_name_is_dotted(const char *name, size_t length)
{
    size_t at = 0, labels = 0;

    if (length > STK_NAME_MAX)
        return false;
    for (;;) {
        size_t n = label_length(name + at, length - at);

        if (n == 0 || ++labels > STK_LABELS_MAX)
            return false;
        at += n;
        if (at == length)
            return true;
        if (name[at++] != '.')
            return false;
    }
}

bool
stk_name_is_within(const char *name, const char *parent)
{
    size_t length = strlen(parent);

    return !strncmp(name, parent, length) &&
           (name[length] == '\0' || name[length] == '.');
}

bool
stk_name_is_sysconfigs(const char *name)
{
    static const char prefix[] = "_sysconfigdata_";

    return !strncmp(name, prefix, sizeof prefix - 1) && !strchr(name, '.');
}

bool
stk_name_same_top(const char *a, const char *b)
{
    size_t length = strcspn(a, ".");

    return strcspn(b, ".") == length && !memcmp(a, b, length);
}

size_t
stk_name_parent(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? (size_t)(dot - name) : 0;
}
