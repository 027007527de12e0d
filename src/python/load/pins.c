/* SPDX-License-Identifier: Apache-2.0 */
/* Is the import system still what it was? */
#include "python/load/pins.h"

/* ---- one pin --------------------------------------------------------- */

static bool
holds_item(PyObject *dict, PyObject *name, PyObject *value)
{
    PyObject *found = PyDict_GetItemWithError(dict, name);

    /* a str finds a str without an error, but not among other keys */
    if (!found)
        PyErr_Clear();
    return found == (value == dict ? NULL : value);
}

static bool
holds_size(PyObject *dict, PyObject *value)
{
    Py_ssize_t size = PyLong_AsSsize_t(value);

    return PyDict_GET_SIZE(dict) == size || stk_pins_count(dict) == size;
}

static bool
holds_order(PyObject *owner, PyObject *value)
{
    return ((PyTypeObject *)PyTuple_GET_ITEM(owner, 0))->tp_mro == value;
}

enum { OWNER, NAME, VALUE, PARTS };

static bool
holds(PyObject *pins, Py_ssize_t at)
{
    PyObject *owner = PyList_GET_ITEM(pins, at + OWNER);
    PyObject *name = PyList_GET_ITEM(pins, at + NAME);
    PyObject *value = PyList_GET_ITEM(pins, at + VALUE);

    if (PyDict_Check(owner))
        return holds_item(owner, name, value);
    if (PyFunction_Check(owner))
        return PyFunction_GET_CODE(owner) == value;
    if (PyCell_Check(owner))
        return PyCell_GET(owner) == value;
    if (PyTuple_Check(owner))
        return holds_order(owner, value);
    owner = ((PyTypeObject *)owner)->tp_dict;
    return name == Py_None ? holds_size(owner, value)
                           : holds_item(owner, name, value);
}

static bool
hold_each(PyObject *pins)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pins); i += PARTS)
        if (!holds(pins, i))
            return false;
    return true;
}

/* ---- all ------------------------------------------------------------- */

/*
 * Who has the dict of a class itself, and not the proxy for it, writes to it
 * behind the back of the cache of its attributes: what was there before goes
 * on being called.
 */
static void
forget_attributes(PyObject *pins)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pins); i += PARTS)
        if (PyList_GET_ITEM(pins, i + NAME) == Py_None)
            PyType_Modified((PyTypeObject *)PyList_GET_ITEM(pins, i + OWNER));
}

/* Hundreds of look-ups, at each module: only after a write to one. */
static bool
watched_hold(stk_interp *state)
{
    if (!stk_watch_changed(&state->pinned))
        return state->pins_held;
    stk_watch_settle(&state->pinned);
    forget_attributes(state->pins);
    state->pins_held = hold_each(state->pins);
    return state->pins_held;
}

/* An audit event tells of each write to the code of a function, or to the
 * bases of a class, before it is made. What a hook of somebody else's does
 * then comes before it: after the first they are looked at for good. */
static bool
rewritable_hold(const stk_interp *state)
{
    return state->pins_rewritten == 0 || hold_each(state->more_pins);
}

/* Other names than those come and go: what was written counts here alone. */
static bool
builtins_hold(stk_interp *state)
{
    uint64_t version = stk_watch_version(state->builtins_dict);

    if (version == 0 || version != state->builtins_version)
        state->builtins_held = hold_each(state->builtin_pins);
    state->builtins_version = version;
    return state->builtins_held;
}

bool
stk_pins_hold(stk_interp *state)
{
    if (!state->pins)
        return true;
    if (PyDict_GetItemWithError(state->sys_dict, state->str_pycache_prefix) !=
        state->pycache_prefix)
        return false;
    return watched_hold(state) && rewritable_hold(state) &&
           builtins_hold(state) && hold_each(state->cell_pins);
}

/* ---- what was taken back --------------------------------------------- */

/* Each only ever grows. Of builtins no write is harmless: which of them it
 * was is not told. */
uint64_t
stk_pins_stamp(const stk_interp *state)
{
    return stk_watch_stamp(&state->pinned) + state->pins_rewritten +
           stk_watch_version(state->builtins_dict);
}

static bool
is_pinned(PyObject *pins, PyObject *owner)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pins); i += PARTS)
        if (PyList_GET_ITEM(pins, i + OWNER) == owner)
            return true;
    return false;
}

void
stk_pins_see_write(stk_interp *state, PyObject *owner)
{
    if (!PyFunction_Check(owner) && !PyType_Check(owner))
        return;
    /* what is not pinned yet may be by the time that it is written to */
    if (!state->pins || is_pinned(state->pins, owner) ||
        is_pinned(state->more_pins, owner))
        state->pins_rewritten++;
}
