/* SPDX-License-Identifier: Apache-2.0 */
/* Our fields in a trusted comment, read strictly, written. */
#include "trust/comment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "trust/number.h"

#define FORMAT "stockade1"

/* Where reading stands. */
typedef struct reader {
    const char *at, *end;
    char *why;
} reader;

typedef struct piece {
    const char *text;
    size_t length;
} piece;

static bool
refuse(const reader *r, const char *what, const char *field)
{
    snprintf(r->why, STK_WHY_MAX, "the trusted comment %s %s", what, field);
    return false;
}

bool
stk_comment_is_word(const char *text, size_t length)
{
    char shown[4 * STK_MODULE_MAX];

    if (length >= STK_MODULE_MAX || memchr(text, ' ', length))
        return false;
    stk_text_printable(shown, sizeof shown, text, length);
    return strlen(shown) == length && !memcmp(shown, text, length);
}

enum stk_kind
stk_kind_find(const char *name, size_t length)
{
    for (unsigned kind = 1; kind <= STK_KIND_POLICY; kind <<= 1) {
        const char *known = stk_kind_name((enum stk_kind)kind);

        if (strlen(known) == length && !memcmp(known, name, length))
            return (enum stk_kind)kind;
    }
    return (enum stk_kind)0;
}

/* ---- reading -------------------------------------------------------- */

/* The value of `field`, which must be the next one. */
static bool
take(reader *r, const char *field, piece *value)
{
    size_t n = strlen(field);
    const char *tab;

    if (r->at == r->end || *r->at != '\t')
        return refuse(r, "ends before", field);
    r->at++;
    if ((size_t)(r->end - r->at) < n + 1 || memcmp(r->at, field, n) ||
        r->at[n] != '=')
        return refuse(r, "has something else in place of", field);
    value->text = r->at + n + 1;
    tab = memchr(value->text, '\t', (size_t)(r->end - value->text));
    r->at = tab ? tab : r->end;
    value->length = (size_t)(r->at - value->text);
    return true;
}

static bool
take_word(reader *r, const char *field, char *out, size_t size)
{
    piece value;

    if (!take(r, field, &value))
        return false;
    if (value.length >= size || !stk_comment_is_word(value.text, value.length))
        return refuse(r, "has a value that cannot be in", field);
    memcpy(out, value.text, value.length);
    out[value.length] = '\0';
    return true;
}

static bool
take_number(reader *r, const char *field, uint64_t *out)
{
    piece value;

    return take(r, field, &value) &&
           (stk_number_read(out, value.text, value.length) ||
            refuse(r, "has no number in", field));
}

static bool
take_time(reader *r, const char *field, int64_t *out)
{
    uint64_t number;

    if (!take_number(r, field, &number))
        return false;
    *out = (int64_t)number;
    return true;
}

static bool
take_kind(reader *r, enum stk_kind *out)
{
    piece value;

    if (!take(r, "kind", &value))
        return false;
    *out = stk_kind_find(value.text, value.length);
    return *out || refuse(r, "has a kind that is unknown in", "kind");
}

static bool
take_hash(reader *r, unsigned char out[STK_DIGEST_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    piece value;

    if (!take(r, "hash", &value))
        return false;
    if (value.length != STK_DIGEST_HEX - 1)
        return refuse(r, "has no BLAKE2b-256 in", "hash");
    for (size_t i = 0; i < value.length; i++) {
        const char *digit = memchr(digits, value.text[i], 16);

        if (!digit)
            return refuse(r, "has no BLAKE2b-256 in", "hash");
        if (i % 2 == 0)
            out[i / 2] = (unsigned char)((digit - digits) << 4);
        else
            out[i / 2] |= (unsigned char)(digit - digits);
    }
    return true;
}

static bool
take_all(reader *r, stk_comment *c)
{
    return take_kind(r, &c->kind) &&
           take_word(r, "module", c->module, sizeof c->module) &&
           take_word(r, "package", c->package, sizeof c->package) &&
           take_word(r, "version", c->version, sizeof c->version) &&
           take_number(r, "sequence", &c->sequence) && take_hash(r, c->hash) &&
           take_number(r, "size", &c->size) &&
           take_word(r, "context", c->context, sizeof c->context) &&
           take_time(r, "signed", &c->signed_at) &&
           take_time(r, "expires", &c->expires);
}

bool
stk_comment_is_ours(const char *text, size_t length)
{
    const size_t n = sizeof FORMAT - 1;

    return length >= n && !memcmp(text, FORMAT, n) &&
           (length == n || text[n] == '\t');
}

bool
stk_comment_parse(stk_comment *out, const char *text, size_t length,
                  char why[STK_WHY_MAX])
{
    reader r = { text, text + length, why };

    why[0] = '\0';
    memset(out, 0, sizeof *out);
    if (length > STK_COMMENT_MAX)
        return refuse(&r, "is longer than", "4096 bytes");
    if (!stk_comment_is_ours(text, length))
        return refuse(&r, "does not begin with", FORMAT);
    r.at += sizeof FORMAT - 1;
    if (!take_all(&r, out))
        return false;
    if (r.at != r.end)
        return refuse(&r, "goes on after", "expires");
    if (!out->module[0])
        return refuse(&r, "has nothing in", "module");
    return true;
}

/* ---- writing -------------------------------------------------------- */

static int
check_word(const char *field, const char *text, size_t size, stk_error *err)
{
    size_t length = strlen(text);

    if (length < size && stk_comment_is_word(text, length))
        return 0;
    return stk_error_set(err, STK_E_INVALID,
                         "a %s has no blanks, no controls and at most %zu "
                         "bytes",
                         field, size - 1);
}

static int
check_all(const stk_comment *c, stk_error *err)
{
    if (!stk_kind_name(c->kind) || !c->module[0] || c->signed_at < 0 ||
        c->expires < 0 || c->sequence > INT64_MAX || c->size > INT64_MAX)
        return stk_error_set(err, STK_E_INVALID,
                             "no signature can say this: kind, module or a "
                             "number is out of range");
    if (check_word("module", c->module, sizeof c->module, err) < 0 ||
        check_word("package", c->package, sizeof c->package, err) < 0 ||
        check_word("version", c->version, sizeof c->version, err) < 0 ||
        check_word("context", c->context, sizeof c->context, err) < 0)
        return -STK_E_INVALID;
    return 0;
}

int
stk_comment_print(char **out, const stk_comment *c, stk_error *err)
{
    stk_buffer text = STK_BUFFER_INIT(STK_COMMENT_MAX);
    char hex[STK_DIGEST_HEX];
    int failed = check_all(c, err);

    if (failed)
        return failed;
    stk_buffer_printf(&text,
                      FORMAT "\tkind=%s\tmodule=%s\tpackage=%s\tversion=%s"
                             "\tsequence=%" PRIu64 "\thash=%s\tsize=%" PRIu64
                             "\tcontext=%s\tsigned=%" PRId64
                             "\texpires=%" PRId64,
                      stk_kind_name(c->kind), c->module, c->package,
                      c->version, c->sequence, stk_digest_hex(hex, c->hash),
                      c->size, c->context, c->signed_at, c->expires);
    failed = stk_buffer_check(&text, err);
    if (!failed)
        *out = stk_buffer_steal(&text);
    stk_buffer_clear(&text);
    return failed;
}
