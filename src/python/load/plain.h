/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module that need not be signed, for quick.c: found along sys.path or its
 * parent's, with the code that importlib keeps of its source. Wherever
 * anything is not as CPython has it, importlib is left to do it.
 */
#ifndef STK_PYTHON_PLAIN_H
#define STK_PYTHON_PLAIN_H

#include "python/attempt/attempt.h"
#include "python/load/walk.h"

/* True where nothing that is imported need be signed, nobody watches
 * importlib at work, it is as it was, and `name` is an ordinary one to it. */
bool stk_plain_serves(stk_interp *state, PyObject *name);

/* True where `name`, which runs in a worker, is one to be found as such. */
bool stk_plain_serves_worker(stk_interp *state, PyObject *name);

/* The spec for `query`, a name and where to look, judged and recorded: a new
 * reference. NULL without an exception where importlib is to look. */
PyObject *stk_plain_find(stk_interp *state, stk_attempt_open *attempt,
                         PyObject *const *query, stk_walked *found);

/* The code of what was found: a new reference. NULL without an exception
 * where importlib is to get it. */
PyObject *stk_plain_code(const stk_interp *state, const stk_walked *found,
                         PyObject *spec, PyObject *loader);

/* Where importlib keeps the code of `file`, which `spec` is told: a new
 * reference; NULL without an exception where that is not to be told. */
PyObject *stk_plain_cached(const stk_interp *state, PyObject *file,
                           PyObject *spec);

/* Has importlib execute a body: a new reference, or NULL with an exception. */
PyObject *stk_plain_run(const stk_interp *state, PyObject *code,
                        PyObject *dict);

#endif
