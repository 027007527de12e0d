/* SPDX-License-Identifier: Apache-2.0 */
/* The package `stockade` for a program that `stockade run` started. */
#ifndef STK_PYTHON_RUN_H
#define STK_PYTHON_RUN_H

#include "python/object/state.h"

/*
 * Offers the package in `folder` (which holds stockade/) to this
 * interpreter, without touching sys.path. 0, or -1 with an exception.
 */
int stk_package_offer(const char *folder);

/* The spec of the offered package when `name` is its name and nothing else
 * was found; None otherwise. New reference, NULL with an exception. */
PyObject *stk_package_spec(const stk_interp *state, PyObject *name);

#endif
