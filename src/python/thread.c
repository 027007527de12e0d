/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beside layer 2: what starts a thread goes on asking in it. A bare callable
 * (importlib.import_module) that is handed to a thread has no frame of the
 * code that handed it over.
 */
#include "python/layers.h"

#include "python/carrier.h"
#include "python/carry.h"

/* The same arguments, the first of them carried. */
static PyObject *
carry_first(stk_interp *state, PyObject *args)
{
    PyObject *carried = PySequence_List(args), *tuple;
    PyObject *carrier = carried
                            ? stk_carrier_new(state, PyTuple_GET_ITEM(args, 0),
                                              STK_CARRIER_THREAD)
                            : NULL;

    if (!carrier || PyList_SetItem(carried, 0, carrier) < 0) {
        Py_XDECREF(carried);
        return NULL;
    }
    tuple = PyList_AsTuple(carried);
    Py_DECREF(carried);
    return tuple;
}

/* {"function": callable, ...} with the callable carried. */
static PyObject *
carry_keyword(stk_interp *state, PyObject *kwargs)
{
    PyObject *function = PyDict_GetItemString(kwargs, "function");
    PyObject *copy = PyDict_Copy(kwargs), *carrier;
    int failed;

    if (!copy || !function || !PyCallable_Check(function))
        return copy;
    carrier = stk_carrier_new(state, function, STK_CARRIER_THREAD);
    failed = !carrier || PyDict_SetItemString(copy, "function", carrier) < 0;
    Py_XDECREF(carrier);
    if (failed)
        Py_CLEAR(copy);
    return copy;
}

static PyObject *
start_thread(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_interp_find();
    PyObject *original = stk_carried(self), *carried_args, *carried_kwargs;
    PyObject *result = NULL;

    if (!state || !state->attached || !stk_process_guard())
        return PyObject_Call(original, args, kwargs);
    carried_args = PyTuple_GET_SIZE(args) > 0 &&
                           PyCallable_Check(PyTuple_GET_ITEM(args, 0))
                       ? carry_first(state, args)
                       : Py_NewRef(args);
    carried_kwargs = kwargs ? carry_keyword(state, kwargs) : NULL;
    if (carried_args && (!kwargs || carried_kwargs))
        result = PyObject_Call(original, carried_args, carried_kwargs);
    Py_XDECREF(carried_args);
    Py_XDECREF(carried_kwargs);
    return result;
}

#define START (PyCFunction)(void (*)(void)) start_thread

/* Their docs are those of CPython's own. */
static PyMethodDef definition = { "start_new_thread", START,
                                  METH_VARARGS | METH_KEYWORDS, NULL };
static PyMethodDef old_definition = { "start_new", START,
                                      METH_VARARGS | METH_KEYWORDS, NULL };
static PyMethodDef joinable_definition = { "start_joinable_thread", START,
                                           METH_VARARGS | METH_KEYWORDS,
                                           NULL };

/* Where the functions are kept: _thread, and threading's own aliases. */
static const struct {
    const char *name;
    PyMethodDef *def;
} places[] = {
    { "start_new_thread", &definition },
    { "start_new", &old_definition },
    { "start_joinable_thread", &joinable_definition },
    { "_start_new_thread", &definition },
    { "_start_joinable_thread", &joinable_definition },
};

#define N_PLACES (sizeof places / sizeof *places)

int
stk_thread_mend(PyObject *dict)
{
    for (size_t i = 0; i < N_PLACES; i++) {
        PyObject *found = PyDict_GetItemString(dict, places[i].name), *ours;
        int result;

        if (!found || stk_carry_check(found, &definition))
            continue;
        ours = stk_carry_new(places[i].def, found, "_thread");
        result = ours ? PyDict_SetItemString(dict, places[i].name, ours) : -1;
        Py_XDECREF(ours);
        if (result < 0)
            return -1;
    }
    return 0;
}
