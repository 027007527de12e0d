/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects that the peer has handles of: a worker's that the host has, and
 * functions of the host's that a worker was lent. They are alive until it lets
 * go of them. An id is never used again in a worker's life. An object that is
 * handed out again has the id that it had, and is let go of as often as it was
 * sent: the peer may release one that is on its way to it.
 */
#ifndef STK_WORKER_OBJECTS_H
#define STK_WORKER_OBJECTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

/* What an object is to the peer: which proxy stands for it. The numbers are
 * on the wire. */
enum stk_object_kind {
    STK_OBJECT_INSTANCE = 0,
    STK_OBJECT_MODULE = 1,
    STK_OBJECT_FUNCTION = 2,
    STK_OBJECT_CLASS = 3,
    STK_OBJECT_ITERATOR = 4,
    STK_OBJECT_COROUTINE = 5, /* whatever can be awaited */
    STK_OBJECT_ASYNC_FUNCTION = 6,
    STK_OBJECT_ASYNC_ITERATOR = 7
};
#define STK_OBJECT_KINDS 8

/* Handles that a peer may hold at a time. */
#define STK_OBJECTS_MAX 100000u

typedef struct stk_objects {
    PyObject *by_id;      /* strong; {id: [object, times sent]} */
    PyObject *by_address; /* strong; {address: id} */
    uint64_t last;        /* id */
} stk_objects;

int stk_objects_init(stk_objects *objects);
/* Of none, in memory of this process's own. */
int stk_objects_renew(stk_objects *objects);

/* The id of `object`, which is kept: one sending more. 0 with an
 * exception. */
uint64_t stk_objects_send(stk_objects *objects, PyObject *object);

/* Borrowed; NULL with ReferenceError for what was let go of, or never was. */
PyObject *stk_objects_get(const stk_objects *objects, uint64_t id);

/* Lets go of `times` sendings. What is not there is no error. */
void stk_objects_release(stk_objects *objects, uint64_t id, uint64_t times);

/* Whether `object` is one of them: itself, not one that is equal. */
bool stk_objects_has(const stk_objects *objects, PyObject *object);

/* Lets go of all of them. Their ids stay used. */
void stk_objects_forget(stk_objects *objects);

enum stk_object_kind stk_objects_kind(PyObject *object);
/* A function or a method, of Python or of C. */
bool stk_objects_is_function(PyObject *object);

/* Bytes of a title, at most. */
#define STK_OBJECTS_TITLE 200

/* What it is, for people: "function main", "class Box", "Box object". Writes
 * UTF-8, no NUL behind it; how many bytes. Runs no code. */
size_t stk_objects_title(PyObject *object, char *out, size_t size);

#endif
