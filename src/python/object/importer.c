/* SPDX-License-Identifier: Apache-2.0 */
/* Importers as numbers: the same number for the same module, for good. */
#include "python/object/importer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/*
 * Process-wide, because deep-frozen code objects are shared by the
 * interpreters of a process. Entries are never removed: a number in a tag
 * must mean the same for as long as the code lives. Nor are they moved: each
 * import asks for a dozen, and takes no lock.
 */
typedef struct importer_entry {
    stk_importer importer; /* its name owned */
    uint32_t brought_by;
    bool in_stdlib;
} importer_entry;

/* Chunk k has FIRST << k entries. */
#define FIRST  128u
#define CHUNKS 24u

static struct {
    pthread_mutex_t lock;
    importer_entry *chunks[CHUNKS];
    _Atomic uint32_t n; /* [0] is unknown; those below are written */
    uint32_t *slots;    /* open addressing; 0: free */
    uint32_t size;      /* a power of two */
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

static importer_entry *
entry_at(uint32_t number)
{
    uint32_t at = number + FIRST;
    unsigned chunk = (unsigned)(__builtin_clz(FIRST) - __builtin_clz(at));

    return &table.chunks[chunk][at - (FIRST << chunk)];
}

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

    while (table.slots[at] && !same_entry(entry_at(table.slots[at]), wanted))
        at = (at + 1) & (table.size - 1);
    return &table.slots[at];
}

static int
grow_slots(uint32_t n)
{
    uint32_t size = table.size ? table.size * 2 : 2 * FIRST;
    uint32_t *slots = calloc(size, sizeof *slots);

    if (!slots)
        return -1;
    free(table.slots);
    table.slots = slots;
    table.size = size;
    for (uint32_t i = 1; i < n; i++)
        *find_slot(entry_at(i)) = i;
    return 0;
}

/* Entry `n`, which is none yet; NULL when there is no room. */
static importer_entry *
make_entry(uint32_t n)
{
    unsigned chunk =
        (unsigned)(__builtin_clz(FIRST) - __builtin_clz(n + FIRST));

    if (chunk >= CHUNKS)
        return NULL;
    if (!table.chunks[chunk])
        table.chunks[chunk] =
            calloc((size_t)FIRST << chunk, sizeof(importer_entry));
    return table.chunks[chunk] ? entry_at(n) : NULL;
}

static uint32_t
add_importer(uint32_t *slot, const importer_entry *wanted, uint32_t n)
{
    importer_entry *entry = make_entry(n);
    char *copy = entry ? stk_text_dup(wanted->importer.name) : NULL;

    if (!copy)
        return 0;
    *entry = *wanted;
    entry->importer.name = copy;
    entry->in_stdlib = !(wanted->importer.flags & STK_REQUEST_STRANGER) &&
                       stk_policy_in_stdlib(copy);
    *slot = n;
    atomic_store_explicit(&table.n, n + 1, memory_order_release);
    return n;
}

/* Number 0 is nobody's. */
static uint32_t
begin_table(void)
{
    uint32_t n = atomic_load_explicit(&table.n, memory_order_relaxed);
    importer_entry *unknown = n == 0 ? make_entry(0) : NULL;

    if (unknown) {
        unknown->importer.flags = STK_REQUEST_UNKNOWN;
        atomic_store_explicit(&table.n, 1, memory_order_release);
        n = 1;
    }
    return n;
}

uint32_t
stk_importer_number(const char *name, uint32_t flags, uint32_t brought_by)
{
    importer_entry wanted = { { name, flags }, brought_by, false };
    uint32_t number = 0, *slot, n;

    pthread_mutex_lock(&table.lock);
    n = begin_table();
    if (n > 0 && (n < table.size / 2 || grow_slots(n) == 0)) {
        slot = find_slot(&wanted);
        number = *slot ? *slot : add_importer(slot, &wanted, n);
    }
    pthread_mutex_unlock(&table.lock);
    return number;
}

static const importer_entry unknown_entry = {
    .importer = { NULL, STK_REQUEST_UNKNOWN },
};

static const importer_entry *
get_entry(uint32_t number)
{
    uint32_t n = atomic_load_explicit(&table.n, memory_order_acquire);

    return number > 0 && number < n ? entry_at(number) : &unknown_entry;
}

stk_importer
stk_importer_get(uint32_t number)
{
    return get_entry(number)->importer;
}

uint32_t
stk_importer_brought_by(uint32_t number)
{
    return get_entry(number)->brought_by;
}

bool
stk_importer_in_stdlib(uint32_t number)
{
    return get_entry(number)->in_stdlib;
}
