/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a module that must be signed: nobody else is asked for it. */
#ifndef STK_PYTHON_SIGNED_H
#define STK_PYTHON_SIGNED_H

#include "guard/evidence.h"
#include "python/attempt/attempt.h"
#include "python/object/state.h"

/* Notes what this Python calls its bytecode and its extensions. 0 or -1. */
int stk_signed_prepare(stk_interp *state);
void stk_signed_forget(stk_interp *state);

/*
 * `__cached__` of the source at `path`, as importlib sets it (PEP 488), though
 * nothing is ever read there: a new reference, or NULL - without an exception
 * where only importlib can tell.
 */
PyObject *stk_signed_cached(const stk_interp *state, const char *path);

/* This Python, as evidence is asked for: borrowed. */
const stk_python *stk_signed_python(const stk_interp *state);

/*
 * Looks for wanted->name, below `path` or on sys.path, and verifies what is
 * there; nothing is recorded. 0 with `out` filled, or -1 with an exception.
 * The caller clears `out`.
 */
int stk_signed_look(const stk_interp *state, const stk_wanted *wanted,
                    PyObject *path, stk_evidence *out);

/* What _find_spec() is asked. Borrowed; `path` may be None. */
typedef struct stk_query {
    PyObject *name; /* exact str */
    PyObject *path;
} stk_query;

/*
 * The spec for a name whose rule wants it signed, found and recorded: a new
 * reference; None where there is no such module; NULL with SignatureError
 * (recorded) or another exception. `*left` is set where the guard only
 * observes and the code is not authentic: then the finders are asked.
 */
PyObject *stk_signed_find(stk_interp *state, stk_attempt_open *attempt,
                          const stk_query *query, bool *left);

/*
 * True for what is built or frozen into the interpreter: that is its binary,
 * not a file, so that importlib's own finders serve it, signed or not.
 */
bool stk_signed_is_inbuilt(const stk_interp *state, PyObject *name);
bool stk_signed_is_builtin(const stk_interp *state, PyObject *name);

/* Refuses, for a name that is inbuilt, a spec that comes from anybody else.
 * Returns 0, or -1 with SignatureError (recorded). */
int stk_signed_judge_inbuilt(stk_interp *state, stk_attempt_open *attempt,
                             PyObject *name, PyObject *spec);

#endif
