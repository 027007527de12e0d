/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is handed to an executor, a loop, a finalizer or the end of the
 * process is run later, from where nobody knows any more who wanted it: who
 * handed it over goes on asking.
 */
#include "python/defer.h"

#include "python/carry.h"
#include "python/futures.h"
#include "python/handover.h"

/* __init__(self, future, fn, args, kwargs) */
static PyObject *
init_work(PyObject *function, PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 2, "fn", STK_CARRIER_WORK, NULL };

    return stk_handover_call(&how, function, args, kwargs);
}

int
stk_defer_mend_thread(PyObject *dict)
{
    return stk_handover_method(dict, "_WorkItem", "__init__", init_work);
}

/* __init__(self, callback, args, loop, context=None) */
static PyObject *
init_handle(PyObject *function, PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 1, "callback", STK_CARRIER_CALL, NULL };
    stk_interp *state = stk_handover_state();
    PyObject *given, *carried, *result;

    if (!state || PyTuple_GET_SIZE(args) < 2)
        return stk_handover_call(&how, function, args, kwargs);
    given = PyTuple_GET_SIZE(args) > 2 ? PyTuple_GET_ITEM(args, 2) : NULL;
    carried = stk_futures_carry(state, PyTuple_GET_ITEM(args, 1), given);
    args = carried ? stk_handover_with(args, 1, carried) : NULL;
    Py_XDECREF(carried);
    result = args ? PyObject_Call(function, args, kwargs) : NULL;
    Py_XDECREF(args);
    return result;
}

int
stk_defer_mend_events(PyObject *dict)
{
    return stk_handover_method(dict, "Handle", "__init__", init_handle);
}

/* __init__(self, obj, func, /, *args, **kwargs) */
static PyObject *
init_finalize(PyObject *function, PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 2, NULL, STK_CARRIER_CALL,
                                      stk_handover_is_own };

    return stk_handover_call(&how, function, args, kwargs);
}

int
stk_defer_mend_weakref(PyObject *dict)
{
    return stk_handover_method(dict, "finalize", "__init__", init_finalize);
}

/* ---- atexit ---------------------------------------------------------- */

static PyObject *
register_exit(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 0, NULL, STK_CARRIER_CALL,
                                      stk_handover_is_own };
    PyObject *result =
        stk_handover_call(&how, stk_carried(self), args, kwargs);

    /* it returns what it was given: a decorator */
    if (result && PyTuple_GET_SIZE(args) > 0)
        Py_SETREF(result, Py_NewRef(PyTuple_GET_ITEM(args, 0)));
    return result;
}

static PyMethodDef exit_definition = {
    "register", (PyCFunction)(void (*)(void))register_exit,
    METH_VARARGS | METH_KEYWORDS, NULL
};

int
stk_defer_mend_atexit(PyObject *dict)
{
    return stk_handover_builtin(dict, "atexit", &exit_definition);
}
