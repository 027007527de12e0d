/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a name that must be signed and that nothing signed has. */
#ifndef STK_PYTHON_MISSING_H
#define STK_PYTHON_MISSING_H

#include "python/object/state.h"

/*
 * The message of the ModuleNotFoundError where a finder that the name's own
 * package has put into sys.meta_path may have it, with the rule that lets it:
 * six.moves is nowhere but in that of `six`. NULL without an exception where
 * none may; with one.
 */
PyObject *stk_missing_hint(const stk_interp *state, PyObject *name);

/* That, or what importlib says. NULL with an exception. */
PyObject *stk_missing_message(const stk_interp *state, PyObject *name);

#endif
