/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespace that a module's own code runs in. A function of a library's
 * that somebody runs with globals of his own does what they say: its import
 * statements are no longer the library's.
 */
#include "python/home.h"

/* A module that is taken out of sys.modules and imported again has another
 * one: the last few count. For identity alone. */
#define HOMES_MAX 4

static PyObject *
homes_of(const stk_interp *state, uint32_t number)
{
    PyObject *key = PyLong_FromUnsignedLong(number);
    PyObject *homes = key ? PyDict_GetItemWithError(state->homes, key) : NULL;

    Py_XDECREF(key);
    return homes;
}

static bool
is_among(PyObject *homes, PyObject *dict)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(homes); i++)
        if (PyLong_AsVoidPtr(PyTuple_GET_ITEM(homes, i)) == (void *)dict)
            return true;
    return false;
}

/* The newest first, without the oldest. */
static PyObject *
with_home(PyObject *homes, PyObject *dict)
{
    Py_ssize_t old = homes ? PyTuple_GET_SIZE(homes) : 0;
    Py_ssize_t n = old + 1 < HOMES_MAX ? old + 1 : HOMES_MAX;
    PyObject *all = PyTuple_New(n), *newest = PyLong_FromVoidPtr(dict);

    if (!all || !newest) {
        Py_XDECREF(all);
        Py_XDECREF(newest);
        return NULL;
    }
    PyTuple_SET_ITEM(all, 0, newest);
    for (Py_ssize_t i = 1; i < n; i++)
        PyTuple_SET_ITEM(all, i, Py_NewRef(PyTuple_GET_ITEM(homes, i - 1)));
    return all;
}

int
stk_home_note(stk_interp *state, uint32_t number, PyObject *dict)
{
    PyObject *homes, *all, *key;
    int result;

    if (number == 0)
        return 0;
    if (!state->homes && !(state->homes = PyDict_New()))
        return -1;
    homes = homes_of(state, number);
    if (homes && is_among(homes, dict))
        return 0;
    all = with_home(homes, dict);
    key = PyLong_FromUnsignedLong(number);
    result = all && key ? PyDict_SetItem(state->homes, key, all) : -1;
    Py_XDECREF(all);
    Py_XDECREF(key);
    return result;
}

/* What importlib's frame executes in: _call_with_frames_removed(exec, code,
 * module.__dict__), or exec(code, module.__dict__). Borrowed from `locals`. */
static PyObject *
executed_in(PyObject *locals)
{
    static const char *const names[] = { "module", "mod" };
    PyObject *args = PyDict_GetItemString(locals, "args"), *module;

    if (args && PyTuple_Check(args))
        return PyTuple_GET_SIZE(args) > 1 &&
                       PyDict_Check(PyTuple_GET_ITEM(args, 1))
                   ? PyTuple_GET_ITEM(args, 1)
                   : NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        module = PyDict_GetItemString(locals, names[i]);
        if (module && PyModule_Check(module))
            return PyModule_GetDict(module);
    }
    return NULL;
}

int
stk_home_note_body(stk_interp *state, uint32_t number)
{
    PyObject *frame = (PyObject *)PyEval_GetFrame();
    PyObject *locals =
                 frame ? PyObject_GetAttrString(frame, "f_locals") : NULL,
             *plain;
    PyObject *dict;
    int result;

    if (!locals) {
        PyErr_Clear();
        return 0;
    }
    /* from 3.13 on it is no dict */
    plain = PyDict_New();
    result = plain ? PyDict_Update(plain, locals) : -1;
    dict = result == 0 ? executed_in(plain) : NULL;
    if (dict)
        result = stk_home_note(state, number, dict);
    Py_XDECREF(plain);
    Py_DECREF(locals);
    return result;
}

bool
stk_home_holds(const stk_interp *state, PyFrameObject *frame, uint32_t number)
{
    PyObject *homes = state->homes ? homes_of(state, number) : NULL;
    PyObject *globals;
    bool holds;

    if (!homes)
        return true;
    Py_INCREF(homes);
    globals = PyObject_GetAttrString((PyObject *)frame, "f_globals");
    holds = globals && is_among(homes, globals);
    if (!globals)
        PyErr_Clear();
    Py_XDECREF(globals);
    Py_DECREF(homes);
    return holds;
}
