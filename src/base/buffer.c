/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer with a hard maximum. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
stk_buffer_clear(stk_buffer *buffer)
{
    free(buffer->data);
    buffer->data = NULL;
    buffer->length = buffer->size = 0;
    buffer->failed = 0;
}

static bool
make_room(stk_buffer *buffer, size_t more)
{
    size_t size = buffer->size ? buffer->size : 64;
    char *grown;

    if (buffer->failed)
        return false;
    /* far below SIZE_MAX: the sums and the doubling below cannot wrap */
    if (more > buffer->maximum - buffer->length || more > SIZE_MAX / 4 ||
        buffer->length > SIZE_MAX / 4) {
        buffer->failed = STK_E_LIMIT;
        return false;
    }
    while (size < buffer->length + more + 1)
        size *= 2;
    if (size == buffer->size)
        return true;
    grown = realloc(buffer->data, size);
    if (!grown) {
        buffer->failed = STK_E_MEMORY;
        return false;
    }
    buffer->data = grown;
    buffer->size = size;
    return true;
}

void
stk_buffer_append(stk_buffer *buffer, const void *data, size_t length)
{
    if (!make_room(buffer, length))
        return;
    if (length)
        memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void
stk_buffer_puts(stk_buffer *buffer, const char *text)
{
    stk_buffer_append(buffer, text, strlen(text));
}

void
stk_buffer_printf(stk_buffer *buffer, const char *format, ...)
{
    va_list args, again;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        buffer->failed = STK_E_MEMORY;
    } else if (make_room(buffer, (size_t)n)) {
        vsnprintf(buffer->data + buffer->length, (size_t)n + 1, format, again);
        buffer->length += (size_t)n;
    }
    va_end(again);
}

void
stk_buffer_choices(stk_buffer *buffer, const char *const *words)
{
    for (size_t i = 0; words[i]; i++) {
        if (i)
            stk_buffer_puts(buffer, words[i + 1] ? ", " : " or ");
        stk_buffer_puts(buffer, words[i]);
    }
}

int
stk_buffer_check(const stk_buffer *buffer, stk_error *err)
{
    if (buffer->failed == STK_E_LIMIT)
        return stk_error_set(err, STK_E_LIMIT, "longer than %zu bytes",
                             buffer->maximum);
    return buffer->failed ? stk_error_memory(err) : 0;
}

char *
stk_buffer_steal(stk_buffer *buffer)
{
    char *data;

    stk_buffer_append(buffer, "", 0);
    if (buffer->failed)
        return NULL;
    data = buffer->data;
    buffer->data = NULL;
    buffer->length = buffer->size = 0;
    return data;
}
