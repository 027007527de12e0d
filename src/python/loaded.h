/* SPDX-License-Identifier: Apache-2.0 */
/* What sys.modules has. */
#ifndef STK_PYTHON_LOADED_H
#define STK_PYTHON_LOADED_H

#include "python/compat.h"

/*
 * dict[key], a new reference; NULL without an exception when it is not
 * there. Looking into a dict that Python code can write may run its code: a
 * key with the same hash is asked whether it is equal. Whoever borrows
 * before that holds what may be gone after it.
 */
PyObject *stk_dict_get(PyObject *dict, PyObject *key);

/* sys.modules[name], a new reference; NULL without an exception when it is
 * not there, or None. */
PyObject *stk_module_loaded(PyObject *name);

/* The namespace of a loaded module, borrowed; NULL when there is none. */
PyObject *stk_module_namespace(const char *name);

/* Calls the function `name` of a namespace with one argument, or two. A new
 * reference; NULL with what it raised, or ImportError where there is none. */
PyObject *stk_namespace_call(PyObject *dict, const char *name, PyObject *first,
                             PyObject *second);

#endif
