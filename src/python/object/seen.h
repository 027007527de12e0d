/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which importers were recorded with which names: `cached = first` writes
 * each pair once. Plain C: a set of tuples would make work for gc, at every
 * import statement of a program.
 */
#ifndef STK_PYTHON_SEEN_H
#define STK_PYTHON_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "python/object/compat.h"

/* Zero is an empty one. */
typedef struct stk_seen {
    struct stk_pair *pairs; /* open addressing */
    size_t size;            /* a power of two */
    size_t n;
} stk_seen;

/* Notes the pair; `name` is an exact str. Returns 1 when it was there, 0
 * when not, or -1 with an exception. */
int stk_seen_note(stk_seen *seen, uint32_t importer, PyObject *name);

void stk_seen_clear(stk_seen *seen);

#endif
