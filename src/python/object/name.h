/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Module names between Python and C. A str subclass may lie about its hash
 * and its equality, so that every name is made exact before it is used.
 */
#ifndef STK_PYTHON_NAME_H
#define STK_PYTHON_NAME_H

#include <stdbool.h>

#include "python/object/compat.h"

/* A str as UTF-8 text: `text` is NUL-terminated and holds no other NUL. */
typedef struct stk_utf8 {
    const char *text;
    PyObject *owner; /* strong: what `text` lives in */
} stk_utf8;

/* New reference to an exact str of the same characters; NULL with
 * TypeError when `object` is no str. */
PyObject *stk_name_exact(PyObject *object);

/*
 * UTF-8 of an exact str. A NUL becomes \x00, which is in no valid name: what
 * follows it is never cut off silently. A lone surrogate, as a file has that
 * is not called in UTF-8 (PEP 383), becomes &#56448; - no rule can name it.
 * Returns 0, or -1 with an exception set.
 */
int stk_utf8_get(stk_utf8 *out, PyObject *exact);
void stk_utf8_clear(stk_utf8 *utf8);

/* A path as the bytes of its file: new reference; NULL without an exception
 * for what is none: no str, or one with a NUL, or that cannot be encoded. */
PyObject *stk_path_encoded(PyObject *path);

/* The exact str, or NULL without an exception when it is anything else. */
PyObject *stk_str_or_null(PyObject *object);

/* A word of ASCII and its length. */
typedef struct stk_literal {
    const char *text;
    Py_ssize_t length;
} stk_literal;

#define STK_LITERAL(text)                                                     \
    {                                                                         \
        text, sizeof(text) - 1                                                \
    }

/* False for what is no str. Most names differ in their length already. */
bool stk_name_is_among(PyObject *name, const stk_literal *words, size_t n);

/* `name` is longer, and its last labels are `label`: m_name of an extension
 * may be no more. */
bool stk_name_ends_with_label(PyObject *name, PyObject *label);

/*
 * The absolute name of a relative import, as importlib resolves it: new
 * reference to an exact str; NULL without an exception when the import will
 * fail by itself, with one where CPython's warning is an error. `*stable` is
 * set to 0 when asking again may give another answer, because `globals` runs
 * code of its own.
 */
PyObject *stk_name_resolve(PyObject *name, PyObject *globals, int level,
                           int *stable);

#endif
