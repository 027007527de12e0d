/* SPDX-License-Identifier: Apache-2.0 */
/* What the host raised while it answered a worker, as that is told: its
 * built-in type and what it says. Never where in the host. */
#include "python/remote/remote.h"

#include <string.h>

#define ARGS_MAX 65536 /* bytes */

/* Those of an OSError leave out which file it was. `args` is taken, and may be
 * NULL. */
static PyObject *
add_file(PyObject *args, PyObject *value)
{
    PyObject *file, *longer = NULL;

    if (!args || !PyTuple_CheckExact(args) || PyTuple_GET_SIZE(args) != 2 ||
        !PyObject_TypeCheck(value, (PyTypeObject *)PyExc_OSError))
        return args;
    file = PyObject_GetAttrString(value, "filename");
    if (file && file != Py_None)
        longer = PyTuple_Pack(3, PyTuple_GET_ITEM(args, 0),
                              PyTuple_GET_ITEM(args, 1), file);
    Py_XDECREF(file);
    if (!longer)
        return args;
    Py_DECREF(args);
    return longer;
}

/* `value` may be NULL. New reference. */
static PyObject *
plain_args(PyObject *value, PyObject *text)
{
    PyObject *args = value ? PyObject_GetAttrString(value, "args") : NULL;

    args = add_file(args, value);
    PyErr_Clear();
    if (args && PyTuple_CheckExact(args) &&
        stk_values_is_plain(args, ARGS_MAX))
        return args;
    Py_XDECREF(args);
    return PyTuple_Pack(1, text);
}

/* The first built-in class of its order of bases that says more than
 * Exception. A module of C may have such types, too: those have a dot. */
const char *
stk_remote_inbuilt(PyTypeObject *type)
{
    PyObject *order = type->tp_mro;

    for (Py_ssize_t i = 0; order && i < PyTuple_GET_SIZE(order); i++) {
        PyObject *base = PyTuple_GET_ITEM(order, i);
        PyTypeObject *at = (PyTypeObject *)base;

        if (PyExceptionClass_Check(base) && base != PyExc_Exception &&
            base != PyExc_BaseException &&
            !(at->tp_flags & Py_TPFLAGS_HEAPTYPE) && !strchr(at->tp_name, '.'))
            return at->tp_name;
    }
    return PyType_IsSubtype(type, (PyTypeObject *)PyExc_Exception)
               ? "Exception"
               : "BaseException";
}

/* Of an ImportError. */
static int
add_name(PyObject *fields, PyObject *value)
{
    PyObject *name;
    int result = 0;

    if (!PyObject_TypeCheck(value, (PyTypeObject *)PyExc_ImportError))
        return 0;
    name = PyObject_GetAttrString(value, "name");
    PyErr_Clear();
    if (name && PyUnicode_CheckExact(name))
        result = PyDict_SetItemString(fields, "name", name);
    Py_XDECREF(name);
    return result;
}

static int
add_number(PyObject *fields, uint64_t number)
{
    PyObject *object = number ? PyLong_FromUnsignedLongLong(number) : NULL;
    int result = object ? PyDict_SetItemString(fields, "kept", object) : 0;

    Py_XDECREF(object);
    return result;
}

/* [..., what it has besides]: takes the list. `kept`: its number, or 0. */
static PyObject *
add_fields(PyObject *told, PyObject *value, uint64_t kept)
{
    PyObject *fields = told && value ? PyDict_New() : NULL;

    if (!fields)
        return told;
    if (add_name(fields, value) < 0 || add_number(fields, kept) < 0 ||
        (PyDict_GET_SIZE(fields) && PyList_Append(told, fields) < 0))
        Py_CLEAR(told);
    Py_DECREF(fields);
    return told;
}

/* A RemoteError goes on without the traceback in it, or one of many levels
 * would hold that of each several times. */
static PyObject *
text_of(PyObject *value)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *text = PyObject_Str(value), *first;
    Py_ssize_t end;

    if (!text || !isolation ||
        !PyErr_GivenExceptionMatches(value, isolation->remote_error))
        return text;
    end = PyUnicode_FindChar(text, '\n', 0, PyUnicode_GET_LENGTH(text), 1);
    if (end < 0)
        return text;
    first = PyUnicode_Substring(text, 0, end);
    Py_DECREF(text);
    return first;
}

static PyObject *
args_of(PyObject *value, PyObject *text)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;

    if (isolation && value &&
        PyErr_GivenExceptionMatches(value, isolation->remote_error))
        return PyTuple_Pack(1, text);
    return plain_args(value, text);
}

static int
add_notes(PyObject *fields, PyObject *value)
{
    PyObject *notes = PyObject_GetAttrString(value, "__notes__");
    int result = 0;

    PyErr_Clear();
    if (notes && PyList_CheckExact(notes) &&
        stk_values_is_plain(notes, ARGS_MAX))
        result = PyDict_SetItemString(fields, "notes", notes);
    Py_XDECREF(notes);
    return result;
}

/* [built-in type, what it says, its arguments, what it has besides] */
PyObject *
stk_proxy_told(PyObject *value)
{
    PyObject *text = text_of(value), *fields = PyDict_New();
    PyObject *told = NULL;

    if (text && fields && add_name(fields, value) == 0 &&
        add_notes(fields, value) == 0)
        told = Py_BuildValue("[sONO]", stk_remote_inbuilt(Py_TYPE(value)),
                             text, args_of(value, text), fields);
    Py_XDECREF(text);
    Py_XDECREF(fields);
    return told;
}

/* What the host raised while it answered: its type, when that is built in,
 * and what it says. Never where in the host. */
PyObject *
stk_remote_take_raised(stk_remote *remote, bool keep)
{
    PyObject *type, *value, *traceback, *text, *result = NULL;
    const char *name;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value && traceback)
        PyException_SetTraceback(value, traceback);
    name = stk_remote_inbuilt((PyTypeObject *)type);
    text = value ? text_of(value) : NULL;
    if (!text) {
        PyErr_Clear();
        text = PyUnicode_FromString("the host failed");
    }
    if (text)
        result = Py_BuildValue("[ssOsN]", name, name, text, "",
                               args_of(value, text));
    result = add_fields(result, value,
                        keep && value ? stk_remote_keep(remote, value) : 0);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return result;
}
