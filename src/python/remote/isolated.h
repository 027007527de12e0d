/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that run in a worker: found as any other, loaded there. */
#ifndef STK_PYTHON_ISOLATED_H
#define STK_PYTHON_ISOLATED_H

#include "python/attempt/attempt.h"
#include "python/load/walk.h"
#include "python/remote/isolation.h"

/*
 * The spec that the host gets for a module that must run under the profile
 * that its attempt wants: `found` with another loader. New reference; None
 * where `found` is.
 */
PyObject *stk_isolated_spec(stk_interp *state, PyObject *name,
                            PyObject *found);

/* The same, looked for on the path. */
PyObject *stk_isolated_find(stk_interp *state, PyObject *name, PyObject *path);

/* The same as far as C finds it: NULL without an exception where importlib is
 * to look. */
PyObject *stk_isolated_walk(stk_interp *state, PyObject *name, PyObject *path,
                            stk_walked *out);

/* Where that is a worker that is not there yet: one that is kept ready begins
 * to rehearse, while its code is found and read. */
void stk_isolated_rouse(const stk_interp *state, const stk_wanted *wanted);

/* The worker that the policy in force puts `name` into, started when there is
 * none. New reference. */
PyObject *stk_isolated_worker(stk_interp *state, const char *name);

/* remotemodule.c: a module whose names are in a worker; empty until
 * stk_remote_module_fill(). New references; 0 or -1. */
PyObject *stk_remote_module_new(PyObject *name);
bool stk_remote_module_check(PyObject *object);
int stk_remote_module_fill(PyObject *module, PyObject *remote,
                           PyObject *loaded);

#endif
