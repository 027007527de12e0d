/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a hard maximum. A failure sticks: after it,
 * every append is refused, so that a chain of appends is checked once.
 */
#ifndef STK_BASE_BUFFER_H
#define STK_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct stk_buffer {
    char *data;     /* owned; NUL-terminated once anything was appended */
    size_t length;  /* bytes in use, the NUL not counted */
    size_t size;    /* bytes allocated */
    size_t maximum; /* `length` never passes this */
    int failed;     /* 0, STK_E_MEMORY or STK_E_LIMIT */
} stk_buffer;

#define STK_BUFFER_INIT(max)                                                  \
    {                                                                         \
        NULL, 0, 0, (max), 0                                                  \
    }

void stk_buffer_clear(stk_buffer *buffer); /* frees; cleanup-able */
void stk_buffer_append(stk_buffer *buffer, const void *data, size_t length);
void stk_buffer_puts(stk_buffer *buffer, const char *text);
void stk_buffer_printf(stk_buffer *buffer, const char *format, ...)
    STK_PRINTF(2, 3);

/* "a, b or c", of texts that end with a NULL. */
void stk_buffer_choices(stk_buffer *buffer, const char *const *words);

/* 0, or negative with `err` filled, when an append failed. */
int stk_buffer_check(const stk_buffer *buffer, stk_error *err);

/* Hands the NUL-terminated bytes over; "" when nothing was appended. NULL
 * after a failure. */
char *stk_buffer_steal(stk_buffer *buffer);

#endif
