/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys in minisign's format (minisign 0.11, src/minisign.h). */
#include "trust/key.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "trust/base64.h"

#define RAW           42u  /* "Ed", identifier, key */
#define SECRET_LENGTH 212u /* characters of a secret key */

/* What a signature by is refused whatever it signs (libsodium,
 * ge25519_has_small_order and ge25519_is_canonical), and what is no point of
 * the curve. The sign of x, the highest bit, tells no two of these apart. */
static int
is_usable_point(const unsigned char key[32])
{
    static const unsigned char small_order[][32] = {
        { 0 },
        { 1 },
        { 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
          0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
          0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
        { 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
          0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
          0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
    };
    unsigned char y[32], sum[32];
    bool high = true;

    memcpy(y, key, sizeof y);
    y[31] &= 0x7F;
    for (size_t i = 0; i < sizeof small_order / sizeof *small_order; i++)
        if (!memcmp(y, small_order[i], sizeof y))
            return 0;
    for (size_t i = 1; i < 31; i++)
        high = high && y[i] == 0xFF;
    /* p - 1, which is of order 2, and from p on: not canonical */
    if (high && y[31] == 0x7F && y[0] >= 0xEC)
        return 0;
    return crypto_core_ed25519_add(sum, key, key) == 0;
}

static int
parse(stk_public_key *out, const char *text, size_t length,
      int is_point(const unsigned char *), stk_error *err)
{
    unsigned char raw[RAW];

    if (sodium_init() < 0)
        return stk_error_set(err, STK_E_UNSUPPORTED, "libsodium cannot start");
    if (length != STK_PUBLIC_KEY_LENGTH)
        return stk_error_set(
            err, STK_E_INVALID,
            "a public key has %u characters, as RWQ..., not %zu",
            STK_PUBLIC_KEY_LENGTH, length);
    if (!stk_base64_read(raw, RAW, text, length))
        return stk_error_set(err, STK_E_INVALID, "is no base64");
    if (memcmp(raw, "Ed", 2))
        return stk_error_set(err, STK_E_INVALID,
                             "is no public key of minisign's: it begins "
                             "with RW");
    if (!is_point(raw + 2 + STK_KEY_ID_BYTES))
        return stk_error_set(err, STK_E_INVALID,
                             "is no Ed25519 key that can be trusted: not a "
                             "point of the prime-order group");
    memcpy(out->id, raw + 2, STK_KEY_ID_BYTES);
    memcpy(out->key, raw + 2 + STK_KEY_ID_BYTES, sizeof out->key);
    return 0;
}

int
stk_public_key_parse(stk_public_key *out, const char *text, size_t length,
                     stk_error *err)
{
    return parse(out, text, length, crypto_core_ed25519_is_valid_point, err);
}

int
stk_public_key_load(stk_public_key *out, const char *text, size_t length,
                    stk_error *err)
{
    return parse(out, text, length, is_usable_point, err);
}

int
stk_public_key_read(stk_public_key *out, const char *text, size_t length,
                    stk_error *err)
{
    static const char comment[] = "untrusted comment: ";
    const char *end = text + length, *line;

    if (length > STK_KEY_FILE_MAX)
        return stk_error_set(err, STK_E_INVALID,
                             "is no public key file: "
                             "too long");
    if (length >= sizeof comment - 1 &&
        !memcmp(text, comment, sizeof comment - 1)) {
        line = memchr(text, '\n', length);
        if (!line)
            return stk_error_set(err, STK_E_INVALID,
                                 "is no public key file: one line only");
        text = line + 1;
    }
    if (end > text && end[-1] == '\n')
        end--;
    if (end > text && end[-1] == '\r')
        end--;
    return stk_public_key_parse(out, text, (size_t)(end - text), err);
}

/* The other file of the pair. It is not read any further. */
static bool
is_secret_file(const stk_file *file)
{
    const char *line = memchr(file->data, '\n', file->length);
    size_t left = line ? file->length - (size_t)(line + 1 - file->data) : 0;

    return left >= SECRET_LENGTH && left <= SECRET_LENGTH + 2 &&
           !memcmp(line + 1, "RW", 2);
}

int
stk_public_key_get(stk_public_key *out, const char *given, stk_error *err)
{
    STK_CLEANUP(stk_file_clear) stk_file file = { NULL, 0, 0, 0 };
    int failed;

    if (strlen(given) == STK_PUBLIC_KEY_LENGTH && !strncmp(given, "RW", 2))
        return stk_public_key_parse(out, given, STK_PUBLIC_KEY_LENGTH, err);
    failed = stk_file_read(&file, given, STK_KEY_FILE_MAX, err);
    if (failed)
        return failed;
    failed = stk_public_key_read(out, file.data, file.length, err);
    if (failed && is_secret_file(&file))
        stk_error_set(err, STK_E_INVALID,
                      "is a secret key, for nobody but who signs; give the "
                      "public key, the .pub file that was made with it");
    if (failed)
        stk_error_at(err, given, 0);
    return failed;
}

const char *
stk_public_key_text(char text[STK_PUBLIC_KEY_LENGTH + 1],
                    const stk_public_key *key)
{
    unsigned char raw[RAW] = { 'E', 'd' };

    memcpy(raw + 2, key->id, STK_KEY_ID_BYTES);
    memcpy(raw + 2 + STK_KEY_ID_BYTES, key->key, sizeof key->key);
    return stk_base64_write(text, STK_PUBLIC_KEY_LENGTH + 1, raw, RAW);
}

const char *
stk_key_id_text(char text[STK_KEY_ID_TEXT],
                const unsigned char id[STK_KEY_ID_BYTES])
{
    /* a little-endian number, in hexadecimal */
    for (unsigned i = 0; i < STK_KEY_ID_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02X", id[STK_KEY_ID_BYTES - 1 - i]);
    return text;
}

bool
stk_public_key_equal(const stk_public_key *a, const stk_public_key *b)
{
    return !memcmp(a->key, b->key, sizeof a->key);
}
