/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders of a bundle that are not on the disk, for who lists them by
 * their path, as pkgutil does: the last of sys.path_hooks. What must be
 * signed is found by its name, by our finder alone.
 */
#ifndef STK_PYTHON_PATHHOOK_H
#define STK_PYTHON_PATHHOOK_H

#include <stockade/guard.h>

#include "python/object/state.h"

/* Adds it where the policy wants anything signed. 0, or -1 with an
 * exception. */
int stk_pathhook_add(stk_interp *state, const stk_guard *guard);

/* True for it and for the type of what it gives. */
bool stk_pathhook_is(const stk_interp *state, const PyObject *object);

#endif
