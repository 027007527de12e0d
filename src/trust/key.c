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

/* 2^255 - 19, of which the coordinates of a point are taken; it less one. */
static const unsigned char prime[32] = { 0xED, [1 ... 30] = 0xFF, 0x7F };
static const unsigned char minus_one[32] = { 0xEC, [1 ... 30] = 0xFF, 0x7F };

/* The bytes are y, and in the highest bit the sign of x. */
static void
get_y(unsigned char y[32], const unsigned char point[32])
{
    memcpy(y, point, 32);
    y[31] &= 0x7F;
}

/* False for what libsodium refuses any signature by: what is no point of the
 * curve, is not canonical, or is of order 1, 2, 4 or 8. Twice the last is of
 * order 1, 2 or 4: the points whose y is 1, -1 or 0. */
static int
is_usable_point(const unsigned char key[32])
{
    static const unsigned char two[32] = { 2 };
    unsigned char y[32], twice[32];

    get_y(y, key);
    if (sodium_compare(y, prime, sizeof y) >= 0 ||
        crypto_core_ed25519_add(twice, key, key))
        return 0;
    get_y(y, twice);
    return sodium_compare(y, two, sizeof y) >= 0 &&
           sodium_compare(y, minus_one, sizeof y) != 0;
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
