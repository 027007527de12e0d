/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules that a worker has without asking for their code: what the zygote
 * loaded, and what store.h has of the standard library. They are not in
 * sys.modules: that they are here is no permission, the host is asked for
 * each of them.
 */
#ifndef STK_WORKER_KEPT_H
#define STK_WORKER_KEPT_H

#include <Python.h>
#include <stdbool.h>

/* Takes what the interpreter can do without out of sys.modules; `stored`: the
 * store may be used. 0, or -1 with an exception. */
int stk_kept_take(bool stored);

bool stk_kept_has(PyObject *name);

/* The module, executed now if it was not before. New reference; NULL without
 * an exception when there is none. */
PyObject *stk_kept_get(PyObject *name);

/* Whether `module` (any object) is the one that is kept as `name`. */
bool stk_kept_is(PyObject *name, PyObject *module);

/* What is kept as `name`, where it was executed. Borrowed; NULL without an
 * exception. */
PyObject *stk_kept_executed(const char *name);

/* The spec that it was loaded with, or would be. New reference; None where it
 * has none. */
PyObject *stk_kept_known(PyObject *name);

/* One that we need ourselves, also of those that are built in. New
 * reference. */
PyObject *stk_kept_import(const char *name);

/* The names of those that were executed. New reference; list. */
PyObject *stk_kept_names(void);

/* Executes all that is in the store. Total: what fails, fails again when it
 * is needed. */
void stk_kept_complete(void);

/* True while one is executed: what that imports is its own. Then
 * the spec of `name`, of which the host knows nothing. New reference; None:
 * there is none. */
bool stk_kept_is_loading(void);
PyObject *stk_kept_spec(PyObject *name);

/* For the loader of such a spec: machine code, and Python code. New
 * references. */
PyObject *stk_kept_create(PyObject *spec);
PyObject *stk_kept_execute(PyObject *module);
PyObject *stk_kept_code(PyObject *name);
/* The code of a module that is frozen into this Python. New reference. */
PyObject *stk_kept_frozen(PyObject *name);

#endif
