/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the import system still what it was? What importlib executes in the
 * name of a standard-library module is trusted only while the functions that
 * fetched it are CPython's.
 */
#ifndef STK_PYTHON_PINS_H
#define STK_PYTHON_PINS_H

#include <stdbool.h>

#include "python/state.h"

/* Notes importlib's functions and classes as they are. 0 or -1. */
int stk_pins_set(stk_interp *state);

/* True while all of them are the same. */
bool stk_pins_hold(stk_interp *state);

#endif
