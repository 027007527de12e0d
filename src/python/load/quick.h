/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An accelerator: a module that must be signed, or where none must, is found,
 * made, bound and executed in C, as importlib._bootstrap._find_and_load()
 * would, with its lock, its `_initializing`, sys.modules, its parent and its
 * errors. Nothing is decided here: without it finders and loaders do the
 * same, more slowly.
 *
 * What shows, of what is signed: no frames of importlib below a module's body,
 * and no audit event `open`.
 */
#ifndef STK_PYTHON_QUICK_H
#define STK_PYTHON_QUICK_H

#include "python/attempt/attempt.h"
#include "python/object/state.h"

/* True for an attempt to import `name` that it can serve. */
bool stk_quick_serves(stk_interp *state, const stk_attempt_open *attempt,
                      PyObject *name);

/* What `_find_and_load(name, import)` returns, for an attempt that is open. */
PyObject *stk_quick_load(stk_interp *state, stk_attempt_open *attempt,
                         PyObject *name, PyObject *import);

#endif
