/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a callable takes, for inspect.signature() of the host's: read from
 * what its author wrote, without `inspect`, which no worker has to load.
 */
#include "worker/serve.h"

#include "worker/compat.h"

#define UNWRAP_MAX 32
#define TEXT_MAX   500 /* characters of a default or an annotation */
#define PLAIN_MAX  512 /* bytes of a default that goes as it is */

/* The numbers of inspect.Parameter's kinds, which are on the wire. */
enum { ONLY_BY_POSITION, BY_EITHER, ALL_POSITIONS, ONLY_BY_NAME, ALL_NAMES };

typedef struct described {
    PyObject *code, *defaults, *by_name, *notes; /* strong, or NULL */
    Py_ssize_t skipped;                          /* `self`, of a method */
} described;

/* ---- which function it is -------------------------------------------- */

/* NULL, without an exception, where there is none. */
static PyObject *
take_attribute(PyObject *object, const char *name)
{
    PyObject *found = PyObject_GetAttrString(object, name);

    PyErr_Clear();
    return found;
}

/* A function of the class's that is not `object`'s own. */
static PyObject *
take_method(PyObject *type, const char *name)
{
    PyObject *found = take_attribute(type, name);

    if (found && !PyFunction_Check(found))
        Py_CLEAR(found);
    return found;
}

/* What is called in its place, or NULL. New reference. */
static PyObject *
step_inside(PyObject *object, Py_ssize_t *skipped)
{
    PyObject *found;

    if (PyFunction_Check(object))
        return take_attribute(object, "__wrapped__");
    (*skipped)++;
    if (PyMethod_Check(object))
        return Py_NewRef(PyMethod_GET_FUNCTION(object));
    if (!PyType_Check(object))
        return take_method((PyObject *)Py_TYPE(object), "__call__");
    found = take_method(object, "__new__");
    return found ? found : take_method(object, "__init__");
}

static PyObject *
find_function(PyObject *object, Py_ssize_t *skipped)
{
    PyObject *at = Py_NewRef(object), *inside;

    for (int i = 0; at && i < UNWRAP_MAX; i++) {
        inside = step_inside(at, skipped);
        if (!inside && PyFunction_Check(at))
            return at;
        Py_DECREF(at);
        at = inside;
    }
    Py_XDECREF(at);
    return PyErr_Format(PyExc_ValueError, "no signature found for %.100s",
                        Py_TYPE(object)->tp_name);
}

/* ---- texts ----------------------------------------------------------- */

/* `text` is taken. */
static PyObject *
bound_text(PyObject *text)
{
    PyObject *part;

    if (text && !PyUnicode_CheckExact(text))
        Py_CLEAR(text);
    if (!text) {
        PyErr_Clear();
        return PyUnicode_FromString("...");
    }
    if (PyUnicode_GET_LENGTH(text) <= TEXT_MAX)
        return text;
    part = PyUnicode_Substring(text, 0, TEXT_MAX);
    Py_DECREF(text);
    text = part ? PyUnicode_FromFormat("%U...", part) : NULL;
    Py_XDECREF(part);
    return text;
}

static PyObject *
name_class(PyObject *type)
{
    PyObject *module = take_attribute(type, "__module__");
    PyObject *name = take_attribute(type, "__qualname__"), *text = NULL;

    if (!name || !PyUnicode_Check(name) || !module || !PyUnicode_Check(module))
        text = PyObject_Repr(type);
    else if (PyUnicode_CompareWithASCIIString(module, "builtins") == 0)
        text = Py_NewRef(name);
    else
        text = PyUnicode_FromFormat("%U.%U", module, name);
    Py_XDECREF(module);
    Py_XDECREF(name);
    return text;
}

/* As inspect.formatannotation() does it; what is written as text is without
 * its quotes. */
static PyObject *
write_note(PyObject *note)
{
    PyObject *text, *shorter;

    if (PyUnicode_CheckExact(note))
        return bound_text(Py_NewRef(note));
    if (Py_TYPE(note) == &PyType_Type)
        return bound_text(name_class(note));
    text = bound_text(PyObject_Repr(note));
    shorter = text ? PyObject_CallMethod(text, "replace", "ss", "typing.", "")
                   : NULL;
    Py_XDECREF(text);
    return shorter;
}

/* (value,), or [text] of what cannot cross; () where there is none. */
static PyObject *
tell_default(PyObject *value)
{
    if (!value)
        return PyTuple_New(0);
    if (stk_values_is_plain(value, PLAIN_MAX))
        return PyTuple_Pack(1, value);
    return Py_BuildValue("[N]", bound_text(PyObject_Repr(value)));
}

static PyObject *
tell_note(const described *what, PyObject *name)
{
    PyObject *note =
        what->notes ? PyDict_GetItemWithError(what->notes, name) : NULL;

    if (!note)
        return PyErr_Occurred() ? NULL : PyTuple_New(0);
    return Py_BuildValue("[N]", write_note(note));
}

/* ---- parameters ------------------------------------------------------ */

static int
add_parameter(PyObject *list, const described *what, PyObject *name, int kind,
              PyObject *value)
{
    PyObject *row = Py_BuildValue("[OiNN]", name, kind, tell_default(value),
                                  tell_note(what, name));
    int result = row ? PyList_Append(list, row) : -1;

    Py_XDECREF(row);
    return result;
}

static long
read_number(PyObject *code, const char *name)
{
    PyObject *number = PyObject_GetAttrString(code, name);
    long value = number ? PyLong_AsLong(number) : -1;

    Py_XDECREF(number);
    return value;
}

static PyObject *
default_of(const described *what, Py_ssize_t at, Py_ssize_t n)
{
    Py_ssize_t size = what->defaults ? PyTuple_GET_SIZE(what->defaults) : 0;
    Py_ssize_t first = n - size;

    return at < first ? NULL : PyTuple_GET_ITEM(what->defaults, at - first);
}

static int
add_positions(PyObject *list, const described *what, PyObject *names,
              Py_ssize_t n)
{
    long only = read_number(what->code, "co_posonlyargcount");

    for (Py_ssize_t i = what->skipped; i < n; i++)
        if (add_parameter(list, what, PyTuple_GET_ITEM(names, i),
                          i < only ? ONLY_BY_POSITION : BY_EITHER,
                          default_of(what, i, n)) < 0)
            return -1;
    return 0;
}

static int
add_names(PyObject *list, const described *what, PyObject *names,
          Py_ssize_t first, Py_ssize_t n)
{
    for (Py_ssize_t i = first; i < first + n; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *value = what->by_name
                              ? PyDict_GetItemWithError(what->by_name, name)
                              : NULL;

        if (PyErr_Occurred() ||
            add_parameter(list, what, name, ONLY_BY_NAME, value) < 0)
            return -1;
    }
    return 0;
}

/* In co_varnames: positions, names, *args, **kwargs. */
static int
add_all(PyObject *list, const described *what, PyObject *names)
{
    long flags = read_number(what->code, "co_flags");
    Py_ssize_t n = read_number(what->code, "co_argcount");
    Py_ssize_t by_name = read_number(what->code, "co_kwonlyargcount");
    Py_ssize_t rest = n + by_name;
    bool all = flags & CO_VARARGS;

    if (PyErr_Occurred() || add_positions(list, what, names, n) < 0 ||
        (all && add_parameter(list, what, PyTuple_GET_ITEM(names, rest),
                              ALL_POSITIONS, NULL) < 0) ||
        add_names(list, what, names, n, by_name) < 0)
        return -1;
    if (flags & CO_VARKEYWORDS)
        return add_parameter(list, what, PyTuple_GET_ITEM(names, rest + all),
                             ALL_NAMES, NULL);
    return 0;
}

static PyObject *
list_parameters(const described *what)
{
    PyObject *names = PyObject_GetAttrString(what->code, "co_varnames");
    PyObject *list = PyList_New(0);

    if (!names || !list || add_all(list, what, names) < 0)
        Py_CLEAR(list);
    Py_XDECREF(names);
    return list;
}

/* ---- the answer ------------------------------------------------------ */

/* `found` is taken: NULL, where it is not of that type. */
static PyObject *
only(PyObject *found, PyTypeObject *type)
{
    if (found && Py_TYPE(found) != type)
        Py_CLEAR(found);
    return found;
}

static PyObject *
describe(PyObject *function, Py_ssize_t skipped)
{
    PyObject *key = PyUnicode_FromString("return"), *result = NULL, *list;
    described what = {
        .code = PyObject_GetAttrString(function, "__code__"),
        .defaults =
            only(take_attribute(function, "__defaults__"), &PyTuple_Type),
        .by_name =
            only(take_attribute(function, "__kwdefaults__"), &PyDict_Type),
        .notes =
            only(take_attribute(function, "__annotations__"), &PyDict_Type),
        .skipped = skipped ? 1 : 0,
    };

    list = what.code && key ? list_parameters(&what) : NULL;
    if (list)
        result = Py_BuildValue("[NN]", list, tell_note(&what, key));
    Py_XDECREF(key);
    Py_XDECREF(what.code);
    Py_XDECREF(what.defaults);
    Py_XDECREF(what.by_name);
    Py_XDECREF(what.notes);
    return result;
}

/* A class that says nothing of how its instances are made. */
static bool
takes_nothing(PyObject *object)
{
    PyTypeObject *type = (PyTypeObject *)object;

    return PyType_Check(object) &&
           type->tp_init == PyBaseObject_Type.tp_init &&
           type->tp_new == PyBaseObject_Type.tp_new;
}

/* [[name, kind, default, annotation], ...], annotation of what it returns */
PyObject *
stk_operate_describe(stk_serving *serving, PyObject *const *args)
{
    Py_ssize_t skipped = 0;
    PyObject *function, *result;

    (void)serving;
    if (!PyCallable_Check(args[0]))
        return PyErr_Format(PyExc_TypeError,
                            "'%.100s' object is not a callable object",
                            Py_TYPE(args[0])->tp_name);
    if (takes_nothing(args[0]))
        return Py_BuildValue("[[]()]");
    function = find_function(args[0], &skipped);
    result = function ? describe(function, skipped) : NULL;
    Py_XDECREF(function);
    return result;
}
