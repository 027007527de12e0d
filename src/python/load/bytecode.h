/* SPDX-License-Identifier: Apache-2.0 */
/* Verified bytes as a code object, from private memory and nothing else. */
#ifndef STK_PYTHON_BYTECODE_H
#define STK_PYTHON_BYTECODE_H

#include "python/asks/tag.h"

typedef struct stk_code_bytes {
    const char *data; /* NUL-terminated */
    size_t length;
    PyObject *path;          /* exact str: the co_filename that it gets */
    const stk_code_tag *tag; /* of whose body it is, or NULL: told later */
} stk_code_bytes;

/* Marshalled code that nobody has signed: bytes behind it are passed over, as
 * importlib does. NULL with an exception, also for what is no code. */
PyObject *stk_bytecode_unmarshal(const stk_code_bytes *bytes);

/* Marshalled code of this very Python, or source text. New references;
 * ImportError, or what compile() raises. */
PyObject *stk_bytecode_load(const stk_code_bytes *bytes);
PyObject *stk_bytecode_compile(const stk_code_bytes *bytes);

#endif
