/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which modules of a worker are the standard library's: what they import is
 * their own business.
 */
#ifndef STK_WORKER_LIBRARY_H
#define STK_WORKER_LIBRARY_H

#include <Python.h>
#include <stdbool.h>

/* Notes those that are loaded. While sys.path still says where they are. 0,
 * or -1 with an exception. */
int stk_library_init(void);

/* Notes that module `name` is one, where its `origin` (any object) says so;
 * or whatever that says. 0, -1. */
int stk_library_note(PyObject *name, PyObject *origin);
int stk_library_add(PyObject *name);

/* Whether the module of that name (any object) is one. */
bool stk_library_has(PyObject *name);

#endif
