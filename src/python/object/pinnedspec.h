/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spec (PEP 451) that answers the same each time and that nobody changes:
 * what was judged is what _imp makes the module of. Those of importlib can be
 * changed by whatever runs in between: another thread, an audit hook, a
 * callback of the garbage collector, which gets hold of any object.
 */
#ifndef STK_PYTHON_PINNEDSPEC_H
#define STK_PYTHON_PINNEDSPEC_H

#include <stdbool.h>

#include "python/object/state.h"

/* The same fields as `spec`, which may be anybody's: a new reference, `spec`
 * itself where it is a pinned one. NULL with an exception: it has no name. */
PyObject *stk_pinned_spec_of(stk_interp *state, PyObject *spec);

/* One without a loader, for the verified file `origin` (str) of the module
 * `name` (exact str). A new reference, or NULL with an exception. */
PyObject *stk_pinned_spec_verified(stk_interp *state, PyObject *name,
                                   PyObject *origin);

/* Exact str; borrowed. Of pinned ones alone. */
PyObject *stk_pinned_spec_name(PyObject *pinned);
/* A str is exact; it may be any object. Borrowed. */
PyObject *stk_pinned_spec_origin(PyObject *pinned);

/* Whether it was made by stk_pinned_spec_verified(). */
bool stk_pinned_spec_is_verified(PyObject *pinned);

#endif
