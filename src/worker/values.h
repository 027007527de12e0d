/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python objects to values of the wire and back. Both ends use it: what
 * crosses by value is one list of exact types, and what does not is for
 * `other` and `handle` to say.
 *
 * Nothing is made from what a peer names: no class, no attribute, no import.
 */
#ifndef STK_WORKER_VALUES_H
#define STK_WORKER_VALUES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "wire/reader.h"
#include "wire/writer.h"

/* What each end makes of objects; NULL: none cross. */
typedef struct stk_crossing {
    void *payload;
    /* Writes one that is of no type below. 0, or -1 with an exception. */
    int (*other)(void *payload, stk_writer *writer, PyObject *object);
    /* It takes any object, as a worker's does, so that a time in a zone of
     * somebody's own is one more of those; and types are read, not written. */
    bool takes_all;
    /* One of ours that comes back. New reference. */
    PyObject *(*own)(void *payload, uint64_t id);
    /* One of the peer's; `count` values follow. New reference. */
    PyObject *(*handle)(void *payload, stk_reader *reader, size_t count);
    /* Bytes in the frame's descriptor of that index. New reference. */
    PyObject *(*buffer)(void *payload, unsigned index, size_t length);
    /* One of the fixed few that records.c makes values of, which is not in
     * sys.modules. New reference; NULL with ImportError. */
    PyObject *(*module)(void *payload, const char *name);
    /* The time zone of that key, an exact str of fit letters. New reference;
     * NULL with ImportError. */
    PyObject *(*zone)(void *payload, PyObject *key);
} stk_crossing;

/* Writes one value. 0, or -1 with an exception: TypeError for what cannot
 * cross, ValueError for too much of it, RecursionError for too deep. */
int stk_values_write(stk_writer *writer, PyObject *object,
                     const stk_crossing *crossing);

/* Reads one value. New reference; NULL with ValueError: the peer is at
 * fault; ImportError: we lack what it takes; or MemoryError. */
PyObject *stk_values_read(stk_reader *reader, const stk_crossing *crossing);
/* The same, of what ends there: ValueError for more behind it. */
PyObject *stk_values_read_whole(stk_reader *reader,
                                const stk_crossing *crossing);

/* Reads one token of that type, for `handle`: 0, or -1 with ValueError. */
int stk_values_expect(stk_reader *reader, enum stk_value_type type,
                      stk_token *token);

/* Whether it is a plain value, no object in it, of at most that many bytes on
 * the wire. */
bool stk_values_is_plain(PyObject *object, size_t bytes);

/* The writer failed, as its calls said: -1, with the exception. */
int stk_values_fail(stk_writer *writer);

#endif
