/* SPDX-License-Identifier: Apache-2.0 */
/* What the names tell that a worker asks for. */
#include "python/broker/broker.h"

#include <string.h>

#define LABELS_MAX 200
#define SHOWN_MAX  200

/* A dotted name of a length that a path can have. Not only what a statement
 * can import: _sysconfigdata__linux_x86_64-linux-gnu is a module, too. */
bool
stk_broker_is_name(PyObject *name)
{
    PyObject *plain =
        PyUnicode_GET_LENGTH(name) <= 1000
            ? PyObject_CallMethod(name, "replace", "ss", "-", "_")
            : NULL;
    PyObject *labels =
        plain ? PyObject_CallMethod(plain, "split", "s", ".") : NULL;
    bool good = labels && PyList_GET_SIZE(labels) <= LABELS_MAX;

    for (Py_ssize_t i = 0; good && i < PyList_GET_SIZE(labels); i++)
        good = PyUnicode_IsIdentifier(PyList_GET_ITEM(labels, i)) == 1;
    Py_XDECREF(plain);
    Py_XDECREF(labels);
    PyErr_Clear();
    return good;
}

/* No more of it is looked at than is shown: it may be as long as a frame. */
PyObject *
stk_broker_refuse_name(PyObject *name)
{
    PyObject *start = PyUnicode_CheckExact(name)
                          ? PyUnicode_Substring(name, 0, SHOWN_MAX)
                          : PyUnicode_FromString(Py_TYPE(name)->tp_name);

    if (start)
        PyErr_Format(PyExc_ImportError, "%.200R is no name of a module",
                     start);
    Py_XDECREF(start);
    return NULL;
}

bool
stk_broker_is_for_jython(const stk_broker_request *r)
{
    const char *who = r->claimed.text;

    return who && !strcmp(r->text.text, "org") &&
           (!strcmp(who, "copy") || !strcmp(who, "pickle"));
}
