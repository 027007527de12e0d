/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a guard into this process. */
#ifndef STK_PYTHON_INSTALL_H
#define STK_PYTHON_INSTALL_H

#include <stockade/guard.h>

#include "python/object/state.h"

/*
 * Puts `guard` (taken on success) before every import of this process, with
 * Python running already: from here on, in this interpreter and those to
 * come. Returns 0, or -1 with an exception.
 */
int stk_install(stk_guard *guard);

/* The guard is closed when Python has finished, and not before. 0 or -1. */
int stk_install_closing(void);

/* 0, or -1 with `err` filled, for a Python that this build may not guard. */
int stk_install_supported(stk_error *err);

#endif
