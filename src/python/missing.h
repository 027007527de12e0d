/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a name that must be signed and that nothing signed has. */
#ifndef STK_PYTHON_MISSING_H
#define STK_PYTHON_MISSING_H

#include "python/state.h"

/* True when a finder that the name's own package has put into sys.meta_path
 * may have it: six.moves is nowhere but in that of `six`. */
bool stk_missing_is_made(const stk_interp *state, PyObject *name);

/* The message of the ModuleNotFoundError: importlib's, and where the package
 * may make the module, the rule that lets it. NULL with an exception. */
PyObject *stk_missing_message(const stk_interp *state, PyObject *name);

#endif
