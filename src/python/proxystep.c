/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that live in a worker: a step of an iterator, and `with`. */
#include "python/remote.h"

/* ---- iterators ------------------------------------------------------- */

/* (done, value), of the worker's. */
static PyObject *
settle_step(PyObject *step)
{
    PyObject *value;

    if (!step)
        return NULL;
    if (!PyTuple_CheckExact(step) || PyTuple_GET_SIZE(step) != 2 ||
        !PyBool_Check(PyTuple_GET_ITEM(step, 0))) {
        Py_DECREF(step);
        return PyErr_Format(PyExc_TypeError, "no step of an iterator");
    }
    value = Py_NewRef(PyTuple_GET_ITEM(step, 1));
    if (PyTuple_GET_ITEM(step, 0) == Py_True) {
        PyObject *stop = value == Py_None
                             ? NULL
                             : PyObject_CallOneArg(PyExc_StopIteration, value);

        if (stop)
            PyErr_SetObject(PyExc_StopIteration, stop);
        else if (!PyErr_Occurred())
            PyErr_SetNone(PyExc_StopIteration);
        Py_XDECREF(stop);
        Py_CLEAR(value);
    }
    Py_DECREF(step);
    return value;
}

PyObject *
stk_proxy_next(PyObject *self)
{
    return settle_step(
        stk_proxy_ask(self, STK_OP_NEXT, Py_BuildValue("[O]", self)));
}

PyObject *
stk_proxy_send(PyObject *self, PyObject *value)
{
    return settle_step(
        stk_proxy_ask(self, STK_OP_SEND, Py_BuildValue("[OO]", self, value)));
}

/* Its built-in type and what it says: all that goes there. */
static PyObject *
told_exception(PyObject *value)
{
    PyTypeObject *at = Py_TYPE(value);
    PyObject *text;

    while (at && at->tp_flags & Py_TPFLAGS_HEAPTYPE)
        at = at->tp_base;
    text = PyObject_Str(value);
    return text ? Py_BuildValue("[sN]", at ? at->tp_name : "Exception", text)
                : NULL;
}

PyObject *
stk_proxy_throw(PyObject *self, PyObject *args)
{
    PyObject *type, *value = NULL, *traceback = NULL, *told;

    if (!PyArg_UnpackTuple(args, "throw", 1, 3, &type, &value, &traceback))
        return NULL;
    if (PyExceptionInstance_Check(type))
        told = told_exception(type);
    else if (PyExceptionClass_Check(type)) {
        PyObject *made = PyObject_CallFunctionObjArgs(type, value, NULL);

        told = made ? told_exception(made) : NULL;
        Py_XDECREF(made);
    } else
        return PyErr_Format(PyExc_TypeError,
                            "exceptions must derive from BaseException");
    return told ? settle_step(stk_proxy_ask(self, STK_OP_THROW,
                                            Py_BuildValue("[ON]", self, told)))
                : NULL;
}

PyObject *
stk_proxy_close(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return stk_proxy_ask(self, STK_OP_CLOSE, Py_BuildValue("[O]", self));
}

/* ---- with ------------------------------------------------------------ */

PyObject *
stk_proxy_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return stk_proxy_ask(self, STK_OP_ENTER, Py_BuildValue("[O]", self));
}

PyObject *
stk_proxy_exit(PyObject *self, PyObject *args)
{
    PyObject *type, *value, *traceback, *told;

    if (!PyArg_UnpackTuple(args, "__exit__", 3, 3, &type, &value, &traceback))
        return NULL;
    told = PyExceptionInstance_Check(value) ? told_exception(value)
                                            : Py_NewRef(Py_None);
    return told ? stk_proxy_ask(self, STK_OP_EXIT,
                                Py_BuildValue("[ON]", self, told))
                : NULL;
}
