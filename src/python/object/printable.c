/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker wrote, as it is shown. */
#include "python/object/printable.h"

#include <stdio.h>

#include "base/text.h"

#define ESCAPE_MAX 8u /* a backslash, ue0001 and its end */

/* The host's terminal may show it, and obeys no plugin. */
static bool
is_odd(Py_UCS4 c, bool lines)
{
    return c != '\t' && (c != '\n' || !lines) && stk_text_is_unprintable(c);
}

static size_t
count_odd(PyObject *text, bool lines)
{
    size_t n = 0;

    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(text); i++)
        n += is_odd(PyUnicode_READ_CHAR(text, i), lines);
    return n;
}

static size_t
escape(Py_UCS4 *out, Py_UCS4 c, bool lines)
{
    char piece[ESCAPE_MAX];
    size_t n;

    if (!is_odd(c, lines)) {
        *out = c;
        return 1;
    }
    n = (size_t)snprintf(piece, sizeof piece, c < 0x80 ? "\\x%02x" : "\\u%04x",
                         (unsigned)c);
    for (size_t i = 0; i < n; i++)
        out[i] = (Py_UCS4)piece[i];
    return n;
}

PyObject *
stk_printable(PyObject *text, bool lines)
{
    size_t odd = count_odd(text, lines), n = 0;
    size_t length = (size_t)PyUnicode_GET_LENGTH(text);
    Py_UCS4 *room;
    PyObject *shown;

    if (odd == 0)
        return Py_NewRef(text);
    room = PyMem_New(Py_UCS4, length + odd * (ESCAPE_MAX - 2));
    if (!room)
        return PyErr_NoMemory();
    for (size_t i = 0; i < length; i++)
        n += escape(room + n, PyUnicode_READ_CHAR(text, (Py_ssize_t)i), lines);
    shown =
        PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, room, (Py_ssize_t)n);
    PyMem_Free(room);
    return shown;
}
