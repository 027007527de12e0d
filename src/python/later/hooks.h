/* SPDX-License-Identifier: Apache-2.0 */
/* What runs in the midst of anything asks as who has put it there. */
#ifndef STK_PYTHON_HOOKS_H
#define STK_PYTHON_HOOKS_H

#include "python/object/compat.h"

/* In the namespace of the module that each names: 0, or -1 with an
 * exception. */
int stk_hooks_mend_signal(PyObject *dict); /* signals.c: _signal */
int stk_hooks_mend_sys(PyObject *dict);
int stk_hooks_mend_testcapi(PyObject *dict); /* and _testinternalcapi */
int stk_hooks_mend_threading(PyObject *dict);

#endif
