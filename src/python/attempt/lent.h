/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what importlib executes is the body of the module that was found.
 * Code gets the name of a module from the import that is open, and there is
 * much that is called while one is: path hooks, the flags of sys, the dict of
 * modules. What one of those has importlib execute is lent a name.
 */
#ifndef STK_PYTHON_LENT_H
#define STK_PYTHON_LENT_H

#include <stdbool.h>

#include "python/attempt/attempt.h"

/* A finder has found `spec`: notes what will load it. 0 or -1. */
int stk_lent_found(stk_interp *state, stk_attempt_open *attempt,
                   PyObject *spec);

/*
 * True when `code`, which importlib executes now, comes from the loader that
 * was found, for the first time, by the functions that CPython has for it.
 */
bool stk_lent_is_own(stk_interp *state, stk_attempt_open *attempt,
                     PyCodeObject *code);

#endif
