/* SPDX-License-Identifier: Apache-2.0 */
/* Where our finder stands in sys.meta_path: first. */
#ifndef STK_PYTHON_METAPATH_H
#define STK_PYTHON_METAPATH_H

#include "python/object/state.h"

/* Puts it there. Returns 0 when it was, 1 when it was not, or -1 with an
 * exception. `*before`: a new list of the finders that were put before it, or
 * NULL. */
int stk_metapath_mend(stk_interp *state, PyObject **before);

/*
 * A sys.meta_path that was emptied holds us and nothing else; importlib warns
 * of an empty one. Takes us out until stk_metapath_step_back(), which is
 * given what this returns: NULL when there was nothing to do.
 */
PyObject *stk_metapath_step_aside(stk_interp *state);
void stk_metapath_step_back(stk_interp *state, PyObject *list);

#endif
