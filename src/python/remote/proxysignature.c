/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of what lives in a worker, as inspect.Signature. What the author
 * wrote as a default or an annotation is text here, of a type of its own: a
 * str would be evaluated by whoever resolves annotations.
 */
#include "python/remote/remote.h"

#include "python/asks/own.h"
#include "python/object/class.h"
#include "python/signed/verified.h"

#define TEXT_MAX       600
#define PARAMETERS_MAX 300

/* ---- text that stays it ---------------------------------------------- */

typedef struct written_object {
    PyObject_HEAD PyObject *text; /* strong */
} written_object;

static void
written_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(((written_object *)self)->text);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
written_repr(PyObject *self)
{
    return Py_NewRef(((written_object *)self)->text);
}

static PyType_Slot written_slots[] = {
    { Py_tp_dealloc, (void *)(uintptr_t)written_dealloc },
    { Py_tp_repr, (void *)(uintptr_t)written_repr },
    { Py_tp_doc, (void *)(uintptr_t) "What somebody wrote in a worker." },
    { 0, NULL },
};

static PyType_Spec written_spec = { "stockade.Written", sizeof(written_object),
                                    0, Py_TPFLAGS_DEFAULT, written_slots };

static PyObject *
new_written(stk_isolation *isolation, PyObject *text)
{
    PyObject *self;

    if (!isolation->written_type)
        isolation->written_type = stk_class_new(&written_spec, NULL);
    if (!isolation->written_type)
        return NULL;
    self = PyType_GenericAlloc((PyTypeObject *)isolation->written_type, 0);
    if (self)
        ((written_object *)self)->text = Py_NewRef(text);
    return self;
}

static PyObject *
refuse(void)
{
    return PyErr_Format(PyExc_ValueError, "a signature that cannot be");
}

/* Of one line, or it might draw anything around it. */
static PyObject *
show_text(stk_isolation *isolation, PyObject *text)
{
    PyObject *printable, *shown;

    if (!PyUnicode_CheckExact(text) || PyUnicode_GET_LENGTH(text) > TEXT_MAX)
        return refuse();
    printable = PyObject_CallMethod(text, "isprintable", NULL);
    if (!printable)
        return NULL;
    shown = printable == Py_True ? Py_NewRef(text) : PyObject_ASCII(text);
    Py_DECREF(printable);
    printable = shown ? new_written(isolation, shown) : NULL;
    Py_XDECREF(shown);
    return printable;
}

/* ---- annotations and defaults ---------------------------------------- */

/* Those of Python itself that are shown by their name: by a fixed table. */
static PyObject *
inbuilt_class(PyObject *text)
{
    const struct {
        const char *name;
        PyObject *class;
    } table[] = {
        { "None", Py_None },
        { "bool", (PyObject *)&PyBool_Type },
        { "bytes", (PyObject *)&PyBytes_Type },
        { "complex", (PyObject *)&PyComplex_Type },
        { "dict", (PyObject *)&PyDict_Type },
        { "float", (PyObject *)&PyFloat_Type },
        { "frozenset", (PyObject *)&PyFrozenSet_Type },
        { "int", (PyObject *)&PyLong_Type },
        { "list", (PyObject *)&PyList_Type },
        { "object", (PyObject *)&PyBaseObject_Type },
        { "set", (PyObject *)&PySet_Type },
        { "str", (PyObject *)&PyUnicode_Type },
        { "tuple", (PyObject *)&PyTuple_Type },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (PyUnicode_CheckExact(text) &&
            PyUnicode_CompareWithASCIIString(text, table[i].name) == 0)
            return table[i].class;
    return NULL;
}

/* (): nothing; (value,); [text]. New reference; NULL, without an exception
 * where there is nothing. */
static PyObject *
read_told(stk_isolation *isolation, PyObject *told, bool note)
{
    PyObject *class;

    if (PyTuple_CheckExact(told) && PyTuple_GET_SIZE(told) == 0)
        return NULL;
    if (PyTuple_CheckExact(told) && PyTuple_GET_SIZE(told) == 1 && !note)
        return Py_NewRef(PyTuple_GET_ITEM(told, 0));
    if (!PyList_CheckExact(told) || PyList_GET_SIZE(told) != 1)
        return refuse();
    class = note ? inbuilt_class(PyList_GET_ITEM(told, 0)) : NULL;
    if (class)
        return Py_NewRef(class);
    return show_text(isolation, PyList_GET_ITEM(told, 0));
}

/* keywords[key] = what is told, if anything is. */
static int
put_told(stk_isolation *isolation, PyObject *keywords, const char *key,
         PyObject *told, bool note)
{
    PyObject *value = read_told(isolation, told, note);
    int result = 0;

    if (value)
        result = PyDict_SetItemString(keywords, key, value);
    Py_XDECREF(value);
    return PyErr_Occurred() ? -1 : result;
}

/* ---- inspect's objects ----------------------------------------------- */

typedef struct making {
    stk_isolation *isolation;
    PyObject *parameter, *signature; /* strong; classes */
    PyObject *kinds[5];              /* strong */
} making;

static int
find_classes(making *m)
{
    static const char *const kinds[] = { "POSITIONAL_ONLY",
                                         "POSITIONAL_OR_KEYWORD",
                                         "VAR_POSITIONAL", "KEYWORD_ONLY",
                                         "VAR_KEYWORD" };
    PyObject *inspect = stk_own_import("inspect");

    if (!inspect)
        return -1;
    m->parameter = PyObject_GetAttrString(inspect, "Parameter");
    m->signature = PyObject_GetAttrString(inspect, "Signature");
    Py_DECREF(inspect);
    for (size_t i = 0; m->parameter && i < 5; i++)
        m->kinds[i] = PyObject_GetAttrString(m->parameter, kinds[i]);
    return PyErr_Occurred() ? -1 : 0;
}

static void
clear_classes(making *m)
{
    Py_CLEAR(m->parameter);
    Py_CLEAR(m->signature);
    for (size_t i = 0; i < 5; i++)
        Py_CLEAR(m->kinds[i]);
}

/* [name, kind, default, annotation]; inspect itself looks at the name. */
static PyObject *
make_parameter(const making *m, PyObject *row)
{
    PyObject *keywords, *args = NULL, *made = NULL;
    long kind;

    if (!PyList_CheckExact(row) || PyList_GET_SIZE(row) != 4 ||
        !PyUnicode_CheckExact(PyList_GET_ITEM(row, 0)) ||
        PyUnicode_GET_LENGTH(PyList_GET_ITEM(row, 0)) > TEXT_MAX ||
        !PyLong_CheckExact(PyList_GET_ITEM(row, 1)))
        return refuse();
    kind = PyLong_AsLong(PyList_GET_ITEM(row, 1));
    if (kind < 0 || kind > 4) {
        PyErr_Clear();
        return refuse();
    }
    keywords = PyDict_New();
    if (keywords &&
        put_told(m->isolation, keywords, "default", PyList_GET_ITEM(row, 2),
                 false) == 0 &&
        put_told(m->isolation, keywords, "annotation", PyList_GET_ITEM(row, 3),
                 true) == 0)
        args = PyTuple_Pack(2, PyList_GET_ITEM(row, 0), m->kinds[kind]);
    if (args)
        made = PyObject_Call(m->parameter, args, keywords);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    return made;
}

static PyObject *
make_parameters(const making *m, PyObject *rows)
{
    PyObject *list = PyList_New(0);

    if (!PyList_CheckExact(rows) || PyList_GET_SIZE(rows) > PARAMETERS_MAX) {
        Py_XDECREF(list);
        return refuse();
    }
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(rows); i++) {
        PyObject *made = make_parameter(m, PyList_GET_ITEM(rows, i));

        if (!made || PyList_Append(list, made) < 0)
            Py_CLEAR(list);
        Py_XDECREF(made);
    }
    return list;
}

/* [rows, what it returns] */
static PyObject *
make_signature(const making *m, PyObject *told)
{
    PyObject *keywords, *list, *args, *made = NULL;

    if (!PyList_CheckExact(told) || PyList_GET_SIZE(told) != 2)
        return refuse();
    keywords = PyDict_New();
    list = make_parameters(m, PyList_GET_ITEM(told, 0));
    args = list ? PyTuple_Pack(1, list) : NULL;
    if (args && keywords &&
        put_told(m->isolation, keywords, "return_annotation",
                 PyList_GET_ITEM(told, 1), true) == 0)
        made = PyObject_Call(m->signature, args, keywords);
    Py_XDECREF(keywords);
    Py_XDECREF(list);
    Py_XDECREF(args);
    return made;
}

PyObject *
stk_proxy_signature(PyObject *self, void *Py_UNUSED(closure))
{
    stk_interp *state = stk_interp_get();
    making m = { .isolation = state ? stk_isolation_get(state) : NULL };
    PyObject *told, *made = NULL;

    if (!m.isolation)
        return NULL;
    told = stk_proxy_ask(self, STK_OP_DESCRIBE, Py_BuildValue("[O]", self));
    if (told && find_classes(&m) == 0)
        made = make_signature(&m, told);
    Py_XDECREF(told);
    clear_classes(&m);
    return made;
}
