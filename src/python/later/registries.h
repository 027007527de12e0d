/* SPDX-License-Identifier: Apache-2.0 */
/* What the interpreter calls of its own accord asks as who registered it. */
#ifndef STK_PYTHON_REGISTRIES_H
#define STK_PYTHON_REGISTRIES_H

#include "python/object/compat.h"

/* In the namespace of the module that each names: 0, or -1 with an
 * exception. */
int stk_registries_mend_codecs(PyObject *dict); /* and _codecs */
int stk_registries_mend_posix(PyObject *dict);  /* and os */
int stk_registries_mend_sys(PyObject *dict);
int stk_registries_mend_multiprocessing(PyObject *dict); /* its util */

#endif
