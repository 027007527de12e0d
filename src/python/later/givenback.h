/* SPDX-License-Identifier: Apache-2.0 */
/* For whom a callable was carried that was given back as it was set. */
#ifndef STK_PYTHON_GIVENBACK_H
#define STK_PYTHON_GIVENBACK_H

#include "python/object/state.h"

/* Keeps for whom `carrier` carries, for as long as somebody has what it
 * carries. 0, or -1 with an exception. */
int stk_givenback_keep(stk_interp *state, PyObject *carrier);

/* A carrier for those for whom `function` was carried, a new reference; what
 * it carries itself is of no meaning. NULL without an exception: none. */
PyObject *stk_givenback_find(const stk_interp *state, PyObject *function);

#endif
