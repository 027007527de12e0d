/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a name that must be signed and that nothing signed has. */
#include "python/attempt/missing.h"

#include <string.h>

#include "python/object/loaded.h"

/* Bytes of the first label of a dotted name; 0 when there is one alone. */
static size_t
length_of_package(PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    const char *dot = text ? strchr(text, '.') : NULL;

    if (!text)
        PyErr_Clear();
    return dot ? (size_t)(dot - text) : 0;
}

/* dict["__module__"], borrowed, or NULL. Looked through, not looked up: a key
 * of somebody else's that is no plain str would be asked whether it is equal,
 * and could free the class. */
static PyObject *
module_in(PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(dict, &at, &key, &value))
        if (PyUnicode_CheckExact(key) &&
            PyUnicode_CompareWithASCIIString(key, "__module__") == 0)
            return PyUnicode_CheckExact(value) ? value : NULL;
    return NULL;
}

/* The name of the module that its class says to be of, without asking the
 * class: borrowed, or NULL. */
static PyObject *
module_of(PyObject *finder)
{
    PyTypeObject *type =
        PyType_Check(finder) ? (PyTypeObject *)finder : Py_TYPE(finder);

    return type->tp_dict ? module_in(type->tp_dict) : NULL;
}

static bool
is_of_package(PyObject *finder, PyObject *name, size_t length)
{
    PyObject *module = module_of(finder);
    const char *text = module ? PyUnicode_AsUTF8(module) : NULL;
    const char *wanted = text ? PyUnicode_AsUTF8(name) : NULL;

    if (!wanted)
        PyErr_Clear();
    return wanted && !strncmp(text, wanted, length) &&
           (!text[length] || text[length] == '.');
}

static bool
is_made(const stk_interp *state, PyObject *name)
{
    size_t length = length_of_package(name);
    PyObject *list =
        length ? stk_dict_get(state->sys_dict, state->str_meta_path) : NULL;
    bool made = false;

    for (Py_ssize_t i = 0;
         list && PyList_CheckExact(list) && i < PyList_GET_SIZE(list); i++)
        made |= is_of_package(PyList_GET_ITEM(list, i), name, length);
    Py_XDECREF(list);
    return made;
}

PyObject *
stk_missing_hint(const stk_interp *state, PyObject *name)
{
    if (!is_made(state, name))
        return NULL;
    return PyUnicode_FromFormat(
        "No module named %R: it must be signed, so that no finder of the "
        "program is asked for it; \"%U = allow\" has them asked",
        name, name);
}

PyObject *
stk_missing_message(const stk_interp *state, PyObject *name)
{
    PyObject *hint = stk_missing_hint(state, name);

    return hint || PyErr_Occurred()
               ? hint
               : PyUnicode_FromFormat("No module named %R", name);
}
