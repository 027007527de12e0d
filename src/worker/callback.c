/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the host's that this worker was handed: called, they ask the
 * host, which knows them by the id that it gave. Whoever invents an id ends
 * the worker.
 */
#include "worker/serve.h"

#include <stdlib.h>

#include "worker/compat.h"

#define TOLD_MAX 4096u /* at a time */

typedef struct host_function {
    PyObject_HEAD PyObject *name; /* strong; str */
    uint64_t id;
    bool awaited; /* it is an `async def` there */
} host_function;

/* A call of one of these, for `await`. */
typedef struct host_call {
    PyObject_HEAD PyObject *question; /* strong, or NULL: it was asked */
} host_call;

static PyObject *type, *call_type; /* strong; once needed */

static host_function *
as_function(PyObject *self)
{
    return (host_function *)self;
}

/* ---- those that nobody holds any more -------------------------------- */

static uint64_t *dropped; /* owned; ids */
static size_t n_dropped, room;

static void
remember_dropped(uint64_t id)
{
    if (n_dropped == room) {
        size_t wanted = room ? 2 * room : 64;
        uint64_t *more = realloc(dropped, wanted * sizeof *more);

        if (!more)
            return; /* the host keeps one function more */
        dropped = more;
        room = wanted;
    }
    dropped[n_dropped++] = id;
}

static PyObject *
list_dropped(void)
{
    size_t n = n_dropped < TOLD_MAX ? n_dropped : TOLD_MAX;
    PyObject *list = PyList_New(0);

    for (size_t i = 0; list && i < 2 * n; i++) {
        PyObject *number = PyLong_FromUnsignedLongLong(
            i % 2 ? 1 : dropped[n_dropped - 1 - i / 2]);

        if (!number || PyList_Append(list, number) < 0)
            Py_CLEAR(list);
        Py_XDECREF(number);
    }
    if (list)
        n_dropped -= n;
    return list;
}

void
stk_callback_flush(stk_serving *serving)
{
    PyObject *type_, *value, *traceback, *list;

    if (n_dropped == 0)
        return;
    PyErr_Fetch(&type_, &value, &traceback);
    list = list_dropped();
    if (list)
        stk_serve_tell(serving, STK_OP_RELEASE, list);
    Py_XDECREF(list);
    PyErr_Clear();
    PyErr_Restore(type_, value, traceback);
}

/* ---- what is awaited ------------------------------------------------- */

static void
call_dealloc(PyObject *self)
{
    PyTypeObject *own = Py_TYPE(self);

    Py_CLEAR(((host_call *)self)->question);
    own->tp_free(self);
    Py_DECREF(own);
}

/* There is nothing to do meanwhile: the answer is awaited here. */
static PyObject *
call_next(PyObject *self)
{
    PyObject *question = ((host_call *)self)->question, *answer, *stop;

    if (!question)
        return PyErr_Format(PyExc_RuntimeError,
                            "cannot reuse already awaited coroutine");
    ((host_call *)self)->question = NULL;
    answer = stk_serve_ask(stk_serve_current(), STK_OP_CALLBACK, question);
    Py_DECREF(question);
    stop = answer ? PyObject_CallFunctionObjArgs(PyExc_StopIteration, answer,
                                                 NULL)
                  : NULL;
    if (stop)
        PyErr_SetObject(PyExc_StopIteration, stop);
    Py_XDECREF(stop);
    Py_XDECREF(answer);
    return NULL;
}

static PyType_Slot call_slots[] = {
    { Py_tp_dealloc, (void *)(uintptr_t)call_dealloc },
    { Py_am_await, (void *)(uintptr_t)PyObject_SelfIter },
    { Py_tp_iter, (void *)(uintptr_t)PyObject_SelfIter },
    { Py_tp_iternext, (void *)(uintptr_t)call_next },
    { Py_tp_doc, (void *)(uintptr_t) "A call of the host, to be awaited." },
    { 0, NULL },
};

static PyType_Spec call_spec = { "stockade.HostCall", sizeof(host_call), 0,
                                 Py_TPFLAGS_DEFAULT, call_slots };

/* ---- the type -------------------------------------------------------- */

static void
function_dealloc(PyObject *self)
{
    PyTypeObject *own = Py_TYPE(self);

    /* it will be read once more, and was handed over once */
    if (!stk_serve_current()->wanting)
        remember_dropped(as_function(self)->id);
    Py_CLEAR(as_function(self)->name);
    own->tp_free(self);
    Py_DECREF(own);
}

static PyObject *
function_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<%U of the host>", as_function(self)->name);
}

static PyObject *
new_call(PyObject *question)
{
    PyObject *self = NULL;

    if (!call_type)
        call_type = PyType_FromSpec(&call_spec);
    if (call_type)
        self = PyType_GenericAlloc((PyTypeObject *)call_type, 0);
    if (self)
        ((host_call *)self)->question = Py_NewRef(question);
    return self;
}

static PyObject *
function_call(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *question =
        Py_BuildValue("[OOO]", self, args, keywords ? keywords : Py_None);
    PyObject *answer = NULL;

    if (question && as_function(self)->awaited)
        answer = new_call(question);
    else if (question)
        answer = stk_serve_ask(stk_serve_current(), STK_OP_CALLBACK, question);
    Py_XDECREF(question);
    return answer;
}

static bool
is_same(PyObject *self, PyObject *other)
{
    return stk_callback_id(other) == as_function(self)->id;
}

static PyObject *
function_compare(PyObject *self, PyObject *other, int how)
{
    if (how != Py_EQ && how != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    return PyBool_FromLong(is_same(self, other) == (how == Py_EQ));
}

static Py_hash_t
function_hash(PyObject *self)
{
    return (Py_hash_t)(as_function(self)->id & 0x7FFFFFFF);
}

static PyObject *
function_name(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(as_function(self)->name);
}

static PyGetSetDef function_getset[] = {
    { "__name__", function_name, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot slots[] = {
    { Py_tp_dealloc, (void *)(uintptr_t)function_dealloc },
    { Py_tp_repr, (void *)(uintptr_t)function_repr },
    { Py_tp_call, (void *)(uintptr_t)function_call },
    { Py_tp_richcompare, (void *)(uintptr_t)function_compare },
    { Py_tp_hash, (void *)(uintptr_t)function_hash },
    { Py_tp_getset, function_getset },
    { Py_tp_doc, (void *)(uintptr_t) "A function of the host's." },
    { 0, NULL },
};

static PyType_Spec spec = { "stockade.HostFunction", sizeof(host_function), 0,
                            Py_TPFLAGS_DEFAULT, slots };

uint64_t
stk_callback_id(PyObject *object)
{
    return Py_TYPE(object)->tp_dealloc == function_dealloc
               ? as_function(object)->id
               : 0;
}

PyObject *
stk_callback_new(uint64_t id, bool awaited, PyObject *name)
{
    PyObject *self = NULL;

    if (!type)
        type = PyType_FromSpec(&spec);
    if (type)
        self = PyType_GenericAlloc((PyTypeObject *)type, 0);
    if (self) {
        as_function(self)->id = id;
        as_function(self)->awaited = awaited;
        as_function(self)->name = Py_NewRef(name);
    }
    return self;
}
