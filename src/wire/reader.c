/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign bytes to tokens: CBOR's heads, and what may follow each. */
#include "wire/reader.h"

#include <string.h>

#include "wire/tags.h"

void
stk_reader_init(stk_reader *reader, const void *data, size_t length,
                const stk_value_bounds *bounds)
{
    reader->start = length ? data : (const unsigned char *)"";
    reader->at = reader->start;
    reader->end = reader->at + length;
    reader->failed = false;
    stk_nest_init(&reader->nest, bounds);
}

/* ---- heads ------------------------------------------------------------- */

static int
refuse(stk_reader *reader, const char *why)
{
    return stk_nest_fail(&reader->nest, STK_E_INVALID, why);
}

/* NULL, or why not. */
static int
believe(stk_reader *reader, const char *why)
{
    return why ? refuse(reader, why) : 0;
}

static size_t
left(const stk_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static uint64_t
load_big_endian(const unsigned char *at, unsigned n)
{
    uint64_t value = 0;

    while (n-- > 0)
        value = value << 8 | *at++;
    return value;
}

/* RFC 8949, 4.2.1: the shortest head there is, and no indefinite length. */
static int
read_head(stk_reader *reader, unsigned *major, uint64_t *value)
{
    unsigned first, size;

    *major = 0;
    *value = 0;
    if (left(reader) < 1)
        return refuse(reader, "cut off");
    first = *reader->at++;
    *major = first >> 5;
    first &= 31;
    if (first < 24) {
        *value = first;
        return 0;
    }
    if (first > 27)
        return refuse(reader, "no head of this format");
    size = 1u << (first - 24);
    if (left(reader) < size)
        return refuse(reader, "cut off");
    *value = load_big_endian(reader->at, size);
    reader->at += size;
    if (size == 1 ? *value < 24 : *value >> (4 * size) == 0)
        return refuse(reader, "a head that could be shorter");
    return 0;
}

static int
read_head_of(stk_reader *reader, unsigned wanted, uint64_t *value)
{
    unsigned major;
    int r = read_head(reader, &major, value);

    if (r < 0)
        return r;
    return major == wanted ? 0 : refuse(reader, "not what its tag is for");
}

static int
take_bytes(stk_reader *reader, stk_token *token, uint64_t length)
{
    if (length > left(reader))
        return refuse(reader, "longer than what is left");
    token->bytes = reader->at;
    token->length = (size_t)length;
    reader->at += length;
    return 0;
}

/* Each value is at least a byte: who says more than are left lies, and must
 * not be believed by who allocates. */
static int
take_count(stk_reader *reader, stk_token *token, uint64_t count,
           unsigned bytes_each)
{
    if (count > left(reader) / bytes_each)
        return refuse(reader, "more values than bytes are left");
    token->count = (size_t)count;
    return 0;
}

/* ---- values ------------------------------------------------------------ */

static int
read_bignum(stk_reader *reader, stk_token *token, bool negative)
{
    uint64_t length;
    int r = read_head_of(reader, MAJOR_BYTES, &length);

    if (r < 0 || (r = take_bytes(reader, token, length)) < 0)
        return r;
    token->type = STK_VALUE_BIGNUM;
    token->negative = negative;
    /* RFC 8949, 3.4.3: no leading zero, and never what an int can be */
    if (length <= 8 || token->bytes[0] == 0)
        return refuse(reader, "a large int that could be shorter");
    if (length > STK_VALUE_BIGNUM_MAX)
        return stk_nest_fail(&reader->nest, STK_E_LIMIT, "too large an int");
    return 0;
}

static int
read_surrogates(stk_reader *reader, stk_token *token)
{
    uint64_t length;
    int r = read_head_of(reader, MAJOR_BYTES, &length);

    token->type = STK_VALUE_SURROGATES;
    if (r < 0 || (r = take_bytes(reader, token, length)) < 0)
        return r;
    return believe(reader, stk_value_check_surrogates(token));
}

static int
read_held(stk_reader *reader, stk_token *token, enum stk_value_type type)
{
    uint64_t count;
    int r = read_head_of(reader, MAJOR_ARRAY, &count);

    token->type = type;
    return r < 0 ? r : take_count(reader, token, count, 1);
}

static int
read_buffer(stk_reader *reader, stk_token *token)
{
    uint64_t count, length;
    int r = read_head_of(reader, MAJOR_ARRAY, &count);

    token->type = STK_VALUE_BUFFER;
    if (r == 0 && count != 2)
        return refuse(reader, "no buffer");
    if (r < 0 || (r = read_head_of(reader, MAJOR_UINT, &token->integer)) < 0 ||
        (r = read_head_of(reader, MAJOR_UINT, &length)) < 0)
        return r;
    if (length > SIZE_MAX / 2)
        return refuse(reader, "no buffer");
    token->length = (size_t)length;
    return 0;
}

static int
read_tagged(stk_reader *reader, stk_token *token, uint64_t tag)
{
    switch (tag) {
    case TAG_BIGNUM:
        return read_bignum(reader, token, false);
    case TAG_NEGATIVE_BIGNUM:
        return read_bignum(reader, token, true);
    case TAG_TUPLE:
        return read_held(reader, token, STK_VALUE_TUPLE);
    case TAG_SET:
        return read_held(reader, token, STK_VALUE_SET);
    case TAG_FROZENSET:
        return read_held(reader, token, STK_VALUE_FROZENSET);
    case TAG_HANDLE:
        return read_held(reader, token, STK_VALUE_HANDLE);
    case TAG_RECORD:
        return read_held(reader, token, STK_VALUE_RECORD);
    case TAG_OWN:
        token->type = STK_VALUE_OWN;
        return read_head_of(reader, MAJOR_UINT, &token->integer);
    case TAG_BUFFER:
        return read_buffer(reader, token);
    case TAG_SURROGATES:
        return read_surrogates(reader, token);
    default:
        return refuse(reader, "no tag of this format");
    }
}

/* Looked at before the head: a float is none of the integers behind it. */
static int
read_simple(stk_reader *reader, stk_token *token)
{
    uint64_t bits;

    switch (*reader->at++) {
    case BYTE_FALSE:
        token->type = STK_VALUE_FALSE;
        return 0;
    case BYTE_TRUE:
        token->type = STK_VALUE_TRUE;
        return 0;
    case BYTE_NULL:
        token->type = STK_VALUE_NONE;
        return 0;
    case BYTE_FLOAT:
        break;
    default:
        return refuse(reader, "no simple value of this format");
    }
    if (left(reader) < sizeof bits)
        return refuse(reader, "cut off");
    bits = load_big_endian(reader->at, sizeof bits);
    reader->at += sizeof bits;
    memcpy(&token->real, &bits, sizeof bits);
    token->type = STK_VALUE_FLOAT;
    if (token->real != token->real && bits != FLOAT_NAN)
        return refuse(reader, "a NaN that is not the NaN");
    return 0;
}

static int
read_value(stk_reader *reader, stk_token *token)
{
    unsigned major;
    uint64_t value;
    int r;

    if (left(reader) < 1)
        return refuse(reader, "cut off");
    if (*reader->at >> 5 == MAJOR_SIMPLE)
        return read_simple(reader, token);
    if ((r = read_head(reader, &major, &value)) < 0)
        return r;
    switch (major) {
    case MAJOR_UINT:
    case MAJOR_NEGATIVE:
        token->type = STK_VALUE_INT;
        token->integer = value;
        token->negative = major == MAJOR_NEGATIVE;
        return 0;
    case MAJOR_BYTES:
        token->type = STK_VALUE_BYTES;
        return take_bytes(reader, token, value);
    case MAJOR_TEXT:
        token->type = STK_VALUE_TEXT;
        if ((r = take_bytes(reader, token, value)) < 0)
            return r;
        return believe(reader, stk_value_check_text(token));
    case MAJOR_ARRAY:
        token->type = STK_VALUE_LIST;
        return take_count(reader, token, value, 1);
    case MAJOR_MAP:
        token->type = STK_VALUE_MAP;
        return take_count(reader, token, value, 2);
    default:
        return read_tagged(reader, token, value);
    }
}

/* ---- between rooms ----------------------------------------------------- */

static int
report(stk_reader *reader, int code, size_t offset, stk_error *err)
{
    reader->failed = true;
    return stk_error_set(err, -code, "offset %zu: %s", offset,
                         reader->nest.why);
}

static int
check_start(stk_reader *reader, stk_error *err)
{
    if (reader->failed)
        return stk_error_set(err, STK_E_INVALID, "refused already");
    if ((size_t)(reader->end - reader->start) <= reader->nest.bounds.bytes)
        return 0;
    reader->failed = true;
    return stk_error_set(err, STK_E_LIMIT, "longer than %zu bytes",
                         reader->nest.bounds.bytes);
}

int
stk_reader_next(stk_reader *reader, stk_token *token, stk_error *err)
{
    size_t offset = (size_t)(reader->at - reader->start);
    int r = check_start(reader, err);

    if (r < 0)
        return r;
    *token = (stk_token){ .type = STK_VALUE_NOTHING };
    r = read_value(reader, token);
    if (r == 0)
        r = stk_nest_add(&reader->nest, token, offset,
                         (size_t)(reader->at - reader->start));
    if (r == 0)
        return 0;
    token->type = STK_VALUE_NOTHING;
    return report(reader, r, offset, err);
}

int
stk_reader_expect(stk_reader *reader, enum stk_value_type type,
                  stk_token *token, stk_error *err)
{
    size_t offset = (size_t)(reader->at - reader->start);
    int r = stk_reader_next(reader, token, err);

    if (r < 0 || token->type == type)
        return r;
    reader->failed = true;
    r = stk_error_set(err, STK_E_INVALID,
                      "offset %zu: %s where %s is expected", offset,
                      stk_value_name(token->type), stk_value_name(type));
    token->type = STK_VALUE_NOTHING;
    return r;
}

int
stk_reader_skip(stk_reader *reader, stk_error *err)
{
    unsigned depth = reader->nest.depth;
    stk_token token;
    int r;

    do {
        if ((r = stk_reader_next(reader, &token, err)) < 0)
            return r;
    } while (reader->nest.depth > depth);
    return 0;
}

int
stk_reader_finish(stk_reader *reader, stk_error *err)
{
    size_t offset = (size_t)(reader->at - reader->start);
    int r = check_start(reader, err);

    if (r < 0)
        return r;
    if (!reader->nest.complete)
        return report(reader, refuse(reader, "not the whole value"), offset,
                      err);
    if (left(reader) > 0)
        return report(reader, refuse(reader, "bytes behind the value"), offset,
                      err);
    return 0;
}

int
stk_reader_refuse(stk_reader *reader, stk_error *err, const char *why)
{
    size_t offset = (size_t)(reader->at - reader->start);

    return report(reader, refuse(reader, why), offset, err);
}
