/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is handed to an executor, a loop, a finalizer or the end of the
 * process is run later, from where nobody knows any more who wanted it: who
 * handed it over goes on asking.
 */
#include "python/later/defer.h"

#include "python/later/futures.h"
#include "python/later/handover.h"
#include "python/object/carry.h"

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

/* What a loop calls of its own accord: for an exception that nobody has
 * caught, and to make a task. (self, handler), (self, factory) */
static PyObject *
set_on_loop(PyObject *function, PyObject *args, PyObject *kwargs)
{
    static const stk_handover handler = { 1, "handler", STK_CARRIER_CALL,
                                          stk_handover_is_known };
    static const stk_handover factory = { 1, "factory", STK_CARRIER_CALL,
                                          stk_handover_is_known };
    bool named = kwargs && PyDict_GetItemString(kwargs, "factory");

    return stk_handover_call(named ? &factory : &handler, function, args,
                             kwargs);
}

static PyObject *
get_of_loop(PyObject *function, PyObject *args, PyObject *kwargs)
{
    return stk_handover_ask(STK_BACK_CODE, function, args, kwargs);
}

int
stk_defer_mend_loop(PyObject *dict)
{
    static const struct {
        const char *name;
        stk_method_call call;
    } methods[] = {
        { "set_exception_handler", set_on_loop },
        { "get_exception_handler", get_of_loop },
        { "set_task_factory", set_on_loop },
        { "get_task_factory", get_of_loop },
    };

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (stk_handover_method(dict, "BaseEventLoop", methods[i].name,
                                methods[i].call) < 0)
            return -1;
    return 0;
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
