/* SPDX-License-Identifier: Apache-2.0 */
/* Whose import it is. */
#include "worker/granted.h"

#include <string.h>

#include "worker/compat.h"
#include "worker/words.h"

static bool
is_one_of(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(text, list[i]))
            return true;
    return false;
}

/* They import what they are told to, and not what they need. */
static bool
is_function_of_importlib(PyObject *frame)
{
    static const char *const names[] = { "find_spec", "import_module",
                                         "reload" };
    PyObject *code = PyObject_GetAttr(frame, stk_word(STK_WORD_CODE));
    PyObject *name =
        code ? PyObject_GetAttr(code, stk_word(STK_WORD_CODE_NAME)) : NULL;
    const char *text =
        name && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    bool found = text && is_one_of(text, names, sizeof names / sizeof *names);

    Py_XDECREF(code);
    Py_XDECREF(name);
    PyErr_Clear();
    return found;
}

static bool
is_importlib(PyObject *frame, PyObject *name)
{
    static const char *const core[] = { "_frozen_importlib",
                                        "_frozen_importlib_external",
                                        "importlib._bootstrap",
                                        "importlib._bootstrap_external" };
    static const char *const above[] = { "importlib", "importlib.util" };
    const char *text = PyUnicode_AsUTF8(name);

    if (!text) {
        PyErr_Clear();
        return false;
    }
    if (is_one_of(text, core, sizeof core / sizeof *core))
        return true;
    return is_one_of(text, above, sizeof above / sizeof *above) &&
           is_function_of_importlib(frame);
}

/* New reference, or NULL. */
static PyObject *
name_of(PyObject *frame)
{
    PyObject *dict = PyObject_GetAttr(frame, stk_word(STK_WORD_GLOBALS));
    PyObject *name =
        dict && PyDict_Check(dict)
            ? PyDict_GetItemWithError(dict, stk_word(STK_WORD_NAME))
            : NULL;

    name = name && PyUnicode_CheckExact(name) ? Py_NewRef(name) : NULL;
    Py_XDECREF(dict);
    return name;
}

PyObject *
stk_who_imports(void)
{
    PyObject *at = (PyObject *)PyEval_GetFrame(), *back, *name;

    Py_XINCREF(at);
    while (at && at != Py_None) {
        name = name_of(at);
        if (name && !is_importlib(at, name)) {
            Py_DECREF(at);
            return name;
        }
        Py_XDECREF(name);
        back = PyObject_GetAttr(at, stk_word(STK_WORD_BACK));
        Py_DECREF(at);
        at = back;
    }
    Py_XDECREF(at);
    PyErr_Clear();
    return Py_NewRef(Py_None);
}
