/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks that are attributes (sys.unraisablehook and its like): who has set
 * one is not told, and a bare callable in it has no frame of his. What such a
 * one asks for, unknown code asks for, too.
 */
#ifndef STK_PYTHON_HOOKED_H
#define STK_PYTHON_HOOKED_H

#include "python/asks/asker.h"
#include "python/object/state.h"

/* The interpreter says that it is about to call `hook`. */
void stk_hooked_see(const stk_interp *state, PyObject *hook);

/* Whether `frame` (NULL: no Python code runs) stands where it was when a bare
 * hook was called there. */
bool stk_hooked_at(const stk_interp *state, PyFrameObject *frame);

#endif
