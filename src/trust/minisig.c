/* SPDX-License-Identifier: Apache-2.0 */
/* Signature files in minisign's format (minisign 0.11, src/minisign.h). */
#include "trust/minisig.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "trust/base64.h"

#define UNTRUSTED   "untrusted comment: "
#define TRUSTED     "trusted comment: "
#define FIRST_MAX   1024u /* the first line; minisign's COMMENTMAXBYTES */
#define TRUSTED_MAX 8192u /* minisign's TRUSTEDCOMMENTMAXBYTES */
#define RAW         74u   /* algorithm, key's identifier, signature */

typedef struct line {
    const char *text;
    size_t length;
} line;

static enum stk_trust
refuse(char *why, const char *what)
{
    snprintf(why, STK_WHY_MAX, "%s", what);
    return STK_TRUST_MALFORMED;
}

/* ---- parsing -------------------------------------------------------- */

/* The next line, its LF not counted. */
static bool
take_line(line *out, const char **at, const char *end)
{
    const char *lf = memchr(*at, '\n', (size_t)(end - *at));

    if (!lf)
        return false;
    out->text = *at;
    out->length = (size_t)(lf - *at);
    *at = lf + 1;
    return true;
}

static bool
begins(const line *l, const char *with)
{
    size_t n = strlen(with);

    return l->length >= n && !memcmp(l->text, with, n);
}

static const char *
find_fault(const line lines[4])
{
    if (!begins(&lines[0], UNTRUSTED))
        return "its first line is no untrusted comment";
    if (lines[0].length > FIRST_MAX)
        return "its first line is too long";
    if (!begins(&lines[2], TRUSTED))
        return "its third line is no trusted comment";
    if (lines[2].length > TRUSTED_MAX)
        return "its trusted comment is too long";
    return NULL;
}

/* Four lines and the end of the file. */
static const char *
take_lines(line lines[4], const char *data, size_t length)
{
    const char *at = data, *end = data + length;

    if (!length)
        return "is empty";
    if (length > STK_MINISIG_MAX)
        return "is longer than 16384 bytes";
    if (memchr(data, '\0', length))
        return "has a NUL in it";
    if (memchr(data, '\r', length))
        return "has CR line ends: it was changed after signing";
    for (unsigned i = 0; i < 4; i++)
        if (!take_line(&lines[i], &at, end))
            return "is cut off: it has four lines, each ended by LF";
    if (at != end)
        return "goes on after its fourth line";
    return find_fault(lines);
}

enum stk_trust
stk_minisig_parse(stk_minisig *out, const char *data, size_t length,
                  char why[STK_WHY_MAX])
{
    unsigned char raw[RAW];
    line lines[4];
    const char *fault;

    why[0] = '\0';
    fault = take_lines(lines, data, length);
    if (fault)
        return refuse(why, fault);
    if (!stk_base64_read(raw, sizeof raw, lines[1].text, lines[1].length) ||
        !stk_base64_read(out->global, sizeof out->global, lines[3].text,
                         lines[3].length))
        return refuse(why, "has a line that is not the base64 of a "
                           "signature");
    if (!memcmp(raw, "Ed", 2)) {
        refuse(why, "is made with minisign's legacy algorithm; sign again "
                    "without -l");
        return STK_TRUST_LEGACY;
    }
    if (memcmp(raw, "ED", 2))
        return refuse(why, "is made with an unknown algorithm");
    memcpy(out->id, raw + 2, sizeof out->id);
    memcpy(out->signature, raw + 2 + sizeof out->id, sizeof out->signature);
    out->comment = lines[2].text + sizeof TRUSTED - 1;
    out->comment_length = lines[2].length - (sizeof TRUSTED - 1);
    return STK_TRUST_OK;
}

/* ---- both signatures ------------------------------------------------ */

/* What the global signature is of: at most 64 + TRUSTED_MAX bytes. */
static size_t
join_global(unsigned char joined[64 + TRUSTED_MAX],
            const unsigned char signature[64], const char *comment,
            size_t length)
{
    memcpy(joined, signature, 64);
    memcpy(joined + 64, comment, length);
    return 64 + length;
}

enum stk_trust
stk_minisig_verify(const stk_minisig *minisig, const stk_public_key *key,
                   const stk_content *content)
{
    unsigned char joined[64 + TRUSTED_MAX];
    size_t n;

    if (crypto_sign_verify_detached(minisig->signature, content->prehash,
                                    sizeof content->prehash, key->key))
        return STK_TRUST_SIGNATURE;
    if (minisig->comment_length > TRUSTED_MAX)
        return STK_TRUST_GLOBAL_SIGNATURE;
    n = join_global(joined, minisig->signature, minisig->comment,
                    minisig->comment_length);
    if (crypto_sign_verify_detached(minisig->global, joined, n, key->key))
        return STK_TRUST_GLOBAL_SIGNATURE;
    return STK_TRUST_OK;
}

static char *
format_file(const stk_secret_key *key, const unsigned char signature[64],
            const unsigned char global[64], const char *comment)
{
    char first[STK_BASE64_LENGTH(RAW) + 1], second[STK_BASE64_LENGTH(64) + 1];
    unsigned char raw[RAW] = { 'E', 'D' };

    memcpy(raw + 2, key->public_key.id, STK_KEY_ID_BYTES);
    memcpy(raw + 2 + STK_KEY_ID_BYTES, signature, 64);
    return stk_text_printf(
        UNTRUSTED "signature from stockade secret key\n%s\n" TRUSTED
                  "%s\n%s\n",
        stk_base64_write(first, sizeof first, raw, RAW), comment,
        stk_base64_write(second, sizeof second, global, 64));
}

int
stk_minisig_sign(char **out, const stk_secret_key *key,
                 const stk_content *content, const char *comment,
                 stk_error *err)
{
    unsigned char signature[64], global[64], joined[64 + TRUSTED_MAX];
    size_t length = strlen(comment), n;
    char *text;

    if (length > TRUSTED_MAX - (sizeof TRUSTED - 1) ||
        strpbrk(comment, "\r\n"))
        return stk_error_set(err, STK_E_INVALID,
                             "a trusted comment is one line of at most %zu "
                             "bytes",
                             TRUSTED_MAX - (sizeof TRUSTED - 1));
    crypto_sign_detached(signature, NULL, content->prehash,
                         sizeof content->prehash, key->secret);
    n = join_global(joined, signature, comment, length);
    crypto_sign_detached(global, NULL, joined, n, key->secret);
    text = format_file(key, signature, global, comment);
    if (!text)
        return stk_error_memory(err);
    *out = text;
    return 0;
}
