/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that live in a worker, as containers. */
#include "python/remote/remote.h"

Py_ssize_t
stk_proxy_length(PyObject *self)
{
    PyObject *length =
        stk_proxy_ask(self, STK_OP_LEN, Py_BuildValue("[O]", self));
    Py_ssize_t n = -1;

    if (length && PyLong_CheckExact(length))
        n = PyLong_AsSsize_t(length);
    else if (length)
        PyErr_SetString(PyExc_TypeError, "len() should be an int");
    if (n < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "__len__() should return >= 0");
    Py_XDECREF(length);
    return n;
}

PyObject *
stk_proxy_getitem(PyObject *self, PyObject *key)
{
    return stk_proxy_ask(self, STK_OP_GETITEM,
                         Py_BuildValue("[OO]", self, key));
}

int
stk_proxy_setitem(PyObject *self, PyObject *key, PyObject *value)
{
    PyObject *done =
        value ? stk_proxy_ask(self, STK_OP_SETITEM,
                              Py_BuildValue("[OOO]", self, key, value))
              : stk_proxy_ask(self, STK_OP_DELITEM,
                              Py_BuildValue("[OO]", self, key));

    Py_XDECREF(done);
    return done ? 0 : -1;
}

int
stk_proxy_truth(PyObject *answer)
{
    int truth = answer == Py_True;

    if (answer && answer != Py_True && answer != Py_False) {
        PyErr_SetString(PyExc_TypeError, "a bool was expected");
        truth = -1;
    }
    Py_XDECREF(answer);
    return answer ? truth : -1;
}

int
stk_proxy_contains(PyObject *self, PyObject *item)
{
    return stk_proxy_truth(stk_proxy_ask(self, STK_OP_CONTAINS,
                                         Py_BuildValue("[OO]", self, item)));
}

PyObject *
stk_proxy_iter(PyObject *self)
{
    PyObject *iterator =
        stk_proxy_ask(self, STK_OP_ITER, Py_BuildValue("[O]", self));

    if (iterator && !PyIter_Check(iterator)) {
        Py_DECREF(iterator);
        return PyErr_Format(PyExc_TypeError,
                            "iter() returned non-iterator of the worker's");
    }
    return iterator;
}
