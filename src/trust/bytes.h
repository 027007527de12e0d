/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded reader of foreign bytes, little-endian numbers and runs of
 * bytes, and its twin that writes them.
 * What is not there reads as zero and sticks in `bad`, so that a chain of
 * reads is checked once.
 */
#ifndef STK_TRUST_BYTES_H
#define STK_TRUST_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

typedef struct stk_bytes {
    const unsigned char *at;
    size_t left;
    bool bad;
} stk_bytes;

/* NULL when fewer are left. */
static inline const unsigned char *
stk_bytes_run(stk_bytes *bytes, size_t length)
{
    const unsigned char *run = bytes->at;

    if (bytes->bad || length > bytes->left) {
        bytes->bad = true;
        return NULL;
    }
    bytes->at += length;
    bytes->left -= length;
    return run;
}

/* The number in `width` bytes. */
static inline uint64_t
stk_bytes_at(const unsigned char *at, unsigned width)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < width; i++)
        number |= (uint64_t)at[i] << (8 * i);
    return number;
}

static inline uint64_t
stk_bytes_number(stk_bytes *bytes, unsigned width)
{
    const unsigned char *run = stk_bytes_run(bytes, width);

    return run ? stk_bytes_at(run, width) : 0;
}

static inline void
stk_bytes_put(stk_buffer *out, uint64_t number, unsigned width)
{
    unsigned char bytes[8];

    for (unsigned i = 0; i < width; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    stk_buffer_append(out, bytes, width);
}

#endif
