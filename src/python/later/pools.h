/* SPDX-License-Identifier: Apache-2.0 */
/* What a pool of multiprocessing's runs here asks as who gave it that. */
#ifndef STK_PYTHON_POOLS_H
#define STK_PYTHON_POOLS_H

#include "python/object/compat.h"

/* In the namespace of multiprocessing.pool: 0, or -1 with an exception. */
int stk_pools_mend(PyObject *dict);

#endif
