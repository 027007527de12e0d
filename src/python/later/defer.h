/* SPDX-License-Identifier: Apache-2.0 */
/* What is run later asks as who handed it over, too. */
#ifndef STK_PYTHON_DEFER_H
#define STK_PYTHON_DEFER_H

#include "python/object/compat.h"

/* In the namespace of the module that each names: 0, or -1 with an
 * exception. */
int stk_defer_mend_atexit(PyObject *dict);
int stk_defer_mend_events(PyObject *dict); /* asyncio.events */
int stk_defer_mend_loop(PyObject *dict);   /* asyncio.base_events */
int stk_defer_mend_thread(PyObject *dict); /* concurrent.futures.thread */
int stk_defer_mend_weakref(PyObject *dict);

#endif
