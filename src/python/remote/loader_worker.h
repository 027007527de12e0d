/* SPDX-License-Identifier: Apache-2.0 */
/* The loader of a module that runs in a worker. */
#ifndef STK_PYTHON_LOADER_WORKER_H
#define STK_PYTHON_LOADER_WORKER_H

#include "python/object/state.h"

/* `found` is the spec of the code, whose loader reads it. New reference. */
PyObject *stk_isolated_loader_new(stk_interp *state, PyObject *name,
                                  PyObject *found);

/* exec_module(): 0, or -1 with an exception. */
int stk_isolated_loader_execute(PyObject *loader, PyObject *module);

bool stk_isolated_loader_check(PyObject *loader);

/* Their type. New reference. */
PyObject *stk_isolated_loader_type(void);

#endif
