/* SPDX-License-Identifier: Apache-2.0 */
/* What sys.modules has. */
#ifndef STK_PYTHON_LOADED_H
#define STK_PYTHON_LOADED_H

#include "python/object/compat.h"
#include "python/object/state.h"

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

/* True where the standard library has `module` as `name`, beside its `own`
 * (exact strs), and sys.modules has it as both: the rules for `name` have
 * decided of it. */
bool stk_module_has_names(PyObject *module, PyObject *name, PyObject *own);

/* The namespace of a loaded module, borrowed; NULL when there is none. */
PyObject *stk_module_namespace(const char *name);

/* Calls the function `name` of a namespace with one argument, or two. A new
 * reference; NULL with what it raised, or ImportError where there is none. */
PyObject *stk_namespace_call(PyObject *dict, const char *name, PyObject *first,
                             PyObject *second);

/* True where sys.modules is the dict that it was made as. */
bool stk_modules_are_plain(const stk_interp *state);

/* sys.modules[name], whatever mapping that is now: 1 with a new reference,
 * which may be None; 0; or -1 with an exception. */
int stk_modules_find(const stk_interp *state, PyObject *name,
                     PyObject **module);

/* sys.modules[name] = module; NULL takes it out. 0 or -1. */
int stk_modules_put(const stk_interp *state, PyObject *name, PyObject *module);

#endif
