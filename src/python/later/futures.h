/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for a future asks as whoever has it wait. */
#ifndef STK_PYTHON_FUTURES_H
#define STK_PYTHON_FUTURES_H

#include "python/object/state.h"

/*
 * What a loop calls, `function` with the tuple `args`, carried for who asks:
 * the steps of a task for whoever made it, what waited for a future for
 * whoever had it wait, anything else for whoever asks now. New reference.
 */
PyObject *stk_futures_carry(stk_interp *state, PyObject *function,
                            PyObject *args);

/* In the namespace of the module that each names: 0, or -1 with an
 * exception. */
int stk_futures_mend_asyncio(PyObject *dict);    /* asyncio.futures, .tasks */
int stk_futures_mend_concurrent(PyObject *dict); /* concurrent.futures._base */

#endif
