/* SPDX-License-Identifier: Apache-2.0 */
/* Code that Python keeps of a source file, as the bytes that it is. */
#ifndef STK_PYTHON_CACHED_H
#define STK_PYTHON_CACHED_H

#include "python/object/state.h"

/*
 * What marshal has of the module `name`, out of the .pyc file beside its
 * source, where that is not older; nothing of it is read. New reference to
 * bytes; NULL without an exception where importlib is to look: another
 * loader than SourceFileLoader as it was, no such file, or one that is checked
 * by hash.
 */
PyObject *stk_cached_code(PyObject *name, PyObject *loader);

/* It is importlib's own, reads files, and nobody has changed how it does. */
bool stk_cached_is_plain(PyObject *loader);

#endif
