/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules that were loaded before the guard was there: what must be signed
 * among them nobody verified, and a record says so.
 */
#ifndef STK_PYTHON_UNVERIFIED_H
#define STK_PYTHON_UNVERIFIED_H

#include <stockade/guard.h>

#include "python/object/state.h"

/* Records those of them that the policy wants signed. Built-in and frozen
 * modules are not among them. 0; -1 with an exception when Python fails, or
 * the record is lost and must not be. */
int stk_unverified_loaded(const stk_interp *state, stk_guard *guard);

/* stk_guard_record_unverified() of a list of exact str, which is sorted for
 * it. 0; -1 with an exception. */
int stk_unverified_record(stk_guard *guard, const char *how, PyObject *names);

#endif
