/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules of the standard library that every worker has, in memory before it
 * is locked down and executed when somebody first needs them: a worker that
 * is waited for does not wait for all of them. Knows no objects of Python's:
 * it is filled while Python starts.
 */
#ifndef STK_WORKER_STORE_H
#define STK_WORKER_STORE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct stk_stored {
    const char *name;
    bool package;
    const char *path;          /* of the source, or of the machine code */
    const unsigned char *code; /* marshalled; NULL: machine code */
    size_t length;
} stk_stored;

/* Reads Python code below `library` and loads machine code from `machine`.
 * Once; without Python's lock. */
void stk_store_fill(const char *library, const char *machine);

/* True when all of the Python code is there, and is that of an interpreter
 * with this magic number. */
bool stk_store_is_whole(long magic);

/* NULL where there is none. */
const stk_stored *stk_store_find(const char *name);

/* One after the other, from 0; NULL behind the last. */
const stk_stored *stk_store_at(size_t index);

/* The same for the names of all machine code that is wanted. */
const char *stk_store_name(size_t index);

#endif
