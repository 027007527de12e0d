/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A callable written in C has no frame: put where importlib calls finders,
 * path hooks, loaders, locks or its own helpers, it asks in the name of
 * whoever imports next. Who has put it there is not known.
 */
#ifndef STK_PYTHON_PLANTED_H
#define STK_PYTHON_PLANTED_H

#include <stdbool.h>

#include "python/object/state.h"

/*
 * True when what is asked for now, by the name `said` (an exact str, or NULL
 * for no import), is nothing that the imports which are under way lead to:
 * C code asks that they have called.
 */
bool stk_planted_asks(const stk_interp *state, PyObject *said);

#endif
