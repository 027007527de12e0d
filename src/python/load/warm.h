/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The code that importlib keeps of a source file, read in C as
 * SourceFileLoader.get_code() would: with its events, and of the bytes that
 * were checked.
 */
#ifndef STK_PYTHON_WARM_H
#define STK_PYTHON_WARM_H

#include <sys/stat.h>

#include "python/object/compat.h"

/* A source file, and where its code is kept. */
typedef struct stk_warm {
    PyObject *source; /* exact str: co_filename */
    const struct stat *st;
    PyObject *kept; /* exact str */
} stk_warm;

/* When the file was written, as os.stat() tells it: other roundings would be
 * another time. */
double stk_warm_time(const struct stat *st);

/* The bytes that it is, which nobody looks at: as of stk_warm_code(). */
PyObject *stk_warm_bytes(const stk_warm *warm);

/*
 * A new reference; NULL without an exception where importlib is to get the
 * code itself: there is none, it is of another source or kind, or is none.
 * NULL with what a hook has raised.
 */
PyObject *stk_warm_code(const stk_warm *warm);

#endif
