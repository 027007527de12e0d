/* SPDX-License-Identifier: Apache-2.0 */
/* What sys.modules has. */
#ifndef STK_PYTHON_LOADED_H
#define STK_PYTHON_LOADED_H

#include "python/compat.h"

/* sys.modules[name], borrowed; NULL without an exception when it is not
 * there, or None. */
PyObject *stk_module_loaded(PyObject *name);

/* The namespace of a loaded module, borrowed; NULL when there is none. */
PyObject *stk_module_namespace(const char *name);

#endif
