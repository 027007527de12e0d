/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which values are open and what is spent so far: the bounds that reader and
 * writer share. Not for other rooms.
 */
#ifndef STK_WIRE_NEST_H
#define STK_WIRE_NEST_H

#include "wire/value.h"

typedef struct stk_nest_level {
    size_t left;  /* values that are still to come */
    size_t start; /* offset of an odd key that holds values */
    uint8_t type; /* enum stk_value_type */
    bool odd;     /* it is a key and not a plain one */
    bool begun;   /* its first value was there */
} stk_nest_level;

typedef struct stk_nest {
    stk_value_bounds bounds;
    const char *why; /* of the last failure, or NULL */
    size_t wanted;   /* at least; where that was more than a bound */
    size_t items, memory, odd_bytes;
    size_t look_at;  /* `items` when the clock is looked at again */
    uint64_t looked; /* when it was */
    unsigned odd_keys;
    unsigned depth; /* levels that are open */
    bool complete;  /* the one value is there */
    stk_nest_level levels[STK_VALUE_DEPTH_MAX];
} stk_nest;

void stk_nest_init(stk_nest *nest, const stk_value_bounds *bounds);

/* Why a key of that kind is refused, and so on: `why`, and -code. */
int stk_nest_fail(stk_nest *nest, int code, const char *why);

/*
 * A value stands at `offset` and ends, or its head does, at `end`: may it
 * stand here, and is it paid for? 0 or -STK_E_*, with `why` set.
 */
int stk_nest_add(stk_nest *nest, const stk_token *token, size_t offset,
                 size_t end);

#endif
