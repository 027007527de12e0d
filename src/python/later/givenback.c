/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For whom a callable was carried that was given back as it was set. Who sets
 * it again, to restore it, does not begin to ask for it; and it ends when it
 * would without a guard, with all that it holds.
 */
#include "python/later/givenback.h"

#include "python/later/carrier.h"

/*
 * (a weak reference to the callable, a carrier of nothing for its askers), or
 * (None, its carrier) for what no weak reference can be made to.
 */
static PyObject *
new_entry(stk_interp *state, PyObject *carrier)
{
    PyObject *weak = PyWeakref_NewRef(stk_carrier_function(carrier), NULL);
    PyObject *like, *entry;

    if (!weak) {
        PyErr_Clear();
        return PyTuple_Pack(2, Py_None, carrier);
    }
    like = stk_carrier_like(state, Py_None, carrier);
    entry = like ? PyTuple_Pack(2, weak, like) : NULL;
    Py_DECREF(weak);
    Py_XDECREF(like);
    return entry;
}

/* Borrowed from whoever has it; NULL: it is gone. */
static PyObject *
callable_of(PyObject *entry)
{
    PyObject *weak = PyTuple_GET_ITEM(entry, 0), *found;

    if (weak == Py_None)
        return stk_carrier_function(PyTuple_GET_ITEM(entry, 1));
    if (PyWeakref_GetRef(weak, &found) <= 0) {
        PyErr_Clear();
        return NULL;
    }
    Py_DECREF(found);
    return found;
}

/* Nobody can set it again: it is gone, or the carrier alone has it. */
static bool
is_forgotten(PyObject *entry)
{
    PyObject *found = callable_of(entry);

    return !found ||
           (PyTuple_GET_ITEM(entry, 0) == Py_None && Py_REFCNT(found) == 1);
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
find(const stk_interp *state, PyObject *function)
{
    PyObject *list = state->given_back;

    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++)
        if (callable_of(PyList_GET_ITEM(list, i)) == function)
            return PyTuple_GET_ITEM(PyList_GET_ITEM(list, i), 1);
    return NULL;
}

int
stk_givenback_keep(stk_interp *state, PyObject *carrier)
{
    PyObject *entry;
    int result;

    if (!state->given_back)
        state->given_back = PyList_New(0);
    if (!state->given_back || drop_forgotten(state->given_back) < 0)
        return -1;
    if (find(state, stk_carrier_function(carrier)))
        return 0;
    entry = new_entry(state, carrier);
    result = entry ? PyList_Append(state->given_back, entry) : -1;
    Py_XDECREF(entry);
    return result;
}

PyObject *
stk_givenback_find(const stk_interp *state, PyObject *function)
{
    return Py_XNewRef(find(state, function));
}
