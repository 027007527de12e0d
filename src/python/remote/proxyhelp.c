/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What help() shows of a class that lives in a worker: its docstring, and
 * its methods with their signatures and docstrings. It is no class here, of
 * which pydoc would find them.
 */
#include "python/remote/remote.h"

#include "python/asks/own.h"
#include "python/object/printable.h"

#define NAMES_MAX 200
#define DOC_MAX   4000   /* characters, of one docstring */
#define TEXT_MAX  100000 /* of all */

/* What it raises is the plugin's own failure, and passed over: 0. What ends
 * the host's call, an interrupt or a worker's end, goes on: -1. */
static int
pass_over(void)
{
    stk_interp *state = stk_interp_find();
    const stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *type, *value, *traceback, *cause;
    bool is_remote;

    if (!PyErr_Occurred())
        return 0;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    cause = value ? PyException_GetCause(value) : NULL;
    is_remote =
        isolation && isolation->remote_error && cause &&
        PyObject_TypeCheck(cause, (PyTypeObject *)isolation->remote_error);
    Py_XDECREF(cause);
    PyErr_Restore(type, value, traceback);
    if (!is_remote && !PyErr_ExceptionMatches(PyExc_AttributeError) &&
        !PyErr_ExceptionMatches(PyExc_TypeError) &&
        !PyErr_ExceptionMatches(PyExc_ValueError) &&
        !(isolation && PyErr_ExceptionMatches(isolation->remote_error)))
        return -1;
    PyErr_Clear();
    return 0;
}

/* As much of `text` as is shown: it is taken. */
static PyObject *
cut_at(PyObject *text, Py_ssize_t most)
{
    PyObject *start;

    if (!text || PyUnicode_GET_LENGTH(text) <= most)
        return text;
    start = PyUnicode_Substring(text, 0, most);
    Py_SETREF(text, start ? PyUnicode_FromFormat("%U...", start) : NULL);
    Py_XDECREF(start);
    return text;
}

static PyObject *
cut(PyObject *text)
{
    return cut_at(text, DOC_MAX);
}

/* As a terminal may have it; `text` is taken. */
static PyObject *
show(PyObject *text, bool lines)
{
    PyObject *shown = text ? stk_printable(text, lines) : NULL;

    Py_XDECREF(text);
    return shown;
}

static PyObject *
text_of(PyObject *proxy, const char *name)
{
    PyObject *text = PyObject_GetAttrString(proxy, name);

    if (text && !PyUnicode_CheckExact(text))
        Py_CLEAR(text);
    if (text)
        return text;
    return pass_over() < 0 ? NULL : PyUnicode_FromString("");
}

static PyObject *
signature_of(PyObject *proxy)
{
    PyObject *signature = stk_proxy_signature(proxy, NULL);
    PyObject *text = signature ? PyObject_Str(signature) : NULL;

    Py_XDECREF(signature);
    if (text)
        return show(cut(text), false);
    return pass_over() < 0 ? NULL : PyUnicode_FromString("(...)");
}

/* As it is shown, without the indentation that it has in the source: `text`
 * is taken. */
static PyObject *
clean(PyObject *text)
{
    PyObject *inspect = NULL, *cleaned;

    text = cut(text);
    inspect = text ? stk_own_import("inspect") : NULL;
    cleaned =
        inspect ? PyObject_CallMethod(inspect, "cleandoc", "O", text) : NULL;
    Py_XDECREF(inspect);
    Py_XDECREF(text);
    return show(cleaned, true);
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
    PyObject *doc =
        signature ? indent(clean(text_of(method, "__doc__"))) : NULL;

    if (signature && doc)
        shown = PyUnicode_GET_LENGTH(doc) > 0
                    ? PyUnicode_FromFormat("    %U%U\n        %U", name,
                                           signature, doc)
                    : PyUnicode_FromFormat("    %U%U", name, signature);
    Py_XDECREF(signature);
    Py_XDECREF(doc);
    return shown;
}

/* What is no method is passed over, and so is what cannot be had. Counts the
 * characters. */
static int
add_method(PyObject *list, PyObject *class, PyObject *name, Py_ssize_t *total)
{
    PyObject *found, *shown;
    int result;

    if (!PyUnicode_IsIdentifier(name) || PyUnicode_READ_CHAR(name, 0) == '_')
        return 0;
    found = PyObject_GetAttr(class, name);
    if (!found || !stk_proxy_check(found) || !stk_proxy_is_callable(found)) {
        Py_XDECREF(found);
        return pass_over();
    }
    shown = show_method(name, found);
    result = shown ? PyList_Append(list, shown) : -1;
    *total += shown ? PyUnicode_GET_LENGTH(shown) : 0;
    Py_XDECREF(shown);
    Py_DECREF(found);
    return result;
}

/* There are more. */
static int
add_rest(PyObject *list)
{
    PyObject *rest = PyUnicode_FromString("    ...");
    int result = rest ? PyList_Append(list, rest) : -1;

    Py_XDECREF(rest);
    return result;
}

static PyObject *
list_methods(PyObject *class)
{
    PyObject *names = PyObject_Dir(class), *list;
    Py_ssize_t n = names && PyList_Check(names) ? PyList_GET_SIZE(names) : 0;
    Py_ssize_t total = 0, i = 0;

    if (!names && pass_over() < 0)
        return NULL;
    list = PyList_New(0);
    for (; list && i < n && i < NAMES_MAX && total < TEXT_MAX; i++)
        if (add_method(list, class, PyList_GET_ITEM(names, i), &total) < 0)
            Py_CLEAR(list);
    if (list && i < n && add_rest(list) < 0)
        Py_CLEAR(list);
    Py_XDECREF(names);
    return list;
}

PyObject *
stk_proxy_shown(PyObject *text, bool lines)
{
    return show(cut_at(text, TEXT_MAX), lines);
}

/* How it is called, on a line, and what it says of itself, which is taken. */
static PyObject *
add_signature(PyObject *class, PyObject *doc)
{
    PyObject *signature, *name, *longer = NULL;

    signature = doc ? stk_proxy_signature(class, NULL) : NULL;
    if (!signature && doc && pass_over() == 0)
        return doc;
    Py_XDECREF(signature);
    signature = signature ? signature_of(class) : NULL;
    name = signature ? show(cut(text_of(class, "__name__")), false) : NULL;
    if (name)
        longer = PyUnicode_FromFormat(
            "%U%U%s%U", name, signature,
            PyUnicode_GET_LENGTH(doc) > 0 ? "\n\n" : "", doc);
    Py_XDECREF(doc);
    Py_XDECREF(signature);
    Py_XDECREF(name);
    return longer;
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

static PyObject *
help(PyObject *class, PyObject *doc)
{
    PyObject *list = list_methods(class), *cleaned = NULL, *text = NULL;
    bool has_any = list && PyList_GET_SIZE(list) > 0;

    if (list)
        cleaned =
            add_signature(class, doc == Py_None ? PyUnicode_FromString("")
                                                : clean(Py_NewRef(doc)));
    if (cleaned && !has_any && PyUnicode_GET_LENGTH(cleaned) == 0)
        text = Py_NewRef(Py_None);
    else if (cleaned)
        text = has_any ? join(cleaned, list) : Py_NewRef(cleaned);
    Py_XDECREF(cleaned);
    Py_XDECREF(list);
    return text;
}

/* Hundreds of questions, for what looks like one attribute: all of them have
 * the time of one. */
PyObject *
stk_proxy_help(PyObject *class, PyObject *doc)
{
    stk_remote *remote = stk_proxy_remote(class);
    PyObject *text = NULL;

    Py_INCREF(remote);
    if (stk_remote_begin(remote) == 0) {
        text = help(class, doc);
        stk_remote_end(remote);
    }
    Py_DECREF(remote);
    Py_DECREF(doc);
    return text;
}
