/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648, section 4), one spelling for each content. */
#ifndef STK_TRUST_BASE64_H
#define STK_TRUST_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Characters of `n` bytes in base64, the NUL not counted. */
#define STK_BASE64_LENGTH(n) (((n) + 2u) / 3u * 4u)

/*
 * True when `text` is the one spelling of exactly `n` bytes: the alphabet
 * alone, padded, spare bits zero. `out` is undefined otherwise.
 */
bool stk_base64_read(unsigned char *out, size_t n, const char *text,
                     size_t length);

/* Writes STK_BASE64_LENGTH(n) characters and a NUL. Returns `text`. */
const char *stk_base64_write(char *text, size_t size,
                             const unsigned char *data, size_t n);

#endif
