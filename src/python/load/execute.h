/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a module, executed for a loader of ours. */
#ifndef STK_PYTHON_EXECUTE_H
#define STK_PYTHON_EXECUTE_H

#include "python/object/state.h"

/* Executes `code`, which `loader` (one of ours) has, as the body of `module`.
 * New reference to None. */
PyObject *stk_execute_body(stk_interp *state, PyObject *loader, PyObject *code,
                           PyObject *module);

/* Calls a function that executes the body of `module` for `loader`, so that a
 * traceback begins with the module. What it returns. */
PyObject *stk_execute_through(const stk_interp *state, PyMethodDef *definition,
                              PyObject *loader, PyObject *module);

#endif
