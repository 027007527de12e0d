/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of CBOR: major types, tags, simple values. Tags 2 and 3 are RFC
 * 8949's, 258 is registered for sets; 6 to 12 have no meaning elsewhere and
 * are one byte: they never leave two processes of one program. Not for other
 * rooms.
 */
#ifndef STK_WIRE_TAGS_H
#define STK_WIRE_TAGS_H

enum {
    MAJOR_UINT = 0,
    MAJOR_NEGATIVE = 1,
    MAJOR_BYTES = 2,
    MAJOR_TEXT = 3,
    MAJOR_ARRAY = 4,
    MAJOR_MAP = 5,
    MAJOR_TAG = 6,
    MAJOR_SIMPLE = 7
};

enum {
    TAG_BIGNUM = 2,
    TAG_NEGATIVE_BIGNUM = 3,
    TAG_TUPLE = 6,
    TAG_FROZENSET = 7,
    TAG_HANDLE = 8,
    TAG_OWN = 9,
    TAG_BUFFER = 10,
    TAG_SURROGATES = 11,
    TAG_RECORD = 12,
    TAG_SET = 258
};

enum {
    BYTE_FALSE = 0xF4,
    BYTE_TRUE = 0xF5,
    BYTE_NULL = 0xF6,
    BYTE_FLOAT = 0xFB /* and 8 bytes */
};

/* The one NaN: what a worker computed into the others stays there. */
#define FLOAT_NAN UINT64_C(0x7FF8000000000000)

#endif
