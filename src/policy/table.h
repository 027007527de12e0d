/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing table of texts, each with a number: the order in which it was
 * added. The slots are what the compiled index keeps.
 */
#ifndef STK_POLICY_TABLE_H
#define STK_POLICY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STK_TABLE_NONE UINT32_MAX

typedef struct stk_slot {
    uint32_t hash;   /* mixed, the whole of it */
    uint32_t number; /* 1 more than the text's; 0: empty */
} stk_slot;

typedef struct stk_key {
    const char *text; /* borrowed */
    size_t length;
} stk_key;

typedef struct stk_table {
    stk_slot *slots; /* owned; a power of two, at most half full */
    uint32_t mask;
    stk_key *keys; /* owned */
    uint32_t used, size;
} stk_table;

void stk_table_clear(stk_table *table);

/* The number of `text`, or STK_TABLE_NONE. */
uint32_t stk_table_find(const stk_table *table, const char *text,
                        size_t length);

/* The same, added when it is new; `text` is borrowed then. STK_TABLE_NONE
 * when memory is out. */
uint32_t stk_table_add(stk_table *table, const char *text, size_t length);

/* Makes room for `n` texts in all. False when memory is out. */
bool stk_table_reserve(stk_table *table, size_t n);

/* FNV's low bits are weak for short texts: mix before masking. */
static inline uint32_t
stk_table_mix(uint32_t hash)
{
    hash ^= hash >> 16;
    hash *= 0x85EBCA6Bu;
    hash ^= hash >> 13;
    return hash;
}

#endif
