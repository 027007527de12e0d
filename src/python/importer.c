/* SPDX-License-Identifier: Apache-2.0 */
/* Importers as numbers: the same number for the same module, for good. */
#include "python/importer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/*
 * Process-wide, because deep-frozen code objects are shared by the
 * interpreters of a process. Entries are never removed: a number in a tag
 * must mean the same for as long as the code lives.
 */
typedef struct importer_entry {
    stk_importer importer; /* its name owned */
    uint32_t brought_by;
} importer_entry;

static struct {
    pthread_mutex_t lock;
    importer_entry *entries; /* [0] is unknown */
    uint32_t n;
    uint32_t *slots; /* open addressing; 0: free */
    uint32_t size;   /* a power of two */
} table = { PTHREAD_MUTEX_INITIALIZER, NULL, 0, NULL, 0 };

static uint32_t
hash_importer(const importer_entry *wanted)
{
    uint32_t hash = 2166136261u ^ wanted->importer.flags;

    hash = (hash ^ wanted->brought_by) * 16777619u;
    for (const char *c = wanted->importer.name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return hash;
}

static bool
same_entry(const importer_entry *a, const importer_entry *b)
{
    return a->importer.flags == b->importer.flags &&
           a->brought_by == b->brought_by &&
           !strcmp(a->importer.name, b->importer.name);
}

static uint32_t *
find_slot(const importer_entry *wanted)
{
    uint32_t at = hash_importer(wanted) & (table.size - 1);

    while (table.slots[at] &&
           !same_entry(&table.entries[table.slots[at]], wanted))
        at = (at + 1) & (table.size - 1);
    return &table.slots[at];
}

static int
grow_table(void)
{
    uint32_t size = table.size ? table.size * 2 : 256;
    uint32_t *slots = calloc(size, sizeof *slots);
    importer_entry *entries =
        realloc(table.entries, size / 2 * sizeof *entries);

    if (entries)
        table.entries = entries;
    if (!slots || !entries) {
        free(slots);
        return -1;
    }
    if (table.n == 0) {
        table.entries[0] =
            (importer_entry){ { NULL, STK_REQUEST_UNKNOWN }, 0 };
        table.n = 1;
    }
    free(table.slots);
    table.slots = slots;
    table.size = size;
    for (uint32_t i = 1; i < table.n; i++)
        *find_slot(&table.entries[i]) = i;
    return 0;
}

static uint32_t
add_importer(uint32_t *slot, const importer_entry *wanted)
{
    char *copy = stk_text_dup(wanted->importer.name);

    if (!copy)
        return 0;
    table.entries[table.n] = *wanted;
    table.entries[table.n].importer.name = copy;
    *slot = table.n;
    return table.n++;
}

uint32_t
stk_importer_number(const char *name, uint32_t flags, uint32_t brought_by)
{
    importer_entry wanted = { { name, flags }, brought_by };
    uint32_t number = 0, *slot;

    pthread_mutex_lock(&table.lock);
    if (table.n < table.size / 2 || grow_table() == 0) {
        slot = find_slot(&wanted);
        number = *slot ? *slot : add_importer(slot, &wanted);
    }
    pthread_mutex_unlock(&table.lock);
    return number;
}

static importer_entry
get_entry(uint32_t number)
{
    importer_entry found = { { NULL, STK_REQUEST_UNKNOWN }, 0 };

    pthread_mutex_lock(&table.lock);
    if (number > 0 && number < table.n)
        found = table.entries[number];
    pthread_mutex_unlock(&table.lock);
    return found;
}

stk_importer
stk_importer_get(uint32_t number)
{
    return get_entry(number).importer;
}

uint32_t
stk_importer_brought_by(uint32_t number)
{
    return get_entry(number).brought_by;
}
