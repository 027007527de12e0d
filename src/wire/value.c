/* SPDX-License-Identifier: Apache-2.0 */
/* The names of what may cross, and what is a text. */
#include "wire/value.h"

#include <string.h>

#include "base/text.h"

static const char *const names[] = {
    [STK_VALUE_NOTHING] = "nothing",
    [STK_VALUE_NONE] = "None",
    [STK_VALUE_FALSE] = "False",
    [STK_VALUE_TRUE] = "True",
    [STK_VALUE_INT] = "an int",
    [STK_VALUE_BIGNUM] = "a large int",
    [STK_VALUE_FLOAT] = "a float",
    [STK_VALUE_TEXT] = "a text",
    [STK_VALUE_SURROGATES] = "a text with surrogates",
    [STK_VALUE_BYTES] = "bytes",
    [STK_VALUE_BUFFER] = "a buffer",
    [STK_VALUE_OWN] = "an object of one's own",
    [STK_VALUE_LIST] = "a list",
    [STK_VALUE_TUPLE] = "a tuple",
    [STK_VALUE_MAP] = "a dict",
    [STK_VALUE_SET] = "a set",
    [STK_VALUE_FROZENSET] = "a frozenset",
    [STK_VALUE_HANDLE] = "a handle",
    [STK_VALUE_RECORD] = "a record",
};

const char *
stk_value_name(enum stk_value_type type)
{
    if ((size_t)type >= sizeof names / sizeof *names)
        return names[STK_VALUE_NOTHING];
    return names[type];
}

/* ---- text -------------------------------------------------------------- */

static size_t
skip_ascii(const unsigned char *text, size_t length)
{
    size_t at = 0;
    uint64_t word;

    for (; at + sizeof word <= length; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < length && text[at] < 0x80)
        at++;
    return at;
}

/* No code point of a sequence with that first byte is above. */
static uint32_t
widest_of(unsigned char lead)
{
    return lead < 0xC4 ? 0xFF : lead < 0xF0 ? 0xFFFF : 0x10FFFF;
}

const char *
stk_value_check_text(stk_token *token)
{
    const unsigned char *text = token->bytes;
    size_t at = 0, n;

    token->widest = 0x7F;
    token->characters = 0;
    while (at < token->length) {
        n = skip_ascii(text + at, token->length - at);
        at += n;
        token->characters += n;
        if (at == token->length)
            break;
        n = stk_utf8_length((const char *)text + at, token->length - at);
        if (n == 0)
            return "no UTF-8";
        if (widest_of(text[at]) > token->widest)
            token->widest = widest_of(text[at]);
        at += n;
        token->characters++;
    }
    return NULL;
}

static bool
is_surrogate(const unsigned char *at, size_t length)
{
    return length >= 3 && at[0] == 0xED && at[1] >= 0xA0 && at[1] <= 0xBF &&
           (at[2] & 0xC0) == 0x80;
}

const char *
stk_value_check_surrogates(const stk_token *token)
{
    bool found = false;
    size_t n;

    for (size_t at = 0; at < token->length; at += n) {
        const unsigned char *text = token->bytes + at;

        n = stk_utf8_length((const char *)text, token->length - at);
        if (n == 0 && is_surrogate(text, token->length - at)) {
            found = true;
            n = 3;
        }
        if (n == 0)
            return "no text with surrogates";
    }
    return found ? NULL : "has no surrogates";
}
