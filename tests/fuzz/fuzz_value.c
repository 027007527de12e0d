/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of the wire. What is taken is within its bounds, and written again
 * it is the bytes that it was: there is one way to write each.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/reader.h"
#include "wire/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY (1u << 20)

static void
check_token(const stk_token *token, const uint8_t *data, size_t size)
{
    if (token->type == STK_VALUE_NOTHING)
        abort();
    if (token->bytes && (token->bytes < data || token->bytes > data + size ||
                         token->length > (size_t)(data + size - token->bytes)))
        abort();
    if (token->count > size || token->characters > token->length)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const stk_value_bounds bounds = { .bytes = 1u << 16,
                                      .memory = MEMORY,
                                      .items = 10000,
                                      .buffers = 1,
                                      .objects = true };
    stk_error err = STK_ERROR_INIT;
    stk_writer writer = STK_WRITER_INIT;
    stk_reader reader;
    stk_token token;

    stk_reader_init(&reader, data, size, &bounds);
    if (stk_writer_begin(&writer, 3, &bounds) < 0)
        return 0;
    do {
        if (stk_reader_next(&reader, &token, &err) < 0) {
            if (!err.message[0] || token.type != STK_VALUE_NOTHING)
                abort();
            stk_writer_clear(&writer);
            return 0;
        }
        check_token(&token, data, size);
        /* what one side takes, the other may send */
        if (stk_writer_put(&writer, &token) < 0)
            abort();
    } while (!reader.nest.complete);
    if (reader.nest.memory > MEMORY ||
        reader.nest.memory != writer.nest.memory ||
        stk_writer_finish(&writer, &err) < 0)
        abort();
    if (writer.length - 3 != (size_t)(reader.at - reader.start) ||
        memcmp(writer.data + 3, data, writer.length - 3) != 0)
        abort();
    if ((stk_reader_finish(&reader, &err) == 0) != (writer.length - 3 == size))
        abort();
    stk_writer_clear(&writer);
    return 0;
}
