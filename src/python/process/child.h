/* SPDX-License-Identifier: Apache-2.0 */
/* This process, started by multiprocessing for a guarded one. */
#ifndef STK_PYTHON_CHILD_H
#define STK_PYTHON_CHILD_H

#include <stockade/guard.h>

#include "python/object/state.h"

#define STK_CHILD_MODULE "multiprocessing.spawn"

/* Where it is told, among what multiprocessing tells it, who wants it. */
#define STK_CHILD_KEY "stockade"

/* What the process that has started this one says of it. */
typedef struct stk_child {
    PyObject *creators;  /* borrowed; [(name or None, flags), ...] */
    stk_file_id program; /* the file of the main module */
    PyObject *places;    /* borrowed; (list of str, nanoseconds) */
} stk_child;

/* stk_install(), where nothing of the program ran yet. 0, or -1 with an
 * exception. */
int stk_child_begin(stk_guard *guard, const stk_child *child);

/* The same where a guard stands already: site has installed it, as it has in
 * the parent. It has to be of the same policy, and no code of the program may
 * have run. */
int stk_child_join(const stk_guard_options *wanted, const stk_child *child);

/* multiprocessing.spawn.prepare, for a function that carries it. */
PyObject *stk_child_prepare(PyObject *self, PyObject *args, PyObject *kwargs);

/* `path` is opened for that: it is the program, whatever a module of this file
 * would be called. */
bool stk_child_reads_main(const stk_interp *state, PyObject *path);

/* `code`, which is executed now, is the main module that multiprocessing
 * imports again: of the same file, and nothing else is on the stack. */
bool stk_child_runs_main(const stk_interp *state, PyCodeObject *code);

#endif
