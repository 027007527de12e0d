/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that live in a worker, as the host has them: static types, fixed
 * operations. What the host asks an object about itself - its class, how it
 * is copied, how it is pickled - is answered here and never there: a worker
 * that could answer that could make the host's libraries do things.
 */
#include "python/remote/remote.h"

#include <stddef.h>
#include <string.h>

#include "python/object/class.h"
#include "python/object/convert.h"
#include "python/object/printable.h"
#include "python/remote/proxyequal.h"
#include "python/remote/proxynumber.h"
#include "python/signed/verified.h"

typedef struct proxy_object {
    PyObject_HEAD stk_remote *remote; /* strong */
    PyObject *name;                   /* strong; what it says that it is */
    PyObject *weak;
    uint64_t id;
    unsigned kind; /* enum stk_object_kind */
    stk_proxy_likeness like;
} proxy_object;

static proxy_object *
as_proxy(PyObject *self)
{
    return (proxy_object *)self;
}

stk_remote *
stk_proxy_remote(PyObject *self)
{
    return as_proxy(self)->remote;
}

bool
stk_proxy_is_async(PyObject *object)
{
    return stk_proxy_check(object) &&
           as_proxy(object)->kind == STK_OBJECT_ASYNC_FUNCTION;
}

bool
stk_proxy_is_callable(PyObject *proxy)
{
    unsigned kind = as_proxy(proxy)->kind;

    return kind == STK_OBJECT_FUNCTION || kind == STK_OBJECT_CLASS ||
           kind == STK_OBJECT_ASYNC_FUNCTION;
}

PyObject *
stk_proxy_ask(PyObject *self, enum stk_op op, PyObject *args)
{
    return stk_remote_ask(as_proxy(self)->remote, op, args);
}

/* ---- attributes ------------------------------------------------------ */

/* What ends with StopIteration, which no call may raise. */
static bool
is_step(PyObject *self, PyObject *name)
{
    if (as_proxy(self)->kind == STK_OBJECT_ASYNC_ITERATOR)
        return PyUnicode_CompareWithASCIIString(name, "asend") == 0 ||
               PyUnicode_CompareWithASCIIString(name, "athrow") == 0 ||
               PyUnicode_CompareWithASCIIString(name, "aclose") == 0;
    return Py_TYPE(self)->tp_iternext &&
           (PyUnicode_CompareWithASCIIString(name, "send") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "throw") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "close") == 0);
}

static PyObject *
tell(PyObject *self, PyObject *name)
{
    PyObject *text =
        stk_proxy_ask(self, STK_OP_GETATTR, Py_BuildValue("[OO]", self, name));

    if (text && PyUnicode_CheckExact(text))
        return stk_proxy_shown(
            text, !PyUnicode_CompareWithASCIIString(name, "__doc__"));
    if (text) {
        Py_DECREF(text);
        Py_RETURN_NONE;
    }
    return NULL;
}

/* For object.__getattribute__(), which help() asks by. */
static PyObject *
proxy_doc(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *name = PyUnicode_FromString("__doc__");
    PyObject *text = name ? tell(self, name) : NULL;

    Py_XDECREF(name);
    return text && as_proxy(self)->kind == STK_OBJECT_CLASS
               ? stk_proxy_help(self, text)
               : text;
}

static PyObject *
proxy_getattro(PyObject *self, PyObject *name)
{
    if (!PyUnicode_CheckExact(name))
        return PyErr_Format(PyExc_TypeError, "attribute name must be string");
    if (stk_proxy_is_told(name))
        return tell(self, name);
    if (stk_proxy_is_special(name) || is_step(self, name))
        return PyObject_GenericGetAttr(self, name);
    if (as_proxy(self)->kind == STK_OBJECT_ASYNC_FUNCTION)
        return stk_await_mark(self, name);
    return stk_proxy_ask(self, STK_OP_GETATTR,
                         Py_BuildValue("[OO]", self, name));
}

static int
proxy_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    PyObject *done;

    if (!PyUnicode_CheckExact(name) || stk_proxy_is_special(name)) {
        PyErr_Format(PyExc_AttributeError,
                     "%R of an object in a worker cannot be set", name);
        return -1;
    }
    done = value ? stk_proxy_ask(self, STK_OP_SETATTR,
                                 Py_BuildValue("[OOO]", self, name, value))
                 : stk_proxy_ask(self, STK_OP_DELATTR,
                                 Py_BuildValue("[OO]", self, name));
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static PyObject *
describe(PyObject *self)
{
    const stk_remote *remote = as_proxy(self)->remote;
    PyObject *name = stk_printable(as_proxy(self)->name, false), *text;

    text = name ? PyUnicode_FromFormat(
                      "<%U in the worker of %U%s>", name, remote->package,
                      stk_worker_is_alive(remote->worker) ? ""
                                                          : ", which is dead")
                : NULL;
    Py_XDECREF(name);
    return text;
}

/* Whoever reports that a worker has died shows what he has of it. */
static PyObject *
text_of(PyObject *self, const char *which)
{
    PyObject *text;

    if (!stk_worker_is_alive(as_proxy(self)->remote->worker))
        return describe(self);
    text =
        stk_proxy_ask(self, STK_OP_TEXT, Py_BuildValue("[Os]", self, which));
    if (text && !PyUnicode_CheckExact(text))
        Py_SETREF(text, describe(self));
    return text;
}

/* Debuggers and loops show what they hold, also of a worker that another
 * thread waits for, and on a terminal. */
static PyObject *
proxy_repr(PyObject *self)
{
    PyObject *text;

    if (as_proxy(self)->kind != STK_OBJECT_INSTANCE ||
        stk_worker_is_busy(as_proxy(self)->remote->worker))
        return describe(self);
    text = text_of(self, "repr");
    if (text)
        Py_SETREF(text, stk_printable(text, true));
    return text;
}

static PyObject *
proxy_str(PyObject *self)
{
    return text_of(self, "str");
}

/* ---- calls ----------------------------------------------------------- */

static PyObject *
proxy_call(PyObject *self, PyObject *args, PyObject *keywords)
{
    if (as_proxy(self)->kind == STK_OBJECT_ASYNC_FUNCTION)
        return stk_await_call(self, args, keywords);
    return stk_proxy_ask(self, STK_OP_CALL,
                         Py_BuildValue("[OOO]", self, args,
                                       keywords && PyDict_GET_SIZE(keywords)
                                           ? keywords
                                           : Py_None));
}

/* ---- comparisons ----------------------------------------------------- */

stk_proxy_likeness *
stk_proxy_likeness_of(PyObject *proxy)
{
    return &as_proxy(proxy)->like;
}

bool
stk_proxy_is_same(PyObject *self, PyObject *other)
{
    return stk_proxy_check(other) &&
           as_proxy(self)->remote == as_proxy(other)->remote &&
           as_proxy(self)->id == as_proxy(other)->id;
}

static PyObject *
proxy_compare(PyObject *self, PyObject *other, int how)
{
    if (how == Py_EQ || how == Py_NE)
        return stk_proxy_equal(self, other, how);
    if (!stk_proxy_check(self))
        Py_RETURN_NOTIMPLEMENTED;
    return stk_proxy_ask(self, STK_OP_COMPARE,
                         Py_BuildValue("[OiO]", self, how, other));
}

/* ---- asynchronous iteration ------------------------------------------- */

static PyObject *
proxy_aiter(PyObject *self)
{
    PyObject *iterator = stk_proxy_operate(self, "aiter", NULL);

    if (iterator && (!stk_proxy_check(iterator) ||
                     as_proxy(iterator)->kind != STK_OBJECT_ASYNC_ITERATOR)) {
        Py_DECREF(iterator);
        return PyErr_Format(PyExc_TypeError,
                            "aiter() returned no async iterator of the "
                            "worker's");
    }
    return iterator;
}

/* ---- what is answered here ------------------------------------------- */

static PyObject *
proxy_reduce(PyObject *self, PyObject *Py_UNUSED(protocol))
{
    PyObject *title = describe(self);

    if (title)
        PyErr_Format(PyExc_TypeError,
                     "%U can be neither copied nor pickled: have a function "
                     "of the worker's return what is in it",
                     title);
    Py_XDECREF(title);
    return NULL;
}

/* As a function of C, it is not bound by a class that holds it; and inspect
 * takes it for a routine. */
static PyObject *
proxy_get(PyObject *self, PyObject *Py_UNUSED(object),
          PyObject *Py_UNUSED(type))
{
    return Py_NewRef(self);
}

/* ---- the types ------------------------------------------------------- */

static void
proxy_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    proxy_object *proxy = as_proxy(self);

    if (proxy->weak)
        PyObject_ClearWeakRefs(self);
    if (proxy->remote) {
        stk_proxy_unnote(proxy->remote, proxy->id);
        stk_worker_release(proxy->remote->worker, proxy->id);
    }
    Py_CLEAR(proxy->remote);
    Py_CLEAR(proxy->name);
    Py_CLEAR(proxy->like.value);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyGetSetDef plain_getset[] = {
    { "__doc__", proxy_doc, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyGetSetDef callable_getset[] = {
    { "__doc__", proxy_doc, NULL, NULL, NULL },
    { "__signature__", stk_proxy_signature, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

#define COMMON_METHODS                                                        \
    { "__dir__", stk_proxy_dir, METH_NOARGS, "The names that it has." },      \
    {                                                                         \
        "__reduce_ex__", proxy_reduce, METH_O, "It cannot be pickled."        \
    }

#define COMMON_SLOTS                                                          \
    { Py_tp_dealloc, (void *)(uintptr_t)proxy_dealloc },                      \
        { Py_tp_repr, (void *)(uintptr_t)proxy_repr },                        \
        { Py_tp_str, (void *)(uintptr_t)proxy_str },                          \
        { Py_tp_getattro, (void *)(uintptr_t)proxy_getattro },                \
        { Py_tp_setattro, (void *)(uintptr_t)proxy_setattro },                \
        { Py_tp_richcompare, (void *)(uintptr_t)proxy_compare },              \
    {                                                                         \
        Py_tp_hash, (void *)(uintptr_t)stk_proxy_hash                         \
    }

static PyMethodDef function_methods[] = {
    COMMON_METHODS,
    { NULL, NULL, 0, NULL },
};

static PyType_Slot function_slots[] = {
    COMMON_SLOTS,
    { Py_tp_call, (void *)(uintptr_t)proxy_call },
    { Py_tp_descr_get, (void *)(uintptr_t)proxy_get },
    { Py_tp_getset, callable_getset },
    { Py_tp_methods, function_methods },
    { 0, NULL },
};

static PyGetSetDef class_getset[] = {
    { "__doc__", proxy_doc, NULL, NULL, NULL },
    { "__signature__", stk_proxy_signature, NULL, NULL, NULL },
    { "__class__", stk_proxy_class_class, NULL, NULL, NULL },
    { "__bases__", stk_proxy_class_bases, NULL, NULL, NULL },
    { "__members__", stk_proxy_class_members, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyMethodDef class_methods[] = {
    COMMON_METHODS,
    { "__instancecheck__", stk_proxy_instancecheck, METH_O, "isinstance()" },
    { "__subclasscheck__", stk_proxy_subclasscheck, METH_O, "issubclass()" },
    { "__mro_entries__", stk_proxy_mro_entries, METH_O,
      "It has no subclass." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot class_slots[] = {
    COMMON_SLOTS,
    { Py_tp_call, (void *)(uintptr_t)proxy_call },
    { Py_tp_descr_get, (void *)(uintptr_t)proxy_get },
    { Py_tp_getset, class_getset },
    { Py_tp_iter, (void *)(uintptr_t)stk_proxy_iter },
    { Py_mp_length, (void *)(uintptr_t)stk_proxy_length },
    { Py_mp_subscript, (void *)(uintptr_t)stk_proxy_getitem },
    { Py_sq_contains, (void *)(uintptr_t)stk_proxy_contains },
    { Py_nb_bool, (void *)(uintptr_t)stk_proxy_class_bool },
    { Py_tp_methods, class_methods },
    { 0, NULL },
};

#define ASYNC_WITH                                                            \
    { "__aenter__", stk_await_enter, METH_NOARGS, "async with" },             \
    {                                                                         \
        "__aexit__", stk_await_exit, METH_VARARGS, "async with"               \
    }

static PyMethodDef instance_methods[] = {
    COMMON_METHODS,
    ASYNC_WITH,
    STK_PROXY_NUMBER_METHODS,
    { "__enter__", stk_proxy_enter, METH_NOARGS, "with" },
    { "__exit__", stk_proxy_exit, METH_VARARGS, "with" },
    { NULL, NULL, 0, NULL },
};

#define INSTANCE_SLOTS                                                        \
    COMMON_SLOTS, { Py_tp_call, (void *)(uintptr_t)proxy_call },              \
        { Py_tp_iter, (void *)(uintptr_t)stk_proxy_iter },                    \
        { Py_mp_length, (void *)(uintptr_t)stk_proxy_length },                \
        { Py_mp_subscript, (void *)(uintptr_t)stk_proxy_getitem },            \
        { Py_mp_ass_subscript, (void *)(uintptr_t)stk_proxy_setitem },        \
        { Py_sq_contains, (void *)(uintptr_t)stk_proxy_contains },            \
        STK_PROXY_NUMBER_SLOTS,                                               \
    {                                                                         \
        Py_tp_getset, callable_getset                                         \
    }

static PyType_Slot instance_slots[] = {
    INSTANCE_SLOTS,
    { Py_am_aiter, (void *)(uintptr_t)proxy_aiter },
    { Py_tp_methods, instance_methods },
    { 0, NULL },
};

static PyType_Slot awaitable_slots[] = {
    INSTANCE_SLOTS,
    { Py_am_await, (void *)(uintptr_t)stk_await_await },
    { Py_tp_methods, instance_methods },
    { 0, NULL },
};

static PyMethodDef async_iterator_methods[] = {
    COMMON_METHODS,
    { "asend", stk_await_asend, METH_O, "As of an async generator." },
    { "athrow", stk_await_athrow, METH_VARARGS, "As of an async generator." },
    { "aclose", stk_await_aclose, METH_NOARGS, "As of an async generator." },
    ASYNC_WITH,
    STK_PROXY_NUMBER_METHODS,
    { NULL, NULL, 0, NULL },
};

static PyType_Slot async_iterator_slots[] = {
    INSTANCE_SLOTS,
    { Py_am_aiter, (void *)(uintptr_t)PyObject_SelfIter },
    { Py_am_anext, (void *)(uintptr_t)stk_await_next },
    { Py_tp_methods, async_iterator_methods },
    { 0, NULL },
};

static PyMethodDef iterator_methods[] = {
    COMMON_METHODS,
    { "send", stk_proxy_send, METH_O, "As of a generator." },
    { "throw", stk_proxy_throw, METH_VARARGS, "As of a generator." },
    { "close", stk_proxy_close, METH_NOARGS, "As of a generator." },
    { "__enter__", stk_proxy_enter, METH_NOARGS, "with" },
    { "__exit__", stk_proxy_exit, METH_VARARGS, "with" },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot iterator_slots[] = {
    COMMON_SLOTS,
    { Py_tp_iter, (void *)(uintptr_t)PyObject_SelfIter },
    { Py_tp_iternext, (void *)(uintptr_t)stk_proxy_next },
    { Py_tp_getset, plain_getset },
    { Py_tp_methods, iterator_methods },
    { 0, NULL },
};

#define SPEC(name, slots)                                                     \
    {                                                                         \
        name, sizeof(proxy_object), 0, Py_TPFLAGS_DEFAULT, slots              \
    }

/* By enum stk_object_kind. A module that is handed about is an instance, the
 * one that is imported is a RemoteModule. */
static PyType_Spec specs[] = {
    SPEC("stockade.RemoteInstance", instance_slots),
    SPEC("stockade.RemoteInstance", instance_slots),
    SPEC("stockade.RemoteFunction", function_slots),
    SPEC("stockade.RemoteClass", class_slots),
    SPEC("stockade.RemoteIterator", iterator_slots),
    SPEC("stockade.RemoteAwaitable", awaitable_slots),
    SPEC("stockade.RemoteFunction", function_slots),
    SPEC("stockade.RemoteAsyncIterator", async_iterator_slots),
};

_Static_assert(sizeof specs / sizeof *specs == STK_OBJECT_KINDS,
               "each kind has its type");

/* The operators of numpy's arrays leave it to those here. */
static int
leave_operators(PyObject *type)
{
    int result = PyDict_SetItemString(((PyTypeObject *)type)->tp_dict,
                                      "__array_ufunc__", Py_None);

    PyType_Modified((PyTypeObject *)type);
    return result;
}

int
stk_proxy_types(stk_isolation *isolation)
{
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        PyObject *type = stk_class_new(&specs[i], NULL);

        if (!type)
            return -1;
        /* no slot says so before 3.9 */
        ((PyTypeObject *)type)->tp_weaklistoffset =
            offsetof(proxy_object, weak);
        isolation->proxy_types[i] = type;
        if (leave_operators(type) < 0)
            return -1;
    }
    return 0;
}

bool
stk_proxy_check(PyObject *object)
{
    return Py_TYPE(object)->tp_dealloc == proxy_dealloc;
}

uint64_t
stk_proxy_id(const stk_remote *remote, PyObject *object)
{
    if (!stk_proxy_check(object) || as_proxy(object)->remote != remote)
        return 0;
    return as_proxy(object)->id;
}

static PyObject *
make(stk_remote *remote, uint64_t id, unsigned kind, PyObject *name)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *self = NULL;

    if (isolation)
        self = PyType_GenericAlloc(
            (PyTypeObject *)isolation->proxy_types[kind], 0);
    if (!self) {
        stk_worker_release(remote->worker, id);
        return NULL;
    }
    as_proxy(self)->remote = (stk_remote *)Py_NewRef((PyObject *)remote);
    as_proxy(self)->name = Py_NewRef(name);
    as_proxy(self)->id = id;
    as_proxy(self)->kind = kind;
    if (stk_proxy_note(remote, id, self) < 0)
        Py_CLEAR(self);
    return self;
}

/* An object that became one of another kind, as `__class__` can make it, is
 * another proxy. */
PyObject *
stk_proxy_new(stk_remote *remote, uint64_t id, unsigned kind, PyObject *name)
{
    PyObject *self = stk_proxy_find(remote, id);

    if (!self && PyErr_Occurred()) {
        stk_worker_release(remote->worker, id);
        return NULL;
    }
    if (!self || as_proxy(self)->kind != kind) {
        Py_XDECREF(self);
        return make(remote, id, kind, name);
    }
    stk_worker_release(remote->worker, id); /* it was counted once more */
    return self;
}
