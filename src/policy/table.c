/* SPDX-License-Identifier: Apache-2.0 */
/* A growing table of texts, each with a number. */
#include "policy/table.h"

#include <stdlib.h>
#include <string.h>

#include "policy/name.h"

#define SLOTS_LEAST 64u

void
stk_table_clear(stk_table *table)
{
    free(table->slots);
    free(table->keys);
    memset(table, 0, sizeof *table);
}

static uint32_t
hash_text(const char *text, size_t length)
{
    return stk_table_mix(stk_hash(text, length));
}

static uint32_t
find_hashed(const stk_table *table, uint32_t hash, const char *text,
            size_t length)
{
    if (!table->slots)
        return STK_TABLE_NONE;
    for (uint32_t at = hash & table->mask; table->slots[at].number;
         at = (at + 1) & table->mask) {
        uint32_t number = table->slots[at].number - 1;

        if (table->slots[at].hash == hash &&
            table->keys[number].length == length &&
            !memcmp(table->keys[number].text, text, length))
            return number;
    }
    return STK_TABLE_NONE;
}

uint32_t
stk_table_find(const stk_table *table, const char *text, size_t length)
{
    return find_hashed(table, hash_text(text, length), text, length);
}

static void
put_slot(stk_slot *slots, uint32_t mask, stk_slot slot)
{
    uint32_t at = slot.hash & mask;

    while (slots[at].number)
        at = (at + 1) & mask;
    slots[at] = slot;
}

static bool
set_slots(stk_table *table, uint32_t size)
{
    stk_slot *slots = calloc(size, sizeof *slots);

    if (!slots)
        return false;
    for (uint32_t i = 0; table->slots && i <= table->mask; i++)
        if (table->slots[i].number)
            put_slot(slots, size - 1, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->mask = size - 1;
    return true;
}

static bool
grow_slots(stk_table *table)
{
    return set_slots(table,
                     table->slots ? (table->mask + 1) * 2 : SLOTS_LEAST);
}

static bool
set_keys(stk_table *table, uint32_t size)
{
    stk_key *keys = reallocarray(table->keys, size, sizeof *keys);

    if (!keys)
        return false;
    table->keys = keys;
    table->size = size;
    return true;
}

static bool
grow_keys(stk_table *table)
{
    return set_keys(table, table->size ? table->size * 2 : SLOTS_LEAST);
}

bool
stk_table_reserve(stk_table *table, size_t n)
{
    uint32_t size = SLOTS_LEAST;

    if (n > UINT32_MAX / 8)
        return false;
    while (size / 2 < n)
        size *= 2;
    return (table->slots && table->mask + 1 >= size) ||
           (set_slots(table, size) &&
            (table->size >= size / 2 || set_keys(table, size / 2)));
}

uint32_t
stk_table_add(stk_table *table, const char *text, size_t length)
{
    stk_slot slot = { hash_text(text, length), table->used + 1 };
    uint32_t number = find_hashed(table, slot.hash, text, length);

    if (number != STK_TABLE_NONE)
        return number;
    if (table->used == table->size && !grow_keys(table))
        return STK_TABLE_NONE;
    if ((!table->slots || table->used >= (table->mask + 1) / 2) &&
        !grow_slots(table))
        return STK_TABLE_NONE;
    put_slot(table->slots, table->mask, slot);
    table->keys[table->used] = (stk_key){ text, length };
    return table->used++;
}
