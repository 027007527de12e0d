/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock of a module that is imported wholly in C: a note in a list, as
 * long as nobody else wants it; a lock of importlib's own from then on, so
 * that who waits, waits as ever and its search for deadlocks sees all.
 */
#ifndef STK_PYTHON_THINLOCK_H
#define STK_PYTHON_THINLOCK_H

#include "python/object/state.h"

/* Stands before importlib's _get_module_lock() and _lock_unlock_module() in
 * this interpreter. Returns 1, 0 where importlib is not as it is known, or -1
 * with an exception. */
int stk_thinlock_install(stk_interp *state);
void stk_thinlock_forget(stk_interp *state);

/* A lock that is held. */
typedef struct stk_held {
    PyObject *name; /* strong */
    PyObject *lock; /* strong; importlib's own, or NULL for a note */
} stk_held;

/* Waits for it, as importlib does. 0 or -1 with an exception. */
int stk_thinlock_enter(stk_held *out, stk_interp *state, PyObject *name);

/* Gives it back; an exception that stands is kept. */
void stk_thinlock_leave(stk_held *held, stk_interp *state);

#endif
