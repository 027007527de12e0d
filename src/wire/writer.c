/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens to bytes: the shortest heads, within the bounds of a reader. */
#include "wire/writer.h"

#include <stdlib.h>
#include <string.h>

#include "wire/tags.h"

/* What a frame this large left allocated is given back before the next. */
#define KEEP_MAX (1u << 20)

/* ---- bytes ------------------------------------------------------------- */

static int
fail(stk_writer *writer, int code, const char *why)
{
    if (!writer->failed) {
        writer->failed = code;
        writer->nest.why = why;
    }
    return -writer->failed;
}

static int
grow(stk_writer *writer, size_t needed)
{
    size_t size = writer->size ? writer->size : 256;
    unsigned char *grown;

    /* large bytes come in one piece: no doubling on the way to them */
    while (size < needed && size < KEEP_MAX)
        size *= 2;
    if (size < needed)
        size = needed + needed / 4;
    grown = realloc(writer->data, size);
    if (!grown)
        return fail(writer, STK_E_MEMORY, "out of memory");
    writer->data = grown;
    writer->size = size;
    return 0;
}

static inline int
make_room(stk_writer *writer, size_t more)
{
    size_t used = writer->length - writer->prefix;

    if (writer->failed)
        return -writer->failed;
    writer->nest.wanted = used + more;
    if (more > writer->nest.bounds.bytes - used)
        return fail(writer, STK_E_LIMIT, "too long");
    if (more <= writer->size - writer->length)
        return 0;
    if (more > SIZE_MAX / 4 || writer->length > SIZE_MAX / 4)
        return fail(writer, STK_E_LIMIT, "too long");
    return grow(writer, writer->length + more);
}

static void
put_big_endian(stk_writer *writer, uint64_t value, unsigned n)
{
    for (unsigned i = n; i-- > 0; value >>= 8)
        writer->data[writer->length + i] = (unsigned char)value;
    writer->length += n;
}

/* Bytes behind the first one of the shortest head. */
static unsigned
measure_head(uint64_t value)
{
    if (value < 24)
        return 0;
    if (value <= 0xFF)
        return 1;
    if (value <= 0xFFFF)
        return 2;
    return value <= 0xFFFFFFFFu ? 4 : 8;
}

static int
put_head(stk_writer *writer, unsigned major, uint64_t value)
{
    static const unsigned char codes[] = { 0, 24, 25, 0, 26, 0, 0, 0, 27 };
    unsigned size = measure_head(value);
    int r = make_room(writer, 1 + size);

    if (r < 0)
        return r;
    writer->data[writer->length++] =
        (unsigned char)(major << 5 | (size ? codes[size] : value));
    put_big_endian(writer, value, size);
    return 0;
}

static int
put_byte(stk_writer *writer, unsigned char byte)
{
    int r = make_room(writer, 1);

    if (r == 0)
        writer->data[writer->length++] = byte;
    return r;
}

static int
put_bytes(stk_writer *writer, unsigned major, const void *bytes, size_t length)
{
    int r;

    if (length > SIZE_MAX / 8)
        return fail(writer, STK_E_LIMIT, "too long");
    /* for both at once: one growth for a large one */
    r = make_room(writer, 1 + measure_head(length) + length);
    if (r < 0)
        return r;
    put_head(writer, major, length);
    if (length)
        memcpy(writer->data + writer->length, bytes, length);
    writer->length += length;
    return 0;
}

/* ---- frames ------------------------------------------------------------ */

int
stk_writer_begin(stk_writer *writer, size_t prefix,
                 const stk_value_bounds *bounds)
{
    if (writer->size > KEEP_MAX) {
        free(writer->data);
        writer->data = NULL;
        writer->size = 0;
    }
    stk_nest_init(&writer->nest, bounds);
    writer->failed = 0;
    writer->n_fds = 0;
    writer->prefix = prefix;
    writer->length = 0;
    if (prefix > writer->size && grow(writer, prefix) < 0)
        return -writer->failed;
    writer->length = prefix;
    return 0;
}

int
stk_writer_finish(stk_writer *writer, stk_error *err)
{
    if (!writer->failed && !writer->nest.complete)
        fail(writer, STK_E_STATE, "not the whole value");
    if (!writer->failed)
        return 0;
    return stk_error_set(err, writer->failed, "%s",
                         writer->nest.why ? writer->nest.why
                                          : "no frame was begun");
}

void
stk_writer_clear(stk_writer *writer)
{
    free(writer->data);
    *writer = (stk_writer)STK_WRITER_INIT;
}

/* ---- values ------------------------------------------------------------ */

/* What was written since `start` is that value: may it stand here? */
static int
add(stk_writer *writer, const stk_token *token, size_t start)
{
    int r = stk_nest_add(&writer->nest, token, start, writer->length);

    return r < 0 ? fail(writer, -r, writer->nest.why) : 0;
}

static int
put_simple(stk_writer *writer, enum stk_value_type type, unsigned char byte)
{
    const stk_token token = { .type = type };
    size_t start = writer->length;
    int r = put_byte(writer, byte);

    return r < 0 ? r : add(writer, &token, start);
}

int
stk_writer_none(stk_writer *writer)
{
    return put_simple(writer, STK_VALUE_NONE, BYTE_NULL);
}

int
stk_writer_bool(stk_writer *writer, bool value)
{
    return value ? put_simple(writer, STK_VALUE_TRUE, BYTE_TRUE)
                 : put_simple(writer, STK_VALUE_FALSE, BYTE_FALSE);
}

static int
put_int(stk_writer *writer, bool negative, uint64_t value)
{
    const stk_token token = { .type = STK_VALUE_INT,
                              .negative = negative,
                              .integer = value };
    size_t start = writer->length;
    int r = put_head(writer, negative ? MAJOR_NEGATIVE : MAJOR_UINT, value);

    return r < 0 ? r : add(writer, &token, start);
}

int
stk_writer_int(stk_writer *writer, int64_t value)
{
    return value < 0 ? put_int(writer, true, ~(uint64_t)value)
                     : put_int(writer, false, (uint64_t)value);
}

int
stk_writer_uint(stk_writer *writer, uint64_t value)
{
    return put_int(writer, false, value);
}

int
stk_writer_negative(stk_writer *writer, uint64_t value)
{
    return put_int(writer, true, value);
}

int
stk_writer_bignum(stk_writer *writer, bool negative, const void *bytes,
                  size_t length)
{
    const unsigned char *at = bytes;
    stk_token token = { .type = STK_VALUE_BIGNUM, .negative = negative };
    size_t start = writer->length;
    uint64_t value = 0;
    int r;

    for (; length > 0 && *at == 0; length--)
        at++;
    if (length <= sizeof value) {
        while (length-- > 0)
            value = value << 8 | *at++;
        return put_int(writer, negative, value);
    }
    if (length > STK_VALUE_BIGNUM_MAX)
        return fail(writer, STK_E_LIMIT, "too large an int");
    token.bytes = at;
    token.length = length;
    if ((r = put_head(writer, MAJOR_TAG,
                      negative ? TAG_NEGATIVE_BIGNUM : TAG_BIGNUM)) < 0 ||
        (r = put_bytes(writer, MAJOR_BYTES, at, length)) < 0)
        return r;
    return add(writer, &token, start);
}

int
stk_writer_float(stk_writer *writer, double value)
{
    const stk_token token = { .type = STK_VALUE_FLOAT, .real = value };
    size_t start = writer->length;
    uint64_t bits = FLOAT_NAN;
    int r = make_room(writer, 1 + sizeof bits);

    if (r < 0)
        return r;
    if (value == value)
        memcpy(&bits, &value, sizeof bits);
    writer->data[writer->length++] = BYTE_FLOAT;
    put_big_endian(writer, bits, sizeof bits);
    return add(writer, &token, start);
}

int
stk_writer_text(stk_writer *writer, const char *text, size_t length)
{
    stk_token token = { .type = STK_VALUE_TEXT,
                        .bytes = (const unsigned char *)text,
                        .length = length };
    const char *why = stk_value_check_text(&token);
    size_t start = writer->length;
    int r;

    if (why)
        return fail(writer, STK_E_INVALID, why);
    r = put_bytes(writer, MAJOR_TEXT, text, length);
    return r < 0 ? r : add(writer, &token, start);
}

int
stk_writer_surrogates(stk_writer *writer, const void *bytes, size_t length)
{
    const stk_token token = { .type = STK_VALUE_SURROGATES,
                              .bytes = bytes,
                              .length = length };
    const char *why = stk_value_check_surrogates(&token);
    size_t start = writer->length;
    int r;

    if (why)
        return fail(writer, STK_E_INVALID, why);
    if ((r = put_head(writer, MAJOR_TAG, TAG_SURROGATES)) < 0 ||
        (r = put_bytes(writer, MAJOR_BYTES, bytes, length)) < 0)
        return r;
    return add(writer, &token, start);
}

int
stk_writer_bytes(stk_writer *writer, const void *bytes, size_t length)
{
    const stk_token token = { .type = STK_VALUE_BYTES, .length = length };
    size_t start = writer->length;
    int r = put_bytes(writer, MAJOR_BYTES, bytes, length);

    return r < 0 ? r : add(writer, &token, start);
}

int
stk_writer_buffer(stk_writer *writer, unsigned index, size_t length)
{
    const stk_token token = { .type = STK_VALUE_BUFFER,
                              .integer = index,
                              .length = length };
    size_t start = writer->length;
    int r;

    if ((r = put_head(writer, MAJOR_TAG, TAG_BUFFER)) < 0 ||
        (r = put_head(writer, MAJOR_ARRAY, 2)) < 0 ||
        (r = put_head(writer, MAJOR_UINT, index)) < 0 ||
        (r = put_head(writer, MAJOR_UINT, length)) < 0)
        return r;
    return add(writer, &token, start);
}

int
stk_writer_sealed(stk_writer *writer, int fd, size_t length)
{
    unsigned index = 0;

    while (index < writer->n_fds && writer->fds[index] != fd)
        index++;
    if (index < writer->n_fds || index == STK_WRITER_FDS_MAX)
        /* the bounds refuse the one too many */
        return stk_writer_buffer(writer, index, length);
    writer->fds[writer->n_fds++] = fd;
    return stk_writer_buffer(writer, index, length);
}

int
stk_writer_own(stk_writer *writer, uint64_t id)
{
    const stk_token token = { .type = STK_VALUE_OWN, .integer = id };
    size_t start = writer->length;
    int r;

    if ((r = put_head(writer, MAJOR_TAG, TAG_OWN)) < 0 ||
        (r = put_head(writer, MAJOR_UINT, id)) < 0)
        return r;
    return add(writer, &token, start);
}

/* 0: without a tag. */
static unsigned
tag_of(enum stk_value_type type)
{
    switch (type) {
    case STK_VALUE_TUPLE:
        return TAG_TUPLE;
    case STK_VALUE_SET:
        return TAG_SET;
    case STK_VALUE_FROZENSET:
        return TAG_FROZENSET;
    case STK_VALUE_HANDLE:
        return TAG_HANDLE;
    case STK_VALUE_RECORD:
        return TAG_RECORD;
    default:
        return 0;
    }
}

int
stk_writer_hold(stk_writer *writer, enum stk_value_type type, size_t count)
{
    const stk_token token = { .type = type, .count = count };
    unsigned tag = tag_of(type);
    size_t start = writer->length;
    int r;

    if (!stk_value_holds(type))
        return fail(writer, STK_E_STATE, "holds no values");
    if (tag && (r = put_head(writer, MAJOR_TAG, tag)) < 0)
        return r;
    r = put_head(writer, type == STK_VALUE_MAP ? MAJOR_MAP : MAJOR_ARRAY,
                 count);
    return r < 0 ? r : add(writer, &token, start);
}

int
stk_writer_put(stk_writer *writer, const stk_token *token)
{
    const unsigned char *bytes = token->bytes;

    switch (token->type) {
    case STK_VALUE_NONE:
        return stk_writer_none(writer);
    case STK_VALUE_FALSE:
    case STK_VALUE_TRUE:
        return stk_writer_bool(writer, token->type == STK_VALUE_TRUE);
    case STK_VALUE_INT:
        return put_int(writer, token->negative, token->integer);
    case STK_VALUE_BIGNUM:
        return stk_writer_bignum(writer, token->negative, bytes,
                                 token->length);
    case STK_VALUE_FLOAT:
        return stk_writer_float(writer, token->real);
    case STK_VALUE_TEXT:
        return stk_writer_text(writer, (const char *)bytes, token->length);
    case STK_VALUE_SURROGATES:
        return stk_writer_surrogates(writer, bytes, token->length);
    case STK_VALUE_BYTES:
        return stk_writer_bytes(writer, bytes, token->length);
    case STK_VALUE_BUFFER:
        return stk_writer_buffer(writer, (unsigned)token->integer,
                                 token->length);
    case STK_VALUE_OWN:
        return stk_writer_own(writer, token->integer);
    default:
        return stk_writer_hold(writer, token->type, token->count);
    }
}
