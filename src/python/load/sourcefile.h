/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a source file, read in C as SourceFileLoader.get_data() would,
 * with its event.
 */
#ifndef STK_PYTHON_SOURCEFILE_H
#define STK_PYTHON_SOURCEFILE_H

#include "python/object/state.h"

/*
 * What is in the file at `path` (exact str), which `loader` would read. New
 * reference to bytes; NULL without an exception where that is to be asked:
 * another loader than SourceFileLoader, something that must be verified or
 * seen, or what is no file of a usual size.
 */
PyObject *stk_sourcefile_read(PyObject *loader, PyObject *path);

#endif
