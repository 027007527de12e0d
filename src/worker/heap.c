/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker allocates, apart from what it shares. */
#include "worker/heap.h"

#include <stdint.h>

#include "worker/compat.h"

/* Of obmalloc: what it serves, by classes of so many bytes, in pools that
 * each have a head and then blocks of one class. */
#define CLASS     16u
#define LARGEST   512u
#define POOL_HEAD 48u
#define POOL                                                                  \
    (PY_VERSION_HEX >= 0x030A0000 && sizeof(void *) > 4 ? 16384u : 4096u)

/* More than there are: with another allocator none is ever the first. */
#define BLOCKS_MAX 65536u

/* What fills a hole, so that nobody takes it for lost. */
typedef struct filling {
    struct filling *next;
} filling;

static filling *all;

static void
keep(void *block)
{
    filling *at = block;

    at->next = all;
    all = at;
}

/* The first of a pool that nothing else is in: there was no hole left. */
static bool
begins_pool(const void *block)
{
    return ((uintptr_t)block & (POOL - 1)) == POOL_HEAD;
}

static void
fill_class(size_t size)
{
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        void *block = PyObject_Malloc(size);

        if (!block || begins_pool(block)) {
            PyObject_Free(block);
            return;
        }
        keep(block);
    }
}

void
stk_heap_fill(void)
{
    for (size_t size = CLASS; size <= LARGEST; size += CLASS)
        fill_class(size);
}
