/* SPDX-License-Identifier: Apache-2.0 */
/* What functions written in C import for themselves. */
#ifndef STK_PYTHON_NATIVE_H
#define STK_PYTHON_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "python/object/state.h"

/*
 * The importer that `name` is imported for when a function written in C does
 * it, called by `frame`, the innermost; 0 where that is not so, or may be
 * somebody's wish. `is_library`: the code of the frame is the standard
 * library's.
 */
uint32_t stk_native_importer(const stk_interp *state, PyFrameObject *frame,
                             const char *name, bool is_library);

/* What CPython's own C code imports with no frame: to show an exception, to
 * warn, to open a stream. */
bool stk_native_is_interpreters(const char *name);

#endif
