/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that live in a worker: a step of an iterator, and `with`. */
#include "python/remote/remote.h"

PyObject *
stk_take_stopped(void)
{
    PyObject *type, *stop, *traceback, *value;

    PyErr_Fetch(&type, &stop, &traceback);
    PyErr_NormalizeException(&type, &stop, &traceback);
    value = stop ? PyObject_GetAttrString(stop, "value") : NULL;
    Py_XDECREF(type);
    Py_XDECREF(stop);
    Py_XDECREF(traceback);
    return value;
}

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

/* What ends the host, or says that a worker of it failed: no worker may keep
 * it from whoever waits for it. */
static bool
is_hosts(PyObject *raised)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;

    if (!PyErr_GivenExceptionMatches(raised, PyExc_Exception))
        return true;
    return isolation &&
           PyErr_GivenExceptionMatches(raised, isolation->sandbox_error) &&
           !PyErr_GivenExceptionMatches(raised, isolation->remote_error);
}

/* Whether what was told to a worker is raised on, whatever came of that: a
 * value, or an exception of the worker's in its place. Not where the host
 * itself is to end meanwhile. */
bool
stk_proxy_goes_on(PyObject *answer, PyObject *told)
{
    return is_hosts(told) &&
           (answer || PyErr_ExceptionMatches(PyExc_Exception));
}

static PyObject *
make_thrown(PyObject *type, PyObject *value)
{
    if (PyExceptionInstance_Check(type))
        return Py_NewRef(type);
    if (!PyExceptionClass_Check(type))
        return PyErr_Format(PyExc_TypeError,
                            "exceptions must derive from BaseException");
    if (value && PyExceptionInstance_Check(value))
        return Py_NewRef(value);
    return PyObject_CallFunctionObjArgs(type, value, NULL);
}

PyObject *
stk_proxy_thrown(PyObject *args)
{
    PyObject *type, *value = NULL, *traceback = NULL;

    if (!PyArg_UnpackTuple(args, "throw", 1, 3, &type, &value, &traceback))
        return NULL;
    return make_thrown(type, value);
}

static PyObject *
ask_throw(PyObject *self, PyObject *thrown)
{
    PyObject *told = stk_proxy_told(thrown);

    return told ? settle_step(stk_proxy_ask(self, STK_OP_THROW,
                                            Py_BuildValue("[ON]", self, told)))
                : NULL;
}

PyObject *
stk_proxy_throw(PyObject *self, PyObject *args)
{
    PyObject *thrown = stk_proxy_thrown(args), *answer;

    if (!thrown)
        return NULL;
    answer = ask_throw(self, thrown);
    if (stk_proxy_goes_on(answer, thrown)) {
        Py_CLEAR(answer);
        PyErr_SetObject((PyObject *)Py_TYPE(thrown), thrown);
    }
    Py_DECREF(thrown);
    return answer;
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

static PyObject *
ask_exit(PyObject *self, PyObject *value)
{
    PyObject *told = PyExceptionInstance_Check(value) ? stk_proxy_told(value)
                                                      : Py_NewRef(Py_None);

    return told ? stk_proxy_ask(self, STK_OP_EXIT,
                                Py_BuildValue("[ON]", self, told))
                : NULL;
}

PyObject *
stk_proxy_exit(PyObject *self, PyObject *args)
{
    PyObject *type, *value, *traceback, *answer;

    if (!PyArg_UnpackTuple(args, "__exit__", 3, 3, &type, &value, &traceback))
        return NULL;
    answer = ask_exit(self, value);
    if (type == Py_None || !stk_proxy_goes_on(answer, type))
        return answer;
    Py_XDECREF(answer);
    PyErr_Clear();
    Py_RETURN_FALSE;
}
