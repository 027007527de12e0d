/* SPDX-License-Identifier: Apache-2.0 */
/* The places that code came from when the program began: what comes from
 * another one, somebody in it has brought. */
#ifndef STK_PYTHON_PLACES_H
#define STK_PYTHON_PLACES_H

#include <stdbool.h>

#include "python/object/state.h"

/* Notes sys.path as it is now, once. 0 or -1 with an exception. */
int stk_places_note(stk_interp *state);

/* True unless `spec` leads `name` (exact) to a place that was not noted, or
 * to a loader that tells no place. */
bool stk_places_know(const stk_interp *state, PyObject *name, PyObject *spec);

#endif
