/* SPDX-License-Identifier: Apache-2.0 */
/* Is the import system still what it was? */
#include "python/pins.h"

#include "python/loaded.h"

/*
 * A pin is (namespace, name, value): three strong references in one list. A
 * namespace is a dict, or a class, whose own dict is meant; the name None
 * pins how many names a class has.
 */
static int
add_pin(PyObject *pins, PyObject *owner, PyObject *name, PyObject *value)
{
    PyObject *pin = PyTuple_Pack(3, owner, name, value);
    int result = pin ? PyList_Append(pins, pin) : -1;

    Py_XDECREF(pin);
    return result;
}

static bool
is_worth_pinning(PyObject *value)
{
    /* C functions there are our own layers, which the tripwire watches */
    return PyFunction_Check(value) || PyType_Check(value) ||
           PyObject_TypeCheck(value, &PyClassMethod_Type) ||
           PyObject_TypeCheck(value, &PyStaticMethod_Type);
}

static bool
is_python_class(PyObject *value)
{
    return PyType_Check(value) &&
           (((PyTypeObject *)value)->tp_flags & Py_TPFLAGS_HEAPTYPE);
}

/* What honest code adds and takes away, and nothing is loaded with: copyreg
 * keeps notes in a class, importlib_metadata takes the place of its
 * predecessor. */
static bool
is_harmless(PyObject *name)
{
    static const char *const names[] = { "__slotnames__",
                                         "find_distributions" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (PyUnicode_Check(name) &&
            PyUnicode_CompareWithASCIIString(name, names[i]) == 0)
            return true;
    return false;
}

static Py_ssize_t
count_names(PyObject *dict)
{
    PyObject *name, *value;
    Py_ssize_t at = 0, n = 0;

    while (PyDict_Next(dict, &at, &name, &value))
        n += !is_harmless(name);
    return n;
}

/* A method of its own would stand before an inherited one. */
static int
pin_size(PyObject *pins, PyObject *class)
{
    PyObject *size =
        PyLong_FromSsize_t(count_names(((PyTypeObject *)class)->tp_dict));
    int result = size ? add_pin(pins, class, Py_None, size) : -1;

    Py_XDECREF(size);
    return result;
}

static int
pin_class(stk_interp *state, PyObject *pins, PyObject *class)
{
    PyObject *dict = ((PyTypeObject *)class)->tp_dict, *name, *value;
    Py_ssize_t at = 0;

    stk_watch_add(&state->pinned, state->watch_id, dict);
    while (PyDict_Next(dict, &at, &name, &value))
        /* every one: a name taken away would make room for another */
        if (!is_harmless(name) && add_pin(pins, class, name, value) < 0)
            return -1;
    return pin_size(pins, class);
}

static int
pin_namespace(stk_interp *state, PyObject *pins, PyObject *dict)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    stk_watch_add(&state->pinned, state->watch_id, dict);
    while (PyDict_Next(dict, &at, &name, &value)) {
        if (!is_worth_pinning(value))
            continue;
        if (add_pin(pins, dict, name, value) < 0 ||
            (is_python_class(value) && pin_class(state, pins, value) < 0))
            return -1;
    }
    return 0;
}

/* What importlib reads files with, beside its own functions. */
static int
pin_readers(stk_interp *state, PyObject *pins)
{
    static const char *const names[] = { "open_code", "FileIO", "BytesIO" };
    PyObject *io = stk_module_namespace("_io");

    if (io)
        stk_watch_add(&state->pinned, state->watch_id, io);
    for (size_t i = 0; io && i < sizeof names / sizeof *names; i++) {
        PyObject *value = PyDict_GetItemString(io, names[i]);
        PyObject *name = PyUnicode_InternFromString(names[i]);
        int result = value && name ? add_pin(pins, io, name, value) : 0;

        Py_XDECREF(name);
        if (result < 0)
            return -1;
    }
    return 0;
}

int
stk_pins_set(stk_interp *state)
{
    PyObject *external, *pins, *prefix;

    if (state->pins)
        return 0;
    external = stk_module_namespace("_frozen_importlib_external");
    /* without it there are no files yet, and nothing to pin */
    if (!external || !PyDict_GetItemString(external, "SourceFileLoader"))
        return 0;
    stk_watch_clear(&state->pinned);
    pins = PyList_New(0);
    if (!pins)
        return -1;
    prefix = PyDict_GetItemString(state->sys_dict, "pycache_prefix");
    if (pin_namespace(state, pins, external) < 0 ||
        pin_namespace(state, pins, state->bootstrap_dict) < 0 ||
        pin_readers(state, pins) < 0) {
        Py_DECREF(pins);
        return -1;
    }
    Py_XINCREF(prefix);
    Py_XSETREF(state->pycache_prefix, prefix);
    state->pins = pins;
    return 0;
}

static bool
holds(PyObject *pin)
{
    PyObject *owner = PyTuple_GET_ITEM(pin, 0);
    PyObject *dict =
        PyType_Check(owner) ? ((PyTypeObject *)owner)->tp_dict : owner;

    if (PyTuple_GET_ITEM(pin, 1) == Py_None) {
        Py_ssize_t size = PyLong_AsSsize_t(PyTuple_GET_ITEM(pin, 2));

        return PyDict_GET_SIZE(dict) == size || count_names(dict) == size;
    }
    /* a str finds a str without an error */
    return PyDict_GetItemWithError(dict, PyTuple_GET_ITEM(pin, 1)) ==
           PyTuple_GET_ITEM(pin, 2);
}

/*
 * Who has the dict of a class itself, and not the proxy for it, writes to it
 * behind the back of the cache of its attributes: what was there before goes
 * on being called.
 */
static void
forget_attributes(PyObject *pins)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pins); i++) {
        PyObject *pin = PyList_GET_ITEM(pins, i);

        if (PyTuple_GET_ITEM(pin, 1) == Py_None)
            PyType_Modified((PyTypeObject *)PyTuple_GET_ITEM(pin, 0));
    }
}

/* Some 300 look-ups, at each module: only after a write to one of them. */
static bool
all_hold(stk_interp *state)
{
    if (!stk_watch_changed(&state->pinned))
        return state->pins_held;
    stk_watch_settle(&state->pinned);
    forget_attributes(state->pins);
    state->pins_held = true;
    for (Py_ssize_t i = 0;
         state->pins_held && i < PyList_GET_SIZE(state->pins); i++)
        state->pins_held = holds(PyList_GET_ITEM(state->pins, i));
    return state->pins_held;
}

bool
stk_pins_hold(stk_interp *state)
{
    if (!state->pins)
        return true;
    if (PyDict_GetItemWithError(state->sys_dict, state->str_pycache_prefix) !=
        state->pycache_prefix)
        return false;
    return all_hold(state);
}
