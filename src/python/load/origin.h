/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a module would come from: whether a spec leads into the standard
 * library of this interpreter, whatever its attributes say of themselves.
 */
#ifndef STK_PYTHON_ORIGIN_H
#define STK_PYTHON_ORIGIN_H

#include <stdbool.h>

#include "python/object/state.h"

/* Notes the folders and names of this interpreter's standard library.
 * 0 or -1 with an exception. */
int stk_origin_prepare(stk_interp *state);

/* True when the first label of `name` (exact) is a standard-library module
 * of this very interpreter. Test packages are not: many projects have a
 * `test` of their own. */
bool stk_origin_is_stdlib_name(const stk_interp *state, PyObject *name);

/* True when the loader of `spec` is one of CPython's own, unaltered, and
 * will read from the standard library. */
bool stk_origin_in_stdlib(const stk_interp *state, PyObject *name,
                          PyObject *spec);

/* Whether `rest`, what follows a folder in a path, is a file or folder of
 * the first label of `name`. */
bool stk_origin_leads_to(const char *rest, const char *name);

/*
 * The standard-library module whose body `code` is by its co_filename: a
 * new reference to an exact str, or NULL without an exception. A file name
 * may lie; to its own disadvantage alone.
 */
PyObject *stk_origin_of_code(const stk_interp *state, PyCodeObject *code);

/* The standard-library extension that `path` is, links followed, unless the
 * path says itself that it is the one of the name `asked`: likewise. */
PyObject *stk_origin_of_extension(const stk_interp *state, PyObject *asked,
                                  PyObject *path);

/* A plain field of a spec, a new reference; NULL for what is no ModuleSpec
 * of CPython's, for a subclass may answer as it likes. */
PyObject *stk_origin_field(const stk_interp *state, PyObject *spec,
                           PyObject *field);

/*
 * A finder may answer with the spec of another module than `name`: what that
 * says to be, an exact str, a new reference. NULL, without an exception: it is
 * the right one, or says no name, on which importlib fails in its own words.
 * May run code of the spec's class.
 */
PyObject *stk_origin_other_name(const stk_interp *state, PyObject *name,
                                PyObject *spec);

/*
 * The path that a stock file loader will read: a new reference. One can
 * carry a get_code of its own, so that one with anything but the two fields
 * that CPython gives it is not stock: NULL without an exception.
 */
PyObject *stk_origin_stock_path(const stk_interp *state, PyObject *loader);

/* The loader's type, or its own name where the loader is a class. */
const char *stk_origin_loader_name(PyObject *loader);

#endif
