/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the interpreter calls of its own accord, in the midst of anything,
 * because it was registered: search functions and error handlers of codecs,
 * what is called at a fork, hooks of asynchronous generators. It asks as
 * whoever registered it, too.
 */
#include "python/later/registries.h"

#include "python/later/handover.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"

/* ---- places ---------------------------------------------------------- */

/* What stands in a module of Python's too is one and the same: pickle finds
 * it in the module of C that it is of. */
static int
mend(PyObject *dict, const char *module, PyMethodDef *def)
{
    PyObject *behind = stk_module_namespace(module), *ours;

    if (!behind || behind == dict)
        return stk_handover_builtin(dict, module, def);
    if (stk_handover_builtin(behind, module, def) < 0)
        return -1;
    ours = PyDict_GetItemString(behind, def->ml_name);
    if (ours && stk_carry_check(ours, def) &&
        stk_carried(PyCFunction_GET_SELF(ours)) ==
            PyDict_GetItemString(dict, def->ml_name))
        return PyDict_SetItemString(dict, def->ml_name, ours);
    return stk_handover_builtin(dict, module, def);
}

/* ---- codecs ---------------------------------------------------------- */

/* CPython takes a search function back by its identity. */
static int
note_search(stk_interp *state, PyObject *function)
{
    if (!stk_carrier_check(state, function))
        return 0;
    if (!state->searches && !(state->searches = PyList_New(0)))
        return -1;
    return PyList_Append(state->searches, function);
}

static PyObject *
register_search(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 0, NULL, STK_CARRIER_CALL,
                                      stk_handover_is_known };
    stk_interp *state = stk_handover_state();
    PyObject *given = Py_NewRef(args), *result = NULL;

    if (!state || stk_handover_carry(state, &how, &given, &kwargs) == 0)
        result = PyObject_Call(stk_carried(self), given, kwargs);
    if (result && state && note_search(state, PyTuple_GET_ITEM(given, 0)) < 0)
        Py_CLEAR(result);
    Py_DECREF(given);
    return result;
}

/* Its index among those that are carried, or -1. */
static Py_ssize_t
find_search(const stk_interp *state, PyObject *function)
{
    PyObject *list = state->searches;

    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++)
        if (stk_carrier_function(PyList_GET_ITEM(list, i)) == function)
            return i;
    return -1;
}

static PyObject *
unregister_carried(stk_interp *state, PyObject *original, Py_ssize_t at)
{
    PyObject *carrier = Py_NewRef(PyList_GET_ITEM(state->searches, at));
    PyObject *result = NULL;

    if (PyList_SetSlice(state->searches, at, at + 1, NULL) == 0)
        result = PyObject_CallOneArg(original, carrier);
    Py_DECREF(carrier);
    return result;
}

static PyObject *
unregister_search(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_interp_find();
    Py_ssize_t at = -1;

    if (state && PyTuple_GET_SIZE(args) == 1 && !kwargs)
        at = find_search(state, PyTuple_GET_ITEM(args, 0));
    return at >= 0 ? unregister_carried(state, stk_carried(self), at)
                   : PyObject_Call(stk_carried(self), args, kwargs);
}

/* (errors, handler) */
static PyObject *
register_error(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 1, NULL, STK_CARRIER_CALL,
                                      stk_handover_is_known };

    return stk_handover_swap(&how, stk_carried(self), args, kwargs);
}

static PyObject *
lookup_error(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return stk_handover_ask(STK_BACK_ALL, stk_carried(self), args, kwargs);
}

/* Their docs are those of CPython's own. */
static PyMethodDef of_codecs[] = {
    STK_HANDOVER_DEFINE("register", register_search),
    STK_HANDOVER_DEFINE("unregister", unregister_search),
    STK_HANDOVER_DEFINE("register_error", register_error),
    STK_HANDOVER_DEFINE("lookup_error", lookup_error),
};

int
stk_registries_mend_codecs(PyObject *dict)
{
    for (size_t i = 0; i < sizeof of_codecs / sizeof *of_codecs; i++)
        if (mend(dict, "_codecs", &of_codecs[i]) < 0)
            return -1;
    return 0;
}

/* ---- forks ----------------------------------------------------------- */

static PyObject *
register_at_fork(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const stk_handover hows[] = {
        { 0, "before", STK_CARRIER_CALL, stk_handover_is_known },
        { 0, "after_in_child", STK_CARRIER_CALL, stk_handover_is_known },
        { 0, "after_in_parent", STK_CARRIER_CALL, stk_handover_is_known },
    };
    stk_interp *state = stk_handover_state();
    PyObject *given = Py_NewRef(args), *named = Py_XNewRef(kwargs);
    PyObject *result = NULL;
    bool failed = false;

    /* none has a place: CPython says so */
    for (size_t i = 0; state && PyTuple_GET_SIZE(args) == 0 &&
                       i < sizeof hows / sizeof *hows;
         i++)
        failed =
            failed || stk_handover_carry(state, &hows[i], &given, &named) < 0;
    if (!failed)
        result = PyObject_Call(stk_carried(self), given, named);
    Py_DECREF(given);
    Py_XDECREF(named);
    return result;
}

static PyMethodDef fork_definition =
    STK_HANDOVER_DEFINE("register_at_fork", register_at_fork);

int
stk_registries_mend_posix(PyObject *dict)
{
    return mend(dict, "posix", &fork_definition);
}

/* register_after_fork(obj, func): in a child of multiprocessing's */
static PyObject *
register_after_fork(PyObject *function, PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 1, "func", STK_CARRIER_CALL,
                                      stk_handover_is_known };

    return stk_handover_call(&how, function, args, kwargs);
}

int
stk_registries_mend_multiprocessing(PyObject *dict)
{
    return stk_handover_function(dict, "register_after_fork",
                                 register_after_fork);
}

/* ---- asynchronous generators ----------------------------------------- */

static PyObject *
set_asyncgen_hooks(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const stk_handover first = { 0, "firstiter", STK_CARRIER_CALL,
                                        stk_handover_is_known };
    static const stk_handover last = { 1, "finalizer", STK_CARRIER_CALL,
                                       stk_handover_is_known };
    stk_interp *state = stk_handover_state();
    PyObject *given = Py_NewRef(args), *named = Py_XNewRef(kwargs);
    PyObject *result = NULL;

    if (!state || (stk_handover_restore(state, &first, &given, &named) == 0 &&
                   stk_handover_restore(state, &last, &given, &named) == 0))
        result = PyObject_Call(stk_carried(self), given, named);
    Py_DECREF(given);
    Py_XDECREF(named);
    return result;
}

/* A structure that nobody else has yet. */
static PyObject *
get_asyncgen_hooks(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_interp_find();
    PyObject *result = PyObject_Call(stk_carried(self), args, kwargs);

    if (!state || !result || !PyTuple_Check(result))
        return result;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(result); i++) {
        PyObject *hook = stk_handover_back(state, STK_BACK_ALL,
                                           PyTuple_GET_ITEM(result, i));

        PyTuple_SET_ITEM(result, i, hook);
        if (!hook) {
            Py_DECREF(result);
            return NULL;
        }
    }
    return result;
}

static PyMethodDef of_sys[] = {
    STK_HANDOVER_DEFINE("set_asyncgen_hooks", set_asyncgen_hooks),
    STK_HANDOVER_DEFINE("get_asyncgen_hooks", get_asyncgen_hooks),
};

int
stk_registries_mend_sys(PyObject *dict)
{
    return stk_handover_builtin(dict, "sys", &of_sys[0]) < 0
               ? -1
               : stk_handover_builtin(dict, "sys", &of_sys[1]);
}
