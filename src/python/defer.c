/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is handed to an executor, a loop, a finalizer or the end of the
 * process is run later, from where nobody knows any more who wanted it. A
 * bare callable (importlib.import_module) has no frame of his: so that he
 * goes on asking, it is carried from the moment it is handed over.
 */
#include "python/defer.h"

#include <string.h>

#include "python/carrier.h"
#include "python/carry.h"
#include "python/frame.h"
#include "python/importer.h"

/* ---- what is carried ------------------------------------------------- */

/* The code that a callable runs, borrowed; NULL: none of Python's. */
static PyCodeObject *
code_of(PyObject *function)
{
    if (PyMethod_Check(function))
        function = PyMethod_GET_FUNCTION(function);
    return PyFunction_Check(function)
               ? (PyCodeObject *)PyFunction_GET_CODE(function)
               : NULL;
}

/* Code that registers a function of its own asks by itself when that runs. */
static bool
is_own(const stk_interp *state, PyObject *function)
{
    PyCodeObject *code = code_of(function);
    uint32_t importer = code ? stk_code_tag_get(state, code).importer : 0;
    PyFrameObject *frame = PyEval_GetFrame();

    return importer != 0 && frame &&
           stk_frame_tag(state, frame).importer == importer;
}

/* A task that goes on because something else has ended is not that one's
 * doing. */
static bool
is_wakeup(PyObject *function)
{
    PyCodeObject *code = code_of(function);

    if (PyCFunction_Check(function))
        return !strcmp(((PyCFunctionObject *)function)->m_ml->ml_name,
                       "task_wakeup");
    if (code)
        return PyUnicode_CompareWithASCIIString(code->co_name, "__wakeup") ==
               0;
    return strstr(Py_TYPE(function)->tp_name, "TaskWakeupMethWrapper") != NULL;
}

/* The state of a guarded interpreter, where it matters who asks. */
static stk_interp *
deferring_state(void)
{
    stk_guard *guard = stk_process_guard();
    stk_interp *state = guard ? stk_interp_find() : NULL;

    return state && state->attached && stk_guard_tells_importers(guard) ? state
                                                                        : NULL;
}

/* `args` with the one at `at` carried, a new reference. */
static PyObject *
carry_at(stk_interp *state, PyObject *args, Py_ssize_t at,
         stk_carrier_kind kind)
{
    PyObject *function = PyTuple_GET_ITEM(args, at), *carrier, *list, *tuple;

    if (!PyCallable_Check(function))
        return Py_NewRef(args);
    carrier = stk_carrier_new(state, function, kind);
    list = carrier ? PySequence_List(args) : NULL;
    if (!list) {
        Py_XDECREF(carrier);
        return NULL;
    }
    PyList_SetItem(list, at, carrier);
    tuple = PyList_AsTuple(list);
    Py_DECREF(list);
    return tuple;
}

/* `kwargs` with the one of that name carried, a new reference. */
static PyObject *
carry_named(stk_interp *state, PyObject *kwargs, const char *name,
            stk_carrier_kind kind)
{
    PyObject *function = PyDict_GetItemString(kwargs, name), *carrier, *copy;

    if (!function || !PyCallable_Check(function))
        return Py_NewRef(kwargs);
    carrier = stk_carrier_new(state, function, kind);
    copy = carrier ? PyDict_Copy(kwargs) : NULL;
    if (copy && PyDict_SetItemString(copy, name, carrier) < 0)
        Py_CLEAR(copy);
    Py_XDECREF(carrier);
    return copy;
}

/* One function that hands a callable over. */
typedef struct hand_over {
    Py_ssize_t at;    /* the callable among the arguments */
    const char *name; /* the same as a keyword, or NULL */
    stk_carrier_kind kind;
    bool (*is_free)(const stk_interp *state, PyObject *function);
} hand_over;

static PyObject *
call_carrying(const hand_over *how, PyObject *original, PyObject *args,
              PyObject *kwargs)
{
    stk_interp *state = deferring_state();
    PyObject *carried = NULL, *named = NULL, *result = NULL;
    bool positional = PyTuple_GET_SIZE(args) > how->at;

    if (!state || (positional && how->is_free &&
                   how->is_free(state, PyTuple_GET_ITEM(args, how->at))))
        return PyObject_Call(original, args, kwargs);
    carried = positional ? carry_at(state, args, how->at, how->kind)
                         : Py_NewRef(args);
    named = kwargs && how->name && !positional
                ? carry_named(state, kwargs, how->name, how->kind)
                : Py_XNewRef(kwargs);
    if (carried && (named || !kwargs))
        result = PyObject_Call(original, carried, named);
    Py_XDECREF(carried);
    Py_XDECREF(named);
    return result;
}

/* ---- classes --------------------------------------------------------- */

/* `class.__init__` of a class in this namespace, ours before it. */
static int
mend_class(PyObject *dict, const char *name, stk_method_call call)
{
    stk_interp *state = stk_interp_find();
    PyObject *class = PyDict_GetItemString(dict, name);
    PyObject *found, *ours;
    int result;

    if (!state || !class || !PyType_Check(class))
        return 0;
    found = PyObject_GetAttrString(class, "__init__");
    if (!found)
        return -1;
    if (!PyFunction_Check(found)) { /* ours, or somebody's */
        Py_DECREF(found);
        return 0;
    }
    ours = stk_method_new(state, found, call);
    Py_DECREF(found);
    result = ours ? PyObject_SetAttrString(class, "__init__", ours) : -1;
    Py_XDECREF(ours);
    return result;
}

/* __init__(self, future, fn, args, kwargs) */
static PyObject *
init_work(PyObject *function, PyObject *args, PyObject *kwargs)
{
    static const hand_over how = { 2, "fn", STK_CARRIER_WORK, NULL };

    return call_carrying(&how, function, args, kwargs);
}

int
stk_defer_mend_thread(PyObject *dict)
{
    return mend_class(dict, "_WorkItem", init_work);
}

static bool
is_free_handle(const stk_interp *state, PyObject *function)
{
    (void)state;
    return is_wakeup(function);
}

/* __init__(self, callback, args, loop, context=None) */
static PyObject *
init_handle(PyObject *function, PyObject *args, PyObject *kwargs)
{
    static const hand_over how = { 1, "callback", STK_CARRIER_CALL,
                                   is_free_handle };

    return call_carrying(&how, function, args, kwargs);
}

int
stk_defer_mend_events(PyObject *dict)
{
    return mend_class(dict, "Handle", init_handle);
}

/* __init__(self, obj, func, /, *args, **kwargs) */
static PyObject *
init_finalize(PyObject *function, PyObject *args, PyObject *kwargs)
{
    static const hand_over how = { 2, NULL, STK_CARRIER_CALL, is_own };

    return call_carrying(&how, function, args, kwargs);
}

int
stk_defer_mend_weakref(PyObject *dict)
{
    return mend_class(dict, "finalize", init_finalize);
}

/* ---- atexit ---------------------------------------------------------- */

static PyObject *
register_exit(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const hand_over how = { 0, NULL, STK_CARRIER_CALL, is_own };
    PyObject *result = call_carrying(&how, stk_carried(self), args, kwargs);

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
    PyObject *found = PyDict_GetItemString(dict, "register"), *ours;
    int result;

    if (!found || !PyCFunction_Check(found) ||
        stk_carry_check(found, &exit_definition))
        return 0;
    ours = stk_carry_new(&exit_definition, found, "atexit");
    result = ours ? PyDict_SetItemString(dict, "register", ours) : -1;
    Py_XDECREF(ours);
    return result;
}
