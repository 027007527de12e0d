/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads frames (u32 little endian, then so many bytes) and says of each, in
 * one line of JSON, what it is: {"value": ..., "again": the bytes as hex that
 * the writer makes of it}, or {"refused": why}.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "wire/reader.h"
#include "wire/writer.h"

#define FRAME_MAX (1u << 20)

typedef struct telling {
    stk_reader reader;
    stk_writer writer;
    stk_buffer text;
    stk_error err;
} telling;

static void
put_hex(stk_buffer *text, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        stk_buffer_printf(text, "%02x", bytes[i]);
}

/* ["what", details] of what holds no values. */
static void
tell_leaf(stk_buffer *text, const stk_token *token)
{
    uint64_t bits;

    stk_buffer_printf(text, "[\"%s\", ", stk_value_name(token->type));
    switch (token->type) {
    case STK_VALUE_INT:
        stk_buffer_printf(text, "\"%s%" PRIu64 "\"",
                          token->negative ? "-1-" : "", token->integer);
        break;
    case STK_VALUE_FLOAT:
        memcpy(&bits, &token->real, sizeof bits);
        stk_buffer_printf(text, "\"%016" PRIx64 "\"", bits);
        break;
    case STK_VALUE_BUFFER:
        stk_buffer_printf(text, "[%" PRIu64 ", %zu]", token->integer,
                          token->length);
        break;
    case STK_VALUE_OWN:
        stk_buffer_printf(text, "%" PRIu64, token->integer);
        break;
    default:
        stk_buffer_printf(text, "\"%s", token->negative ? "-1-" : "");
        put_hex(text, token->bytes, token->length);
        stk_buffer_printf(text, "\", %zu, %u", token->characters,
                          (unsigned)token->widest);
    }
    stk_buffer_puts(text, "]");
}

static int
tell_value(telling *at)
{
    stk_token token;
    size_t held;
    int r = stk_reader_next(&at->reader, &token, &at->err);

    if (r < 0)
        return r;
    stk_writer_put(&at->writer, &token);
    if (!stk_value_holds(token.type)) {
        tell_leaf(&at->text, &token);
        return 0;
    }
    stk_buffer_printf(&at->text, "[\"%s\", [", stk_value_name(token.type));
    held = token.type == STK_VALUE_MAP ? 2 * token.count : token.count;
    for (size_t i = 0; i < held; i++) {
        if (i)
            stk_buffer_puts(&at->text, ", ");
        if ((r = tell_value(at)) < 0)
            return r;
    }
    stk_buffer_puts(&at->text, "]]");
    return 0;
}

static void
tell_frame(const unsigned char *bytes, size_t length)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    telling at = { .writer = STK_WRITER_INIT,
                   .text = STK_BUFFER_INIT(64u << 20),
                   .err = STK_ERROR_INIT };

    bounds.buffers = 2;
    stk_reader_init(&at.reader, bytes, length, &bounds);
    stk_writer_begin(&at.writer, 0, &bounds);
    if (tell_value(&at) < 0 || stk_reader_finish(&at.reader, &at.err) < 0 ||
        stk_writer_finish(&at.writer, &at.err) < 0) {
        printf("{\"refused\": \"%s\"}\n", at.err.message);
    } else {
        stk_buffer_puts(&at.text, ", \"again\": \"");
        put_hex(&at.text, at.writer.data, at.writer.length);
        printf("{\"value\": %s\"}\n", at.text.data);
    }
    stk_buffer_clear(&at.text);
    stk_writer_clear(&at.writer);
}

int
main(void)
{
    unsigned char head[4];

    while (fread(head, 1, sizeof head, stdin) == sizeof head) {
        size_t length = head[0] | (size_t)head[1] << 8 |
                        (size_t)head[2] << 16 | (size_t)head[3] << 24;
        unsigned char *bytes = malloc(length ? length : 1);

        if (length > FRAME_MAX || !bytes ||
            fread(bytes, 1, length, stdin) != length) {
            fprintf(stderr, "no frame\n");
            free(bytes);
            return 1;
        }
        tell_frame(bytes, length);
        free(bytes);
    }
    return 0;
}
