/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program itself, under a rule that says `__main__ = signed`, or where its
 * file is a module's that must be signed. CPython reads it past every hook;
 * what it is about to execute is compared with what the verified bytes give.
 */
#ifndef STK_PYTHON_PROGRAM_H
#define STK_PYTHON_PROGRAM_H

#include "python/object/state.h"

/* The events cpython.run_*. 0, or -1 with SignatureError. */
int stk_program_event(stk_interp *state, const char *event, PyObject *args);

/* `code` is about to run as `__main__`. 0, or -1 with SignatureError. */
int stk_program_check(stk_interp *state, PyCodeObject *code);

/* `name` (UTF-8) is what `python -m` was given, or its `__main__`: the rule
 * of `__main__` is its rule, too. */
bool stk_program_is(const stk_interp *state, const char *name);

/* True when `name` is the program and the first of sys.path an archive, which
 * is verified as a whole when zipimport opens it. */
bool stk_program_in_archive(const stk_interp *state, PyObject *name);

/* What `python -m stockade run -m` was given. 0 or -1. */
int stk_program_name(stk_interp *state, PyObject *name);

#endif
