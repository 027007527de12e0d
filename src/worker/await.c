/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coroutines of a worker, run to their end: there is no event loop here, and
 * nothing to wait for but the host. What one awaits is a coroutine of its
 * own, a function of the host's, or a turn for others, who are none.
 */
#include "worker/serve.h"

#include "worker/compat.h"

/* What `await` takes. */
static PyObject *
iterator_of(PyObject *awaitable)
{
    PyAsyncMethods *methods = Py_TYPE(awaitable)->tp_as_async;
    PyObject *iterator;

    if (PyCoro_CheckExact(awaitable))
        return Py_NewRef(awaitable);
    if (!methods || !methods->am_await)
        return PyErr_Format(PyExc_TypeError,
                            "object %.100s can't be used in 'await' "
                            "expression",
                            Py_TYPE(awaitable)->tp_name);
    iterator = methods->am_await(awaitable);
    if (iterator && !PyIter_Check(iterator) && !PyCoro_CheckExact(iterator)) {
        Py_DECREF(iterator);
        return PyErr_Format(PyExc_TypeError,
                            "__await__() returned no iterator");
    }
    return iterator;
}

static PyObject *
step(PyObject *iterator, PyObject *awaited)
{
    PyObject *error;

    if (awaited == Py_None)
        return PyObject_HasAttrString(iterator, "send")
                   ? PyObject_CallMethod(iterator, "send", "O", Py_None)
                   : Py_TYPE(iterator)->tp_iternext(iterator);
    error = PyObject_CallFunction(
        PyExc_RuntimeError, "s",
        "a worker has no event loop: a coroutine in it awaits coroutines of "
        "its own and functions of the host's");
    if (!error)
        return NULL;
    awaited = PyObject_CallMethod(iterator, "throw", "O", error);
    Py_DECREF(error);
    return awaited;
}

/* What it returned. New reference. */
static PyObject *
run(PyObject *iterator)
{
    PyObject *awaited = Py_NewRef(Py_None), *next;

    while (awaited) {
        next = step(iterator, awaited);
        Py_DECREF(awaited);
        awaited = next;
    }
    return stk_operate_stopped();
}

/* `awaitable` is taken, and may be NULL. */
static PyObject *
drive(PyObject *awaitable)
{
    PyObject *iterator = awaitable ? iterator_of(awaitable) : NULL;
    PyObject *value = iterator ? run(iterator) : NULL;

    Py_XDECREF(iterator);
    Py_XDECREF(awaitable);
    return value;
}

/* ---- what is awaited ------------------------------------------------- */

/* Special methods are of the type, as Python has it. */
static PyObject *
call_special(PyObject *object, PyObject *name, PyObject *args)
{
    PyObject *function = PyObject_GetAttr((PyObject *)Py_TYPE(object), name);
    PyObject *self = function ? PyTuple_Pack(1, object) : NULL;
    PyObject *all = self ? PySequence_Concat(self, args) : NULL;
    PyObject *result = all ? PyObject_CallObject(function, all) : NULL;

    Py_XDECREF(function);
    Py_XDECREF(self);
    Py_XDECREF(all);
    return result;
}

/* [type, message] or None, as __aexit__() has three of it. */
static PyObject *
call_aexit(PyObject *object, PyObject *name, PyObject *told)
{
    PyObject *value =
        told == Py_None ? Py_NewRef(Py_None) : stk_operate_exception(told);
    PyObject *args = NULL, *result = NULL;

    if (value)
        args = PyTuple_Pack(
            3, value == Py_None ? Py_None : (PyObject *)Py_TYPE(value), value,
            Py_None);
    if (args)
        result = call_special(object, name, args);
    Py_XDECREF(args);
    Py_XDECREF(value);
    return result;
}

static PyObject *
call_athrow(PyObject *object, PyObject *name, PyObject *told)
{
    PyObject *value = stk_operate_exception(told);
    PyObject *result =
        value ? PyObject_CallMethodObjArgs(object, name, value, NULL) : NULL;

    Py_XDECREF(value);
    return result;
}

static bool
is(PyObject *name, const char *what)
{
    return PyUnicode_CompareWithASCIIString(name, what) == 0;
}

/* New reference to what is to be awaited. */
static PyObject *
begin(PyObject *object, PyObject *name, PyObject *args)
{
    Py_ssize_t n = PyTuple_CheckExact(args) ? PyTuple_GET_SIZE(args) : -1;

    if (name == Py_None && n == 0)
        return Py_NewRef(object);
    if (!PyUnicode_CheckExact(name) || n < 0)
        return PyErr_Format(PyExc_ValueError, "nothing to await");
    if (is(name, "__call__") && n == 2 &&
        PyTuple_CheckExact(PyTuple_GET_ITEM(args, 0)))
        return PyObject_Call(object, PyTuple_GET_ITEM(args, 0),
                             PyTuple_GET_ITEM(args, 1) == Py_None
                                 ? NULL
                                 : PyTuple_GET_ITEM(args, 1));
    if (is(name, "__aexit__") && n == 1)
        return call_aexit(object, name, PyTuple_GET_ITEM(args, 0));
    if (is(name, "athrow") && n == 1)
        return call_athrow(object, name, PyTuple_GET_ITEM(args, 0));
    if ((is(name, "__anext__") || is(name, "__aenter__")) && n == 0)
        return call_special(object, name, args);
    if ((is(name, "asend") && n == 1) || (is(name, "aclose") && n == 0)) {
        PyObject *method = PyObject_GetAttr(object, name), *result;

        result = method ? PyObject_CallObject(method, args) : NULL;
        Py_XDECREF(method);
        return result;
    }
    return PyErr_Format(PyExc_ValueError, "nothing to await");
}

/* (False, what it gives), or (True, None) at the end of an iterator. */
PyObject *
stk_operate_await(stk_serving *serving, PyObject *const *args)
{
    PyObject *value = drive(begin(args[0], args[1], args[2]));

    (void)serving;
    if (value)
        return Py_BuildValue("(ON)", Py_False, value);
    if (args[1] == Py_None || !PyErr_Occurred() ||
        !PyErr_ExceptionMatches(PyExc_StopAsyncIteration))
        return NULL;
    PyErr_Clear();
    return Py_BuildValue("(OO)", Py_True, Py_None);
}
