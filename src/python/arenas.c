/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for objects in large pages. Modules are objects, by the megabyte,
 * and the kernel hands out memory one page of 4 KiB at a time: a tenth of
 * what it takes to import from a bundle. What CPython asks for, 256 KiB or
 * 1 MiB at a time, is cut out of runs that the kernel backs by pages of
 * 2 MiB.
 *
 * A run that was never written to is no memory. What CPython gives back goes
 * to the kernel when all of its large page is free, and not before: a hole in
 * one would cost the page, and khugepaged would fill it in a process that
 * sleeps. Interpreters with a GIL of their own share these, and a fork may
 * come at any line: hence no lock.
 */
#include "python/arenas.h"

#include "python/compat.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define LARGE_PAGE ((size_t)2 << 20)
#define RUN        (8 * LARGE_PAGE)
#define PARTS      64u

/* A few modules would use little of a page that takes long to be zeroed. */
#define MODULES_LEAST 32u

typedef struct run {
    struct run *next;
    char *begin;
    _Atomic uint64_t taken; /* a bit each for its parts */
} run;

static PyObjectArenaAllocator before; /* not written once ours is set */
static _Atomic(run *) runs; /* never freed: they are found by address */
static _Atomic size_t part; /* bytes: CPython asks for the same each time */
static atomic_bool unable;

/* NULL, or RUN bytes that begin at a large page. */
static char *
map_run(void)
{
    const size_t all = RUN + LARGE_PAGE;
    char *from = mmap(NULL, all, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t head;

    if (from == MAP_FAILED)
        return NULL;
    head = -(uintptr_t)from & (LARGE_PAGE - 1);
    if (head)
        munmap(from, head);
    munmap(from + head + RUN, LARGE_PAGE - head);
    if (madvise(from + head, RUN, MADV_HUGEPAGE) == 0)
        return from + head;
    munmap(from + head, RUN);
    return NULL;
}

/* With its first part taken. */
static char *
add_run(void)
{
    run *more = malloc(sizeof *more);

    if (!more || !(more->begin = map_run())) {
        free(more);
        /* as a limit on memory may have it: not asked for again */
        atomic_store(&unable, true);
        return NULL;
    }
    atomic_init(&more->taken, 1);
    more->next = atomic_load(&runs);
    while (!atomic_compare_exchange_weak(&runs, &more->next, more))
        ;
    return more->begin;
}

static char *
take_part(run *from, size_t size)
{
    uint64_t all = UINT64_MAX >> (PARTS - RUN / size);
    uint64_t taken = atomic_load(&from->taken);

    while (taken != all) {
        unsigned first = (unsigned)__builtin_ctzll(~taken);

        if (atomic_compare_exchange_weak(&from->taken, &taken,
                                         taken | (uint64_t)1 << first))
            return from->begin + first * size;
    }
    return NULL;
}

static bool
suits(size_t size)
{
    size_t none = 0;

    if (size == 0 || size > LARGE_PAGE || RUN % size != 0 ||
        RUN / size > PARTS)
        return false;
    atomic_compare_exchange_strong(&part, &none, size);
    return atomic_load(&part) == size;
}

/* No memory any more where nothing of the page is used: taken as a whole
 * meanwhile, so that nobody writes there. */
static void
empty_page(run *of, size_t page, size_t size)
{
    size_t parts = LARGE_PAGE / size;
    uint64_t all = ((uint64_t)1 << parts) - 1, taken;

    all <<= page * parts;
    taken = atomic_load(&of->taken);
    while (!(taken & all))
        if (atomic_compare_exchange_weak(&of->taken, &taken, taken | all)) {
            madvise(of->begin + page * LARGE_PAGE, LARGE_PAGE, MADV_DONTNEED);
            atomic_fetch_and(&of->taken, ~all);
            return;
        }
}

/* A part that take() gave away. Not all that lies in a run is one: where the
 * kernel was told to unmap a part, by whoever saw the allocator while it was
 * replaced, there may be anybody's memory. */
static bool
is_part(run *of, const char *at, size_t size)
{
    size_t offset = (size_t)(at - of->begin);

    return size == atomic_load(&part) && offset % size == 0 &&
           atomic_load(&of->taken) >> offset / size & 1u;
}

/* ---- what CPython calls ---------------------------------------------- */

static void *
take(void *context, size_t size)
{
    char *memory = NULL;

    if (suits(size)) {
        for (run *at = atomic_load(&runs); at && !memory; at = at->next)
            memory = take_part(at, size);
        if (!memory && !atomic_load(&unable))
            memory = add_run();
    }
    if (memory)
        return memory;
    atomic_thread_fence(memory_order_acquire);
    return before.alloc(context, size);
}

static void
give_back(void *context, void *memory, size_t size)
{
    char *at = memory;

    for (run *each = atomic_load(&runs); each; each = each->next)
        if (at >= each->begin && at < each->begin + RUN) {
            size_t number;

            if (!is_part(each, at, size))
                break;
            number = (size_t)(at - each->begin) / size;
            atomic_fetch_and(&each->taken, ~((uint64_t)1 << number));
            empty_page(each, (size_t)(at - each->begin) / LARGE_PAGE, size);
            return;
        }
    atomic_thread_fence(memory_order_acquire);
    before.free(context, memory, size);
}

/* ---- whether --------------------------------------------------------- */

/* The allocator that CPython began with: another counts or bounds what it
 * hands out, and would see none of it. One in a program that libpython is
 * linked into, and that has no context, is not told from CPython's. */
static bool
is_pythons(const PyObjectArenaAllocator *allocator)
{
    Dl_info python, theirs[2];

    return !allocator->ctx && allocator->alloc && allocator->free &&
           dladdr((void *)(uintptr_t)PyObject_SetArenaAllocator, &python) &&
           dladdr((void *)(uintptr_t)allocator->alloc, &theirs[0]) &&
           dladdr((void *)(uintptr_t)allocator->free, &theirs[1]) &&
           theirs[0].dli_fbase == python.dli_fbase &&
           theirs[1].dli_fbase == python.dli_fbase;
}

void
stk_arenas_see_module(void)
{
    static atomic_uint modules;
    PyObjectArenaAllocator ours;

    /* one caller, and no more, is the 32nd */
    if (atomic_load(&modules) >= MODULES_LEAST ||
        atomic_fetch_add(&modules, 1) + 1 != MODULES_LEAST)
        return;
    PyObject_GetArenaAllocator(&before);
    if (!is_pythons(&before))
        return;
    ours = (PyObjectArenaAllocator){ NULL, take, give_back };
    /* another interpreter may call ours before the setter is done */
    atomic_thread_fence(memory_order_release);
    PyObject_SetArenaAllocator(&ours);
}
