/* SPDX-License-Identifier: Apache-2.0 */
/* What the names tell that a worker asks for. */
#include "python/broker/broker.h"

#include <string.h>

#define LABELS_MAX 200

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

bool
stk_broker_is_for_jython(const stk_broker_request *r)
{
    const char *who = r->claimed.text;

    return who && !strcmp(r->text.text, "org") &&
           (!strcmp(who, "copy") || !strcmp(who, "pickle"));
}
