/* SPDX-License-Identifier: Apache-2.0 */
/* Text of somebody else's, for a terminal. */
#ifndef STK_PYTHON_PRINTABLE_H
#define STK_PYTHON_PRINTABLE_H

#include <stdbool.h>

#include "python/object/compat.h"

/* `text` (a str) with what a terminal obeys or does not draw as \xNN or
 * \uNNNN; `lines`: a newline stays one. New reference. */
PyObject *stk_printable(PyObject *text, bool lines);

#endif
