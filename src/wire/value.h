/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may cross between host and worker, and within which bounds: the
 * subset of CBOR (RFC 8949) that PROTOCOL.md describes. There is no tree in
 * memory: wire/reader.h hands out tokens, wire/writer.h takes them, and both
 * keep the same bounds, so that what one side may send, the other takes.
 *
 * A frame has one value. Nothing here knows Python.
 */
#ifndef STK_WIRE_VALUE_H
#define STK_WIRE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stk_value_type {
    STK_VALUE_NOTHING = 0, /* never on the wire */
    STK_VALUE_NONE,
    STK_VALUE_FALSE,
    STK_VALUE_TRUE,
    STK_VALUE_INT,        /* -2^64 to 2^64 - 1 */
    STK_VALUE_BIGNUM,     /* an int beyond that */
    STK_VALUE_FLOAT,      /* 64 bits */
    STK_VALUE_TEXT,       /* UTF-8 */
    STK_VALUE_SURROGATES, /* a str with lone surrogates: "surrogatepass" */
    STK_VALUE_BYTES,
    STK_VALUE_BUFFER, /* bytes in a sealed memfd that came with the frame */
    STK_VALUE_OWN,    /* an object of the receiver's, by the id it gave it */
    /* From here on values that hold values: `count` of them follow. */
    STK_VALUE_LIST,
    STK_VALUE_TUPLE,
    STK_VALUE_MAP, /* `count` pairs, each key before its value */
    STK_VALUE_SET,
    STK_VALUE_FROZENSET,
    STK_VALUE_HANDLE, /* an object of the sender's: an id, then what it is */
    STK_VALUE_RECORD  /* a number that says what, then its parts: a date ... */
};

/* "a list", "an int": for messages. */
const char *stk_value_name(enum stk_value_type type);

static inline bool
stk_value_holds(enum stk_value_type type)
{
    return type >= STK_VALUE_LIST && type <= STK_VALUE_RECORD;
}

/*
 * One step of a value. Pointers are into the bytes that are read, borrowed
 * for as long as those are there. Which fields count, by type:
 *   INT         integer, negative
 *   BIGNUM      bytes, length (big endian, no leading zero), negative
 *   FLOAT       real
 *   TEXT        bytes, length, characters, widest
 *   SURROGATES  bytes, length
 *   BYTES       bytes, length
 *   BUFFER      integer (which of the frame's descriptors), length
 *   OWN         integer
 *   LIST ...    count
 */
typedef struct stk_token {
    enum stk_value_type type;
    bool negative;   /* the number is -1 - integer, or -1 - bytes */
    uint32_t widest; /* 0x7F, 0xFF, 0xFFFF or 0x10FFFF: no code point above */
    uint64_t integer;
    double real;
    const unsigned char *bytes;
    size_t length;     /* of `bytes`, or of a BUFFER */
    size_t characters; /* code points of a TEXT */
    size_t count;      /* values that follow, of a MAP pairs */
} stk_token;

/* Nested values, a value in no other being at depth 0. */
#define STK_VALUE_DEPTH_MAX 100u

/* Bytes of a BIGNUM: 2^2097152, more than a profile's seconds compute. */
#define STK_VALUE_BIGNUM_MAX (256u * 1024u)

/*
 * Keys of maps and members of sets are str, bytes, bool, None, float or int
 * below 2^60. Others can be chosen so that all of them collide in Python's
 * tables; of those, and of their bytes, a frame has at most these.
 */
#define STK_VALUE_ODD_KEYS_MAX      64u
#define STK_VALUE_ODD_KEY_BYTES_MAX (64u * 1024u)
#define STK_VALUE_PLAIN_KEY         (UINT64_C(1) << 60)

/* Values that an id or a number is followed by, itself counted. */
#define STK_VALUE_HANDLE_MAX 8u
#define STK_VALUE_RECORD_MAX 8u

/* What an honest frame needs, as large as it may be: a second or two. */
#define STK_VALUE_READING_NS UINT64_C(5000000000)

typedef struct stk_value_bounds {
    size_t bytes;  /* of the whole value as it is sent */
    size_t memory; /* that the value takes as Python objects, estimated high */
    size_t items;  /* values in it */
    /*
     * CLOCK_MONOTONIC in ns: reading takes no longer. A dict of chosen ints
     * is built in the square of their number: 200 KB in four seconds, and
     * nothing else can run in Python meanwhile. 0: STK_VALUE_READING_NS from
     * when it began; UINT64_MAX: as long as it takes, for a friend's bytes.
     */
    uint64_t deadline;
    unsigned buffers; /* descriptors that came with the frame */
    bool objects;     /* HANDLE and OWN are allowed */
} stk_value_bounds;

/* Reads the bytes of a TEXT and fills in `characters` and `widest`; NULL, or
 * why they are none. */
const char *stk_value_check_text(stk_token *token);
/* The same for SURROGATES: with none it would have to be a TEXT. */
const char *stk_value_check_surrogates(const stk_token *token);

#define STK_VALUE_BOUNDS_INIT                                                 \
    {                                                                         \
        .bytes = 64u << 20, .memory = 256u << 20, .items = 4u << 20,          \
        .objects = true                                                       \
    }

#endif
