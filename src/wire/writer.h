/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens to bytes, within the bounds that wire/reader.h keeps: a value that
 * the peer would refuse is refused here, where the one who sends it can be
 * told. A failure sticks; after it every call returns negative.
 *
 *     stk_writer_begin(&writer, prefix, &bounds);
 *     stk_writer_hold(&writer, STK_VALUE_LIST, 2), stk_writer_int(...) ...
 *     stk_writer_finish(&writer, err)     then .data, .length
 *
 * Every stk_writer_* below returns 0 or negative; which error it is,
 * stk_writer_finish() says.
 */
#ifndef STK_WIRE_WRITER_H
#define STK_WIRE_WRITER_H

#include "base/error.h"
#include "wire/nest.h"
#include "wire/value.h"

/* Sealed memories of one frame: a worker has room for no more. */
#define STK_WRITER_FDS_MAX 4u

typedef struct stk_writer {
    unsigned char *data; /* owned, kept from frame to frame */
    size_t length;       /* bytes in use, the prefix counted */
    size_t size;         /* bytes allocated */
    size_t prefix;
    int failed;                  /* 0 or enum stk_error_code */
    stk_nest nest;               /* its `why` says what failed */
    int fds[STK_WRITER_FDS_MAX]; /* borrowed: to go with the frame */
    unsigned n_fds;
} stk_writer;

#define STK_WRITER_INIT                                                       \
    {                                                                         \
        .failed = STK_E_STATE                                                 \
    }

/* Starts a frame: `prefix` bytes are left free for a header. What an
 * earlier frame allocated is used again, and given back when it was large. */
int stk_writer_begin(stk_writer *writer, size_t prefix,
                     const stk_value_bounds *bounds);
/* 0 when there is exactly one value, complete. */
int stk_writer_finish(stk_writer *writer, stk_error *err);
void stk_writer_clear(stk_writer *writer); /* frees; cleanup-able */

int stk_writer_none(stk_writer *writer);
int stk_writer_bool(stk_writer *writer, bool value);
int stk_writer_int(stk_writer *writer, int64_t value);
int stk_writer_uint(stk_writer *writer, uint64_t value);
/* -1 - value: what no int64_t has */
int stk_writer_negative(stk_writer *writer, uint64_t value);
/* -1 - bytes if negative; big endian. Leading zeros are left out, and what
 * fits in 64 bits becomes an int. */
int stk_writer_bignum(stk_writer *writer, bool negative, const void *bytes,
                      size_t length);
int stk_writer_float(stk_writer *writer, double value); /* a NaN is the NaN */
int stk_writer_text(stk_writer *writer, const char *text, size_t length);
int stk_writer_surrogates(stk_writer *writer, const void *bytes,
                          size_t length);
int stk_writer_bytes(stk_writer *writer, const void *bytes, size_t length);
int stk_writer_buffer(stk_writer *writer, unsigned index, size_t length);
/* The same, and notes `fd` for the frame; one that is there already counts
 * once. More than STK_WRITER_FDS_MAX are too many. */
int stk_writer_sealed(stk_writer *writer, int fd, size_t length);
int stk_writer_own(stk_writer *writer, uint64_t id);

/* One that holds values: exactly `count` follow, of a map pairs. */
int stk_writer_hold(stk_writer *writer, enum stk_value_type type,
                    size_t count);

/* Any token, as stk_reader_next() gives it. */
int stk_writer_put(stk_writer *writer, const stk_token *token);

#endif
