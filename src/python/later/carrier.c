/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A callable with the askers of whoever handed it over: they go on asking
 * in what it does. And a method of ours in a class of the standard
 * library's. Both look as what they stand for.
 */
#include "python/asks/mark.h"
#include "python/later/carrier.h"
#include "python/object/class.h"

#include <stddef.h>

/* What both types are. */
typedef struct proxy_object {
    PyObject_HEAD PyObject *function; /* strong */
    stk_method_call call;             /* of a method */
    stk_carrier_kind kind;            /* of a carrier, with the rest */
    size_t n;
    uint32_t numbers[STK_IMPORTERS_MAX];
} proxy_object;

/* ---- to look at ------------------------------------------------------ */

static PyObject *
function_of(PyObject *self)
{
    return ((proxy_object *)self)->function;
}

static PyObject *
proxy_repr(PyObject *self)
{
    return PyObject_Repr(function_of(self));
}

static Py_hash_t
proxy_hash(PyObject *self)
{
    return PyObject_Hash(function_of(self));
}

/* What was handed over is taken back by naming it: atexit.unregister(). */
static PyObject *
proxy_compare(PyObject *self, PyObject *other, int op)
{
    if (Py_TYPE(self) == Py_TYPE(other))
        other = function_of(other);
    return PyObject_RichCompare(function_of(self), other, op);
}

/* inspect.unwrap() finds its way on, too. */
static PyObject *
proxy_getattr(PyObject *self, PyObject *name)
{
    return PyObject_GetAttr(function_of(self), name);
}

static int
proxy_setattr(PyObject *self, PyObject *name, PyObject *value)
{
    return PyObject_SetAttr(function_of(self), name, value);
}

/* ---- to hold --------------------------------------------------------- */

static int
proxy_traverse(PyObject *self, visitproc visit, void *arg)
{
#if PY_VERSION_HEX >= 0x03090000
    Py_VISIT(Py_TYPE(self));
#endif
    Py_VISIT(function_of(self));
    return 0;
}

/* A cycle is broken by the others in it: who calls a carrier that lost its
 * function would crash. */
static int
proxy_clear(PyObject *Py_UNUSED(self))
{
    return 0;
}

static void
proxy_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_CLEAR(((proxy_object *)self)->function);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
new_type(const char *name, ternaryfunc call, descrgetfunc get)
{
    PyType_Slot slots[] = {
        { Py_tp_call, (void *)(uintptr_t)call },
        { Py_tp_repr, (void *)(uintptr_t)proxy_repr },
        { Py_tp_hash, (void *)(uintptr_t)proxy_hash },
        { Py_tp_richcompare, (void *)(uintptr_t)proxy_compare },
        { Py_tp_getattro, (void *)(uintptr_t)proxy_getattr },
        { Py_tp_setattro, (void *)(uintptr_t)proxy_setattr },
        { Py_tp_traverse, (void *)(uintptr_t)proxy_traverse },
        { Py_tp_clear, (void *)(uintptr_t)proxy_clear },
        { Py_tp_dealloc, (void *)(uintptr_t)proxy_dealloc },
        { get ? Py_tp_descr_get : 0, (void *)(uintptr_t)get },
        { 0, NULL },
    };
    PyType_Spec spec = { name, sizeof(proxy_object), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots };

    return stk_class_new(&spec, NULL);
}

/* `*type` is made when it is needed first. */
static proxy_object *
new_proxy(PyObject **type, const char *name, ternaryfunc call,
          descrgetfunc get, PyObject *function)
{
    proxy_object *proxy;

    if (!*type)
        *type = new_type(name, call, get);
    proxy = *type
                ? (proxy_object *)PyType_GenericAlloc((PyTypeObject *)*type, 0)
                : NULL;
    if (proxy)
        proxy->function = Py_NewRef(function);
    return proxy;
}

/* ---- to call --------------------------------------------------------- */

/*
 * As _thread does it, for sys.unraisablehook: nothing but the function is
 * told of. SystemExit ends the thread silently; _thread sees to that.
 */
static PyObject *
tell_unraisable(PyObject *function)
{
    if (PyErr_ExceptionMatches(PyExc_SystemExit))
        return NULL;
    stk_write_unraisable("thread started by", function);
    Py_RETURN_NONE;
}

/* In place of whoever started the thread. */
static PyObject *
call_instead(proxy_object *carrier, PyObject *args, PyObject *kwargs)
{
    stk_inherited askers = { carrier->numbers, carrier->n }, before;
    PyObject *result;

    before = stk_askers_inherit(askers);
    result = PyObject_Call(carrier->function, args, kwargs);
    if (!result && carrier->kind == STK_CARRIER_THREAD)
        result = tell_unraisable(carrier->function);
    stk_askers_inherit(before);
    return result;
}

/* Beside whoever else is on the stack. */
static PyObject *
call_beside(proxy_object *carrier, PyObject *args, PyObject *kwargs)
{
    stk_mark *mark =
        stk_mark_begin(NULL, STK_MARK_HANDED, (PyObject *)carrier);
    PyObject *result = NULL;

    if (mark) {
        mark->numbers = carrier->numbers;
        mark->n = carrier->n;
        result = PyObject_Call(carrier->function, args, kwargs);
    }
    stk_mark_end(mark);
    return result;
}

/* A tracer tells what is called for each line: for the same askers. */
static PyObject *
carry_result(PyObject *self, PyObject *result)
{
    stk_interp *state = stk_interp_find();
    PyObject *carrier;

    if (!state || !result || result == Py_None || !PyCallable_Check(result) ||
        stk_carrier_check(state, result))
        return result;
    carrier = stk_carrier_like(state, result, self);
    Py_DECREF(result);
    return carrier;
}

static PyObject *
carrier_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    proxy_object *carrier = (proxy_object *)self;
    PyObject *result;

    Py_INCREF(self);
    /* a piece of work that is called elsewhere lends nobody its askers */
    if (carrier->kind == STK_CARRIER_THREAD ||
        (carrier->kind == STK_CARRIER_WORK && stk_asker_is_worker()))
        result = call_instead(carrier, args, kwargs);
    else
        result = call_beside(carrier, args, kwargs);
    if (carrier->kind == STK_CARRIER_TRACER)
        result = carry_result(self, result);
    Py_DECREF(self);
    return result;
}

static proxy_object *
new_carrier(stk_interp *state, PyObject *function, stk_carrier_kind kind)
{
    proxy_object *carrier = new_proxy(&state->carrier_type, "stockade.carrier",
                                      carrier_call, NULL, function);

    if (carrier)
        carrier->kind = kind;
    return carrier;
}

PyObject *
stk_carrier_new(stk_interp *state, PyObject *function, stk_carrier_kind kind)
{
    proxy_object *carrier = new_carrier(state, function, kind);
    stk_asker asker;

    if (!carrier)
        return NULL;
    stk_asker_all(&asker, state, NULL);
    /* the program around the interpreter is nobody who could be denied */
    carrier->n = stk_asker_is_host(&asker) ? 0 : asker.n;
    for (size_t i = 0; i < carrier->n; i++)
        carrier->numbers[i] = asker.numbers[i];
    return (PyObject *)carrier;
}

PyObject *
stk_carrier_left(stk_interp *state, PyObject *function, stk_carrier_kind kind)
{
    proxy_object *carrier =
        (proxy_object *)stk_carrier_new(state, function, kind);

    if (!carrier)
        return NULL;
    if (carrier->n == STK_IMPORTERS_MAX)
        carrier->n--; /* unknown code may do no more than the one it ousts */
    carrier->numbers[carrier->n++] = 0;
    return (PyObject *)carrier;
}

PyObject *
stk_carrier_like(stk_interp *state, PyObject *function, PyObject *other)
{
    const proxy_object *like = (const proxy_object *)other;
    proxy_object *carrier = new_carrier(state, function, like->kind);

    if (!carrier)
        return NULL;
    carrier->n = like->n;
    for (size_t i = 0; i < like->n; i++)
        carrier->numbers[i] = like->numbers[i];
    return (PyObject *)carrier;
}

bool
stk_carrier_check(const stk_interp *state, PyObject *object)
{
    return state->carrier_type &&
           Py_TYPE(object) == (PyTypeObject *)state->carrier_type;
}

PyObject *
stk_carrier_function(PyObject *carrier)
{
    return function_of(carrier);
}

/* ---- methods --------------------------------------------------------- */

static PyObject *
method_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    proxy_object *method = (proxy_object *)self;

    return method->call(method->function, args, kwargs);
}

static PyObject *
method_bind(PyObject *self, PyObject *instance, PyObject *Py_UNUSED(type))
{
    return instance && instance != Py_None ? PyMethod_New(self, instance)
                                           : Py_NewRef(self);
}

PyObject *
stk_method_new(stk_interp *state, PyObject *function, stk_method_call call)
{
    proxy_object *method = new_proxy(&state->method_type, "stockade.method",
                                     method_call, method_bind, function);

    if (method)
        method->call = call;
    return (PyObject *)method;
}
