/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Foreign bytes to tokens, one at a time. Whatever the bytes, the reader
 * allocates nothing and recurses nowhere; that every length lies within what
 * is left, that each head is the shortest, that text is UTF-8, that a key may
 * be a key and that all stays within the bounds is true of a token before it
 * is handed out.
 *
 *     stk_reader_init(&reader, data, length, &bounds);
 *     value = build(&reader)         calls stk_reader_next(), and itself
 *                                    `count` times for what holds values
 *     stk_reader_finish(&reader, err)   before the value is believed
 *
 * The bytes must be the reader's alone: never the memory that a peer can
 * write to (wire/channel.h hands out a copy).
 *
 * Equal keys are not seen here: 1, 1.0 and True are one key in Python, and
 * three on the wire. Who builds a dict or a set compares its size with
 * `count` and refuses what shrank: stk_reader_refuse().
 */
#ifndef STK_WIRE_READER_H
#define STK_WIRE_READER_H

#include "base/error.h"
#include "wire/nest.h"
#include "wire/value.h"

typedef struct stk_reader {
    const unsigned char *start, *at, *end;
    bool failed; /* sticks: nothing is read behind an error */
    stk_nest nest;
} stk_reader;

/* `bounds` is copied. Length 0 is an error of the first next. */
void stk_reader_init(stk_reader *reader, const void *data, size_t length,
                     const stk_value_bounds *bounds);

/*
 * The next token. 0, or -STK_E_INVALID (it is not what PROTOCOL.md allows),
 * -STK_E_LIMIT (a bound), with the offset in the message. A next when the
 * value is complete is -STK_E_INVALID too.
 */
int stk_reader_next(stk_reader *reader, stk_token *token, stk_error *err);

/* The same where only that type will do; what else came is -STK_E_INVALID,
 * in words: "offset 3: a list where an int is expected". */
int stk_reader_expect(stk_reader *reader, enum stk_value_type type,
                      stk_token *token, stk_error *err);

/* Reads over one value with all that it holds. */
int stk_reader_skip(stk_reader *reader, stk_error *err);

/* 0 when the value is complete and nothing is behind it. */
int stk_reader_finish(stk_reader *reader, stk_error *err);

/* Marks the bytes as refused, for a reason that only the builder sees
 * ("a key came twice"). -STK_E_INVALID. */
int stk_reader_refuse(stk_reader *reader, stk_error *err, const char *why);

#endif
