/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules of a worker are the standard library's. */
#include "worker/library.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "worker/interpreter.h"

static PyObject *modules; /* strong; set of their names */
static char folder[PATH_MAX];

/* ---- by where a module comes from ------------------------------------ */

static bool
begins(const char *text, const char *head)
{
    return !strncmp(text, head, strlen(head));
}

static bool
is_of_library(PyObject *origin)
{
    const char *text =
        origin && PyUnicode_Check(origin) ? PyUnicode_AsUTF8(origin) : NULL;
    size_t n = strlen(folder);

    PyErr_Clear();
    if (!text)
        return false;
    if (!strcmp(text, "built-in") || !strcmp(text, "frozen"))
        return true;
    return n > 0 && !strncmp(text, folder, n) && text[n] == '/' &&
           !begins(text + n, "/site-packages/") &&
           !begins(text + n, "/dist-packages/");
}

int
stk_library_note(PyObject *name, PyObject *origin)
{
    return is_of_library(origin) ? stk_library_add(name) : 0;
}

int
stk_library_add(PyObject *name)
{
    return PySet_Add(modules, name);
}

bool
stk_library_has(PyObject *name)
{
    int found = PyUnicode_CheckExact(name) ? PySet_Contains(modules, name) : 0;

    PyErr_Clear();
    return found == 1;
}

/* ---- those that are loaded ------------------------------------------- */

static PyObject *
origin_of(PyObject *module)
{
    PyObject *spec = PyObject_GetAttrString(module, "__spec__");
    PyObject *origin = spec && spec != Py_None
                           ? PyObject_GetAttrString(spec, "origin")
                           : NULL;

    Py_XDECREF(spec);
    PyErr_Clear();
    return origin;
}

/* Those that there are, but for what `preload` has of others. */
static int
note_loaded(void)
{
    PyObject *loaded = PyDict_Copy(PyImport_GetModuleDict()), *name, *module;
    Py_ssize_t at = 0;
    int result = loaded ? 0 : -1;

    while (result == 0 && PyDict_Next(loaded, &at, &name, &module)) {
        PyObject *origin = origin_of(module);

        result =
            PyUnicode_CheckExact(name) ? stk_library_note(name, origin) : 0;
        Py_XDECREF(origin);
    }
    Py_XDECREF(loaded);
    return result;
}

int
stk_library_init(void)
{
    stk_folders folders;

    if (stk_interpreter_folders(&folders))
        snprintf(folder, sizeof folder, "%s", folders.library);
    modules = PySet_New(NULL);
    return modules ? note_loaded() : -1;
}
