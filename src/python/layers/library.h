/* SPDX-License-Identifier: Apache-2.0 */
/* Modules of the standard library that have code run later or elsewhere. */
#ifndef STK_PYTHON_LIBRARY_H
#define STK_PYTHON_LIBRARY_H

#include "python/object/compat.h"

/* `module` was loaded as `name`, an exact str. 0, or -1 with an exception. */
int stk_library_loaded(PyObject *name, PyObject *module);

/* The C code of `module`, a module, was made by hand or once more: known by
 * its definition. 0, or -1 with an exception. */
int stk_library_made(PyObject *module);

/* Those that are loaded already, and what others have taken from them. 0, or
 * -1 with an exception. */
int stk_library_mend_all(void);

#endif
