/* SPDX-License-Identifier: Apache-2.0 */
/* What dir() says of objects in a worker: the names that they have there, and
 * that can be had here. */
#include "python/remote/remote.h"

#include "python/object/name.h"

bool
stk_proxy_is_special(PyObject *name)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(name);

    return n > 4 && PyUnicode_READ_CHAR(name, 0) == '_' &&
           PyUnicode_READ_CHAR(name, 1) == '_' &&
           PyUnicode_READ_CHAR(name, n - 1) == '_' &&
           PyUnicode_READ_CHAR(name, n - 2) == '_';
}

bool
stk_proxy_is_told(PyObject *name)
{
    static const stk_literal told[] = {
        STK_LITERAL("__doc__"),
        STK_LITERAL("__name__"),
        STK_LITERAL("__qualname__"),
        STK_LITERAL("__module__"),
    };

    return stk_name_is_among(name, told, sizeof told / sizeof *told);
}

static bool
are_names(PyObject *answer)
{
    if (!PyList_CheckExact(answer))
        return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(answer); i++)
        if (!PyUnicode_CheckExact(PyList_GET_ITEM(answer, i)))
            return false;
    return true;
}

static PyObject *
select_names(PyObject *all, PyObject *self,
             bool (*has)(PyObject *self, PyObject *name))
{
    PyObject *some = PyList_New(0);

    for (Py_ssize_t i = 0; some && i < PyList_GET_SIZE(all); i++) {
        PyObject *name = PyList_GET_ITEM(all, i);

        if ((!stk_proxy_is_special(name) || has(self, name)) &&
            PyList_Append(some, name) < 0)
            Py_CLEAR(some);
    }
    return some;
}

PyObject *
stk_proxy_names(PyObject *answer, PyObject *self,
                bool (*has)(PyObject *self, PyObject *name))
{
    if (!answer)
        return NULL;
    Py_SETREF(answer,
              are_names(answer)
                  ? select_names(answer, self, has)
                  : PyErr_Format(PyExc_TypeError,
                                 "dir() of a worker's is no list of names"));
    return answer;
}

static bool
type_has(PyObject *self, PyObject *name)
{
    return stk_proxy_is_told(name) || _PyType_Lookup(Py_TYPE(self), name);
}

PyObject *
stk_proxy_dir(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return stk_proxy_names(
        stk_proxy_ask(self, STK_OP_DIR, Py_BuildValue("[O]", self)), self,
        type_has);
}
