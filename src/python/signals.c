/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers of signals, which run in the midst of anything: they are carried
 * for who set them, and given back as they were set, since honest code asks
 * whether the handler is its own still (asyncio and unittest do).
 *
 * Who sets again what it was given back, to restore it, does not begin to
 * ask for it: the carrier is kept for as long as somebody else has what it
 * carries.
 */
#include "python/hooks.h"

#include "python/carry.h"
#include "python/handover.h"

static const stk_handover handler = { 1, NULL, STK_CARRIER_CALL,
                                      stk_handover_is_known };

/* ---- what was given back --------------------------------------------- */

/* The carrier alone has what it carries: nobody can set that again. */
static bool
is_forgotten(PyObject *carrier)
{
    return Py_REFCNT(stk_carrier_function(carrier)) == 1;
}

static int
drop_forgotten(PyObject *list)
{
    for (Py_ssize_t i = PyList_GET_SIZE(list); i-- > 0;)
        /* what ends may set and ask for handlers itself: fewer are left */
        if (i < PyList_GET_SIZE(list) &&
            is_forgotten(PyList_GET_ITEM(list, i)) &&
            PyList_SetSlice(list, i, i + 1, NULL) < 0)
            return -1;
    return 0;
}

/* Borrowed, or NULL. */
static PyObject *
find_carrier(const stk_interp *state, PyObject *function)
{
    PyObject *list = state->given_handlers;

    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++)
        if (stk_carrier_function(PyList_GET_ITEM(list, i)) == function)
            return PyList_GET_ITEM(list, i);
    return NULL;
}

static int
keep_carrier(stk_interp *state, PyObject *carrier)
{
    if (!state->given_handlers)
        state->given_handlers = PyList_New(0);
    if (!state->given_handlers || drop_forgotten(state->given_handlers) < 0)
        return -1;
    return find_carrier(state, stk_carrier_function(carrier))
               ? 0
               : PyList_Append(state->given_handlers, carrier);
}

/* `result` is taken; NULL is an exception that is set. */
static PyObject *
give_back(stk_interp *state, PyObject *result)
{
    if (!result || !stk_carrier_check(state, result))
        return result;
    if (keep_carrier(state, result) < 0)
        Py_CLEAR(result);
    else
        Py_SETREF(result, Py_NewRef(stk_carrier_function(result)));
    return result;
}

/* ---- functions of _signal -------------------------------------------- */

static PyObject *
set_again(PyObject *original, PyObject *args, PyObject *carrier)
{
    PyObject *carried = stk_handover_with(args, handler.at, carrier);
    PyObject *result = carried ? PyObject_CallObject(original, carried) : NULL;

    Py_XDECREF(carried);
    return result;
}

static PyObject *
set_handler(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_handover_state();
    PyObject *original = stk_carried(self), *carrier = NULL, *result;

    if (!state)
        return PyObject_Call(original, args, kwargs);
    if (PyTuple_GET_SIZE(args) > handler.at)
        carrier = find_carrier(state, PyTuple_GET_ITEM(args, handler.at));
    result = carrier ? set_again(original, args, carrier)
                     : stk_handover_call(&handler, original, args, kwargs);
    return give_back(state, result);
}

static PyObject *
get_handler(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_interp_find();
    PyObject *result = PyObject_Call(stk_carried(self), args, kwargs);

    return state ? give_back(state, result) : result;
}

/* Their docs are those of CPython's own. */
static PyMethodDef signal_definition = {
    "signal", (PyCFunction)(void (*)(void))set_handler,
    METH_VARARGS | METH_KEYWORDS, NULL
};
static PyMethodDef getsignal_definition = {
    "getsignal", (PyCFunction)(void (*)(void))get_handler,
    METH_VARARGS | METH_KEYWORDS, NULL
};

/* signal.signal() is Python's, and calls this one. */
int
stk_hooks_mend_signal(PyObject *dict)
{
    return stk_handover_builtin(dict, "_signal", &signal_definition) < 0
               ? -1
               : stk_handover_builtin(dict, "_signal", &getsignal_definition);
}
