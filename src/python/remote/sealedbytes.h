/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.SealedBytes: large bytes that workers see where they are. */
#ifndef STK_PYTHON_SEALEDBYTES_H
#define STK_PYTHON_SEALEDBYTES_H

#include "python/object/state.h"
#include "wire/writer.h"

/* The type. New reference. */
PyObject *stk_sealedbytes_type(void);

bool stk_sealedbytes_check(PyObject *object);

/* Writes one. 0, or negative as the writer. */
int stk_sealedbytes_write(stk_writer *writer, PyObject *object);

#endif
