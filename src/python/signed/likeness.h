/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tools expect of a loader of files beside what importlib itself calls:
 * the attributes of CPython's own, and that isinstance() finds it to be one.
 * pkg_resources and others choose by that what they do with a module.
 */
#ifndef STK_PYTHON_LIKENESS_H
#define STK_PYTHON_LIKENESS_H

#include "python/object/state.h"

/* The class of importlib that `loader.__class__` tells, its real type being
 * stockade.VerifiedLoader. New reference. */
PyObject *stk_likeness_class(bool is_extension);

/* Methods of the loader; `self` is one. */
PyObject *stk_likeness_load_module(PyObject *self, PyObject *name);
PyObject *stk_likeness_path_stats(PyObject *self, PyObject *path);
PyObject *stk_likeness_path_mtime(PyObject *self, PyObject *path);
PyObject *stk_likeness_source_to_code(PyObject *self, PyObject *args,
                                      PyObject *kwargs);

/* It is found anew where it is unpickled: its bytes do not travel. */
PyObject *stk_likeness_reduce(PyObject *self, PyObject *unused);

/* _stockade._loader_of(): what a pickle of a loader calls. */
PyObject *stk_likeness_find(PyObject *module, PyObject *name);

#endif
