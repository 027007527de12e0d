/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source lines in the traceback of an exception that nobody caught: until
 * 3.12 CPython prints it with lines of files that it opens itself, and of a
 * bundle there may be no files.
 */
#ifndef STK_PYTHON_UNCAUGHT_H
#define STK_PYTHON_UNCAUGHT_H

#include <stockade/guard.h>

#include "python/object/state.h"

/* Has CPython's own hooks print what they cannot read through the module
 * traceback, where the policy wants anything signed. 0, or -1 with an
 * exception. */
int stk_uncaught_mend(const stk_interp *state, const stk_guard *guard);

#endif
