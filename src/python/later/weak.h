/* SPDX-License-Identifier: Apache-2.0 */
/* The callback of a weak reference asks as who has made the reference. */
#ifndef STK_PYTHON_WEAK_H
#define STK_PYTHON_WEAK_H

#include "python/object/compat.h"

/* In the namespace of _weakref or of weakref: 0, or -1 with an exception. */
int stk_weak_mend(PyObject *dict);

/* A weak reference of our own, of that type and with those arguments: nobody
 * asks in what it calls. A new reference, or NULL with an exception. */
PyObject *stk_weak_own(PyTypeObject *type, PyObject *args);

#endif
