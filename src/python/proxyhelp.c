/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What help() shows of a class that lives in a worker: its docstring, and
 * its methods with their signatures and docstrings. It is no class here, of
 * which pydoc would find them.
 */
#include "python/remote.h"

#include "python/own.h"

#define NAMES_MAX 200

static PyObject *
text_of(PyObject *proxy, const char *name)
{
    PyObject *text = PyObject_GetAttrString(proxy, name);

    if (text && !PyUnicode_CheckExact(text))
        Py_CLEAR(text);
    PyErr_Clear();
    return text ? text : PyUnicode_FromString("");
}

static PyObject *
signature_of(PyObject *proxy)
{
    PyObject *signature = stk_proxy_signature(proxy, NULL);
    PyObject *text = signature ? PyObject_Str(signature) : NULL;

    Py_XDECREF(signature);
    if (text)
        return text;
    PyErr_Clear();
    return PyUnicode_FromString("(...)");
}

/* Without the indentation that it has in the source: `text` is taken. */
static PyObject *
clean(PyObject *text)
{
    PyObject *inspect = text ? stk_own_import("inspect") : NULL, *cleaned;

    cleaned =
        inspect ? PyObject_CallMethod(inspect, "cleandoc", "O", text) : NULL;
    Py_XDECREF(inspect);
    Py_XDECREF(text);
    return cleaned;
}

/* `text` is taken. */
static PyObject *
indent(PyObject *text)
{
    PyObject *shown =
        text ? PyObject_CallMethod(text, "replace", "ss", "\n", "\n        ")
             : NULL;

    Py_XDECREF(text);
    return shown;
}

/* name(signature), and what it says of itself. */
static PyObject *
show_method(PyObject *name, PyObject *method)
{
    PyObject *signature = signature_of(method), *shown = NULL;
    PyObject *doc = indent(clean(text_of(method, "__doc__")));

    if (signature && doc)
        shown = PyUnicode_GET_LENGTH(doc) > 0
                    ? PyUnicode_FromFormat("    %U%U\n        %U", name,
                                           signature, doc)
                    : PyUnicode_FromFormat("    %U%U", name, signature);
    Py_XDECREF(signature);
    Py_XDECREF(doc);
    return shown;
}

/* What is no method is passed over, and so is what cannot be had. */
static int
add_method(PyObject *list, PyObject *class, PyObject *name)
{
    PyObject *found, *shown;
    int result = 0;

    if (PyUnicode_GET_LENGTH(name) == 0 || PyUnicode_READ_CHAR(name, 0) == '_')
        return 0;
    found = PyObject_GetAttr(class, name);
    if (!found || !stk_proxy_check(found) || !stk_proxy_is_callable(found)) {
        PyErr_Clear();
        Py_XDECREF(found);
        return 0;
    }
    shown = show_method(name, found);
    result = shown ? PyList_Append(list, shown) : -1;
    Py_XDECREF(shown);
    Py_DECREF(found);
    return result;
}

static PyObject *
list_methods(PyObject *class)
{
    PyObject *names = PyObject_Dir(class), *list = PyList_New(0);
    Py_ssize_t n = names && PyList_Check(names) ? PyList_GET_SIZE(names) : 0;

    for (Py_ssize_t i = 0; list && i < n && i < NAMES_MAX; i++)
        if (add_method(list, class, PyList_GET_ITEM(names, i)) < 0)
            Py_CLEAR(list);
    Py_XDECREF(names);
    return list;
}

static PyObject *
join(PyObject *doc, PyObject *list)
{
    PyObject *between = PyUnicode_FromString("\n\n"), *all, *text = NULL;
    bool has_doc = PyUnicode_GET_LENGTH(doc) > 0;

    all = between ? PyUnicode_Join(between, list) : NULL;
    if (all)
        text = PyUnicode_FromFormat("%U%sMethods:\n\n%U", doc,
                                    has_doc ? "\n\n" : "", all);
    Py_XDECREF(between);
    Py_XDECREF(all);
    return text;
}

PyObject *
stk_proxy_help(PyObject *class, PyObject *doc)
{
    PyObject *list = list_methods(class), *cleaned, *text;

    if (!list || PyList_GET_SIZE(list) == 0) {
        PyErr_Clear();
        Py_XDECREF(list);
        return doc;
    }
    cleaned =
        doc == Py_None ? PyUnicode_FromString("") : clean(Py_NewRef(doc));
    text = cleaned ? join(cleaned, list) : NULL;
    Py_XDECREF(cleaned);
    Py_DECREF(list);
    Py_DECREF(doc);
    return text;
}
