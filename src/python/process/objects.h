/* SPDX-License-Identifier: Apache-2.0 */
/* The types that the package shows: Guard and Policy. */
#ifndef STK_PYTHON_OBJECTS_H
#define STK_PYTHON_OBJECTS_H

#include <stockade/policy.h>

#include "python/object/compat.h"

/* guardobject.c: the type stockade.Guard; policyobject.c: stockade.Policy.
 * New references. */
PyObject *stk_guard_type(void);
PyObject *stk_policy_type(void);

/* A Guard for the guard of this process. New reference. */
PyObject *stk_guard_object(PyObject *type);

/* load.c: stockade.load(). */
PyObject *stk_load(PyObject *self, PyObject *args, PyObject *kwargs);
extern const char stk_load_doc[];

#endif
