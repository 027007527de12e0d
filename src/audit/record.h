/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a record: the table that writing and reading share. */
#ifndef STK_AUDIT_RECORD_H
#define STK_AUDIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include <stockade/audit.h>

enum stk_field_kind {
    STK_FIELD_VERSION, /* no member: STK_RECORD_VERSION */
    STK_FIELD_UINT64,
    STK_FIELD_UINT32,
    STK_FIELD_INT64,
    STK_FIELD_BOOL,
    STK_FIELD_TIME, /* uint64_t of microseconds, written as text */
    STK_FIELD_TEXT
};

typedef struct stk_field {
    const char *name;
    const char *key; /* `,"name":`, as it stands in a line */
    size_t key_length;
    enum stk_field_kind kind;
    size_t offset;         /* in stk_record */
    bool always;           /* written when zero too, and must be read */
    const char *otherwise; /* for an `always` text that is NULL */
} stk_field;

#define STK_FIELDS 29u
extern const stk_field stk_record_fields[STK_FIELDS]; /* in written order */

/* `prev` of the first record of a chain. */
#define STK_HASH_HEX 65u /* 64 hex digits and a NUL */
extern const char stk_hash_none[STK_HASH_HEX];

/* Texts longer than this are cut in a record that would pass the bound. */
#define STK_RECORD_CUT 8192u

#endif
