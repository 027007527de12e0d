/* SPDX-License-Identifier: Apache-2.0 */
/* The Pythons that a program starts as processes. */
#ifndef STK_PYTHON_CHILDREN_H
#define STK_PYTHON_CHILDREN_H

#include "python/object/state.h"

/* What starts a process, in the namespace of _posixsubprocess or subprocess:
 * ours before it. 0, or -1 with an exception. */
int stk_children_mend(PyObject *dict);

/* What tells a child how to begin, in the namespace of
 * multiprocessing.spawn. 0, or -1 with an exception. */
int stk_children_mend_spawn(PyObject *dict);

/* `program`, a path, is about to be started or to take this process over.
 * 0, or -1 with PermissionError where the policy lets it not. */
int stk_children_see(stk_interp *state, PyObject *program);

#endif
