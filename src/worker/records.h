/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of Python that CBOR has no type for: a number that says which, then
 * parts that are plain. Of exact types alone, from a fixed table; what a
 * peer sends names no class and no module.
 */
#ifndef STK_WORKER_RECORDS_H
#define STK_WORKER_RECORDS_H

#include <stdbool.h>

#include "worker/values.h"

/* Of the wire; never used again for something else. */
enum stk_record {
    STK_RECORD_DATE = 1,       /* day of the proleptic calendar, 1 first */
    STK_RECORD_TIME = 2,       /* microsecond of the day, fold, zone */
    STK_RECORD_DATETIME = 3,   /* day, then as a time */
    STK_RECORD_TIMEDELTA = 4,  /* days, seconds, microseconds */
    STK_RECORD_TIMEZONE = 5,   /* timedelta, name or None */
    STK_RECORD_DECIMAL = 6,    /* as text */
    STK_RECORD_FRACTION = 7,   /* numerator, denominator */
    STK_RECORD_UUID = 8,       /* 16 bytes */
    STK_RECORD_COMPLEX = 9,    /* two floats */
    STK_RECORD_RANGE = 10,     /* start, stop, step */
    STK_RECORD_SLICE = 11,     /* the same, each an int or None */
    STK_RECORD_BYTEARRAY = 12, /* bytes */
    STK_RECORD_ELLIPSIS = 13,
    STK_RECORD_ZONE = 14, /* the key of a ZoneInfo */
    STK_RECORD_TYPE = 15  /* which of inbuilttype.c's: to a worker alone */
};

/* Of such a key: no dot, so no way out of a folder. */
#define STK_RECORD_KEY_MAX 100
#define STK_RECORD_KEY_LETTERS                                                \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/"

/* Letters of a Decimal's text, and how far its digits are from the point, as
 * in IEEE 754's decimal128: int() of 1E+999999 takes half a minute. */
#define STK_RECORD_DECIMAL_MAX  10000
#define STK_RECORD_EXPONENT_MAX 6144

/* Of each of the parts of a Fraction and of a range. */
#define STK_RECORD_FRACTION_BITS 16384

/* Writes one, if it is of these types. 0, or -1 with an exception. */
int stk_records_write(stk_writer *writer, PyObject *object,
                      const stk_crossing *crossing, bool *known);

/* The `count` values of one follow. New reference; NULL with an exception, as
 * stk_values_read(), or an ImportError that is ours. */
PyObject *stk_records_read(stk_reader *reader, size_t count,
                           const stk_crossing *crossing);

/* inbuilttype.c: the number of one of the types of Python's own that a
 * worker is handed as themselves; negative: it is none of them. Total. */
int stk_inbuilt_number(PyObject *object);
/* New reference; NULL with ValueError. */
PyObject *stk_inbuilt_type(PyObject *number);

/* zonekey.c: whether `object` is such a key. Total. */
bool stk_zonekey_is(PyObject *object);
/* Of a ZoneInfo: a tuple of its key. New reference; NULL with TypeError where
 * that is none. */
PyObject *stk_zonekey_parts(PyObject *object);

#endif
