/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as hexadecimal text, read by a reader. */
#ifndef STK_UNIT_WIRE_H
#define STK_UNIT_WIRE_H

#include "unit.h"
#include "wire/reader.h"

/* "82 01 02" to bytes, exactly as long: a byte read behind them is found. */
static inline unsigned char *
unhex(const char *text, size_t *length)
{
    unsigned char *bytes = malloc(strlen(text) / 2 + 1), *exact;
    unsigned byte;
    int used;

    *length = 0;
    while (sscanf(text, " %2x%n", &byte, &used) == 1) {
        bytes[(*length)++] = (unsigned char)byte;
        text += used;
    }
    exact = malloc(*length ? *length : 1);
    memcpy(exact, bytes, *length);
    free(bytes);
    return exact;
}

static inline stk_value_bounds
wide_bounds(void)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;

    bounds.buffers = 2;
    return bounds;
}

/* Reads all of it: 0 or the code, the message in `err`. */
static inline int
read_all(const void *data, size_t length, const stk_value_bounds *bounds,
         stk_error *err)
{
    stk_reader reader;
    int r;

    *err = (stk_error)STK_ERROR_INIT;
    stk_reader_init(&reader, data, length, bounds);
    r = stk_reader_skip(&reader, err);
    return r < 0 ? r : stk_reader_finish(&reader, err);
}

static inline int
read_hex(const char *hex, stk_error *err)
{
    stk_value_bounds bounds = wide_bounds();
    size_t length;
    unsigned char *bytes = unhex(hex, &length);
    int r = read_all(bytes, length, &bounds, err);

    free(bytes);
    return r;
}

static inline void
assert_refused(const char *hex, int code, const char *message)
{
    stk_error err;
    int r = read_hex(hex, &err);

    if (r != -code || strcmp(err.message, message) != 0)
        fail_msg("%s: %d \"%s\", not \"%s\"", hex, r, err.message, message);
}

static inline void
assert_read(const char *hex)
{
    stk_error err;

    if (read_hex(hex, &err) < 0)
        fail_msg("%s: %s", hex, err.message);
}

#endif
