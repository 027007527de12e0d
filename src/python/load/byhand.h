/* SPDX-License-Identifier: Apache-2.0 */
/* Loaders of CPython's that are driven by hand: a name that must be signed
 * is executed by the verified loader alone. */
#ifndef STK_PYTHON_BYHAND_H
#define STK_PYTHON_BYHAND_H

#include "python/object/state.h"

/* What the module says that it is called whose body importlib executes now:
 * a new reference, or NULL, without an exception, where it executes none. */
PyObject *stk_byhand_name(const stk_interp *state);

/* importlib's frame that runs now executes `code`, which the verified loader
 * did not give. 0, or -1 with SignatureError. */
int stk_byhand_body(stk_interp *state, PyObject *code);

/* Somebody other than the verified loader has an extension loaded: as
 * `name`, from `path` (or NULL). 0, or -1 with SignatureError. */
int stk_byhand_extension(stk_interp *state, PyObject *name, PyObject *path);

/* The event `open`: a loader that opens bytecode past io.open_code(), as
 * SourcelessFileLoader does up to 3.13.0. 0, or -1 with SignatureError. */
int stk_byhand_open(stk_interp *state, PyObject *args);

#endif
