/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of ours, which Python code does not change. */
#ifndef STK_PYTHON_CLASS_H
#define STK_PYTHON_CLASS_H

#include "python/object/compat.h"

/* A class of ours with `bases`, NULL for none, that the guard alone makes
 * instances of: one that Python code made would hold nothing. New reference,
 * or NULL with an exception. */
PyObject *stk_class_new(PyType_Spec *spec, PyObject *bases);

/* From now on nobody sets its attributes. `type` is handed through, NULL, too;
 * NULL with an exception. */
PyObject *stk_class_seal(PyObject *type);

#endif
