/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of source, for tracebacks: no file can be read for them here. */
#include "worker/serve.h"

#include <string.h>

#include "worker/compat.h"

/* What linecache.cache is: by file. */
static PyObject *cache; /* strong */

/* No file is to be tried, and recorded as an attempt of the plugin's. */
static int
blind(PyObject *linecache)
{
    PyObject *done = PyRun_String("updatecache = lambda *a, **k: []\n"
                                  "checkcache = lambda *a, **k: None\n",
                                  Py_file_input, linecache, linecache);

    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* For the line of a SyntaxError CPython opens what the code is said to be of,
 * `<snippet>` too: fopen(3), which is told with no flag, as by nobody else. */
static int
refuse_fopen(const char *event, PyObject *args, void *unused)
{
    PyObject *flags;

    (void)unused;
    if (strcmp(event, "open") != 0 || !PyTuple_Check(args) ||
        PyTuple_GET_SIZE(args) != 3 ||
        !PyUnicode_Check(PyTuple_GET_ITEM(args, 1)))
        return 0;
    flags = PyTuple_GET_ITEM(args, 2);
    if (!PyLong_CheckExact(flags) || PyLong_AsLong(flags) != 0)
        return 0;
    PyErr_SetString(PyExc_PermissionError, "a worker opens no file");
    return -1;
}

int
stk_lines_blind(void)
{
    return PySys_AddAuditHook(refuse_fopen, NULL);
}

int
stk_lines_give(PyObject *linecache)
{
    if (!cache)
        cache = PyDict_New();
    if (!cache || PyDict_SetItemString(linecache, "cache", cache) < 0)
        return -1;
    return blind(linecache);
}

void
stk_lines_remember(PyObject *file, PyObject *text, Py_ssize_t size)
{
    PyObject *lines = PyUnicode_Splitlines(text, 1);
    PyObject *entry =
        lines ? Py_BuildValue("(nOOO)", size, Py_None, lines, file) : NULL;

    if (!cache)
        cache = PyDict_New();
    if (cache && entry)
        PyDict_SetItem(cache, file, entry);
    PyErr_Clear();
    Py_XDECREF(lines);
    Py_XDECREF(entry);
}

void
stk_lines_forget(const char *file)
{
    if (cache && PyDict_DelItemString(cache, file) < 0)
        PyErr_Clear();
}
