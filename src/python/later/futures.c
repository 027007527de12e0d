/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for a future asks as whoever has it wait: who ends the future
 * has no say in that. A task asks for whoever made it, from its first step
 * to its last, whatever wakes it up.
 */
#include "python/later/futures.h"

#include <string.h>

#include "python/asks/tag.h"
#include "python/later/handover.h"
#include "python/object/carry.h"
#include "python/object/importer.h"

/* ---- tasks ----------------------------------------------------------- */

/* state->tasks is {address of the task: (weak reference to it, carrier)}. */

/* Borrowed, for identity alone; NULL: it is gone. */
static PyObject *
referent_of(PyObject *entry)
{
    PyObject *weak = PyTuple_GET_ITEM(entry, 0), *referent;

#if PY_VERSION_HEX >= 0x030D0000
    if (PyWeakref_GetRef(weak, &referent) <= 0)
        return NULL;
    Py_DECREF(referent);
#else
    referent = PyWeakref_GET_OBJECT(weak);
    if (referent == Py_None)
        return NULL;
#endif
    return referent;
}

/* The carrier, borrowed; NULL: it is not known who made it. */
static PyObject *
find_task(const stk_interp *state, PyObject *task)
{
    PyObject *key = PyLong_FromVoidPtr(task);
    PyObject *found = key && state->tasks
                          ? PyDict_GetItemWithError(state->tasks, key)
                          : NULL;

    Py_XDECREF(key);
    PyErr_Clear();
    return found && referent_of(found) == task ? PyTuple_GET_ITEM(found, 1)
                                               : NULL;
}

/* Those that are gone are forgotten now and then, all at once. */
static int
sweep_tasks(stk_interp *state)
{
    PyObject *kept, *key, *value;
    Py_ssize_t at = 0;

    if (!state->tasks && !(state->tasks = PyDict_New()))
        return -1;
    if (PyDict_GET_SIZE(state->tasks) < state->tasks_limit)
        return 0;
    kept = PyDict_New();
    while (kept && PyDict_Next(state->tasks, &at, &key, &value))
        if (referent_of(value) && PyDict_SetItem(kept, key, value) < 0)
            Py_CLEAR(kept);
    if (!kept)
        return -1;
    Py_SETREF(state->tasks, kept);
    state->tasks_limit = 2 * PyDict_GET_SIZE(kept) + 64;
    return 0;
}

/* Those who ask now made the task. */
static int
note_task(stk_interp *state, PyObject *task)
{
    PyObject *weak = NULL, *carrier = NULL, *key = NULL, *value = NULL;
    int result = -1;

    if (sweep_tasks(state) < 0)
        return -1;
    weak = PyWeakref_NewRef(task, NULL);
    /* it holds no task: what it is for is told when it is wanted */
    carrier = weak ? stk_carrier_new(state, Py_None, STK_CARRIER_CALL) : NULL;
    key = carrier ? PyLong_FromVoidPtr(task) : NULL;
    value = key ? PyTuple_Pack(2, weak, carrier) : NULL;
    if (value)
        result = PyDict_SetItem(state->tasks, key, value);
    Py_XDECREF(weak);
    Py_XDECREF(carrier);
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

/* ---- what a loop calls ----------------------------------------------- */

/* A type that Python code can neither make nor change. */
static bool
is_of_c(const PyTypeObject *type)
{
#ifdef Py_TPFLAGS_IMMUTABLETYPE
    if (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE)
        return true;
#endif
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE);
}

/* With or without the name of its module. */
static bool
is_type_named(const PyTypeObject *type, const char *name)
{
    const char *own = strrchr(type->tp_name, '.');

    return is_of_c(type) && !strcmp(own ? own + 1 : type->tp_name, name);
}

static bool
is_wakeup(PyObject *function)
{
    if (PyCFunction_Check(function))
        return !strcmp(((PyCFunctionObject *)function)->m_ml->ml_name,
                       "task_wakeup");
    return is_type_named(Py_TYPE(function), "TaskWakeupMethWrapper");
}

/* `_PyTask.__step` or `.__wakeup`, by asyncio's own code. */
static bool
is_step_in_python(const stk_interp *state, PyObject *function)
{
    PyCodeObject *code = stk_handover_code(function);

    return PyMethod_Check(function) && code &&
           stk_code_tag_get(state, code).importer ==
               stk_importer_number("asyncio.tasks", 0, 0) &&
           (!PyUnicode_CompareWithASCIIString(code->co_name, "__wakeup") ||
            !PyUnicode_CompareWithASCIIString(code->co_name, "__step"));
}

/* The task whose next step `function` is: a new reference, or NULL. */
static PyObject *
task_of(const stk_interp *state, PyObject *function)
{
    PyObject *task = NULL;

    if (is_wakeup(function) ||
        is_type_named(Py_TYPE(function), "TaskStepMethWrapper")) {
        task = PyObject_GetAttrString(function, "__self__");
        PyErr_Clear();
    } else if (is_step_in_python(state, function)) {
        task = Py_NewRef(PyMethod_GET_SELF(function));
    }
    return task;
}

static PyObject *
carry_step(stk_interp *state, PyObject *function, PyObject *task)
{
    PyObject *carrier = find_task(state, task);

    /* it was there before the guard, and goes on */
    if (!carrier && is_wakeup(function))
        return Py_NewRef(function);
    if (!carrier && PyType_SUPPORTS_WEAKREFS(Py_TYPE(task))) {
        if (note_task(state, task) < 0)
            return NULL;
        carrier = find_task(state, task);
    }
    return carrier ? stk_carrier_like(state, function, carrier)
                   : stk_carrier_new(state, function, STK_CARRIER_CALL);
}

/* A future of C's own has ended. */
static bool
is_ended(PyObject *args)
{
    const PyTypeObject *type;

    if (!args || !PyTuple_CheckExact(args) || PyTuple_GET_SIZE(args) != 1)
        return false;
    type = Py_TYPE(PyTuple_GET_ITEM(args, 0));
    return is_type_named(type, "Future") || is_type_named(type, "Task");
}

PyObject *
stk_futures_carry(stk_interp *state, PyObject *function, PyObject *args)
{
    PyObject *task = task_of(state, function), *carried;

    if (task) {
        carried = carry_step(state, function, task);
        Py_DECREF(task);
        return carried;
    }
    if (!PyCallable_Check(function) || stk_handover_is_own(state, function) ||
        (is_ended(args) && (stk_carrier_check(state, function) ||
                            stk_handover_is_known(state, function))))
        return Py_NewRef(function);
    return stk_carrier_new(state, function, STK_CARRIER_CALL);
}

/* ---- who has it wait ------------------------------------------------- */

static const stk_handover waiting = { 1, "fn", STK_CARRIER_CALL,
                                      stk_handover_is_known };

/* add_done_callback(self, fn) of Python's */
static PyObject *
add_callback(PyObject *function, PyObject *args, PyObject *kwargs)
{
    return stk_handover_call(&waiting, function, args, kwargs);
}

int
stk_futures_mend_concurrent(PyObject *dict)
{
    return stk_handover_method(dict, "Future", "add_done_callback",
                               add_callback);
}

/* Of the classes that are written in C: what was there before us. The same
 * in every interpreter. */
static PyMethodDef *original_future, *original_task;

static PyObject *
add_callback_in_c(PyTypeObject *type, PyMethodDef *original, PyObject *self,
                  PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 0, NULL, STK_CARRIER_CALL,
                                      stk_handover_is_known };
    PyObject *method = PyDescr_NewMethod(type, original), *bound, *result;

    bound = method ? Py_TYPE(method)->tp_descr_get(method, self,
                                                   (PyObject *)Py_TYPE(self))
                   : NULL;
    result = bound ? stk_handover_call(&how, bound, args, kwargs) : NULL;
    Py_XDECREF(method);
    Py_XDECREF(bound);
    return result;
}

/* The class that the method is of: the one below which `self` is. */
static PyTypeObject *
class_named(PyObject *self, const char *name)
{
    PyTypeObject *type = Py_TYPE(self);

    while (type && !is_type_named(type, name))
        type = type->tp_base;
    return type ? type : Py_TYPE(self);
}

static PyObject *
add_to_future(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return add_callback_in_c(class_named(self, "Future"), original_future,
                             self, args, kwargs);
}

static PyObject *
add_to_task(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return add_callback_in_c(class_named(self, "Task"), original_task, self,
                             args, kwargs);
}

/* Its doc is that of CPython's own. */
static PyMethodDef future_definition = {
    "add_done_callback", (PyCFunction)(void (*)(void))add_to_future,
    METH_VARARGS | METH_KEYWORDS, NULL
};
static PyMethodDef task_definition = {
    "add_done_callback", (PyCFunction)(void (*)(void))add_to_task,
    METH_VARARGS | METH_KEYWORDS, NULL
};

/*
 * `type.add_done_callback`. The type may be shared by the interpreters of
 * the process: what is put into it stays for good.
 */
static int
mend_type(PyTypeObject *type, PyMethodDef *ours, PyMethodDef **original)
{
    PyObject *dict = type->tp_dict, *method;
    PyObject *found = dict ? PyDict_GetItemString(dict, ours->ml_name) : NULL;
    int result;

    if (!found || Py_TYPE(found) != &PyMethodDescr_Type ||
        ((PyMethodDescrObject *)found)->d_method == ours)
        return 0;
    *original = ((PyMethodDescrObject *)found)->d_method;
    ours->ml_doc = (*original)->ml_doc;
    method = PyDescr_NewMethod(type, ours);
    if (!method)
        return -1;
    stk_carry_hide(method);
    result = PyDict_SetItemString(dict, ours->ml_name, method);
    Py_DECREF(method);
    PyType_Modified(type);
    return result;
}

#if PY_VERSION_HEX >= 0x030C0000
/* A task may run at once, and is woken up without a first step. */
static initproc original_init;

static int
init_task(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_handover_state();

    if (original_init(self, args, kwargs) < 0)
        return -1;
    if (state && !find_task(state, self))
        return note_task(state, self);
    return 0;
}

static void
mend_init(PyTypeObject *type)
{
    if (type->tp_init == init_task)
        return;
    original_init = type->tp_init;
    type->tp_init = init_task;
}
#else
static void
mend_init(PyTypeObject *type)
{
    (void)type;
}
#endif

int
stk_futures_mend_asyncio(PyObject *dict)
{
    PyObject *future = PyDict_GetItemString(dict, "_CFuture");
    PyObject *task = PyDict_GetItemString(dict, "_CTask");

    if (future && PyType_Check(future) &&
        is_type_named((PyTypeObject *)future, "Future") &&
        mend_type((PyTypeObject *)future, &future_definition,
                  &original_future) < 0)
        return -1;
    if (task && PyType_Check(task) &&
        is_type_named((PyTypeObject *)task, "Task")) {
        mend_init((PyTypeObject *)task);
        if (mend_type((PyTypeObject *)task, &task_definition, &original_task) <
            0)
            return -1;
    }
    return stk_handover_method(dict, "_PyFuture", "add_done_callback",
                               add_callback);
}
