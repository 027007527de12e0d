/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of an exact length, through libsodium. */
#include "trust/base64.h"

#include <sodium.h>

/* libsodium 1.0.18 reads any of 0x80 to 0xff as '/'. */
static bool
is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

bool
stk_base64_read(unsigned char *out, size_t n, const char *text, size_t length)
{
    const char *end = NULL;
    size_t found = 0;

    /* libsodium refuses spare bits that are not zero: minisign takes them,
     * and one signature would have four spellings */
    return length == STK_BASE64_LENGTH(n) && is_ascii(text, length) &&
           sodium_base642bin(out, n, text, length, NULL, &found, &end,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           found == n && end == text + length;
}

const char *
stk_base64_write(char *text, size_t size, const unsigned char *data, size_t n)
{
    return sodium_bin2base64(text, size, data, n,
                             sodium_base64_VARIANT_ORIGINAL);
}
