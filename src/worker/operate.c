/* SPDX-License-Identifier: Apache-2.0 */
/* What the host does with the objects that live here: one function an op. */
#include "worker/serve.h"

#include <string.h>

#include "worker/compat.h"
#include "worker/kept.h"

static PyObject *
none_if(int result)
{
    if (result < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- calls and attributes -------------------------------------------- */

static PyObject *
call(PyObject *callable, PyObject *args, PyObject *keywords)
{
    if (!PyTuple_CheckExact(args) ||
        (keywords != Py_None && !PyDict_CheckExact(keywords)))
        return PyErr_Format(PyExc_TypeError, "a call has a tuple and a dict");
    return stk_caller_call(callable, args,
                           keywords == Py_None ? NULL : keywords);
}

PyObject *
stk_operate_call(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return call(args[0], args[1], args[2]);
}

PyObject *
stk_operate_call_method(stk_serving *serving, PyObject *const *args)
{
    PyObject *method = PyObject_GetAttr(args[0], args[1]), *result;

    (void)serving;
    if (!method)
        return NULL;
    result = call(method, args[2], args[3]);
    Py_DECREF(method);
    return result;
}

PyObject *
stk_operate_getattr(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return PyObject_GetAttr(args[0], args[1]);
}

PyObject *
stk_operate_setattr(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return none_if(PyObject_SetAttr(args[0], args[1], args[2]));
}

PyObject *
stk_operate_delattr(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return none_if(PyObject_SetAttr(args[0], args[1], NULL));
}

PyObject *
stk_operate_dir(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return PyObject_Dir(args[0]);
}

/* ---- texts ----------------------------------------------------------- */

/* Than its class and an address of this process. */
static bool
says_no_more(PyObject *object)
{
    return Py_TYPE(object)->tp_repr == PyBaseObject_Type.tp_repr;
}

PyObject *
stk_operate_text(stk_serving *serving, PyObject *const *args)
{
    const char *what =
        PyUnicode_CheckExact(args[1]) ? PyUnicode_AsUTF8(args[1]) : NULL;

    (void)serving;
    if (what && !strcmp(what, "repr"))
        return says_no_more(args[0]) ? Py_NewRef(Py_None)
                                     : PyObject_Repr(args[0]);
    if (what && !strcmp(what, "str"))
        return PyObject_Str(args[0]);
    return PyErr_Format(PyExc_ValueError, "no such text");
}

/* ---- operators ------------------------------------------------------- */

PyObject *
stk_operate_compare(stk_serving *serving, PyObject *const *args)
{
    long how = PyLong_CheckExact(args[1]) ? PyLong_AsLong(args[1]) : -1;

    (void)serving;
    if (how < Py_LT || how > Py_GE)
        return PyErr_Format(PyExc_ValueError, "no such comparison");
    return PyObject_RichCompare(args[0], args[2], (int)how);
}

static PyObject *
told_bool(int truth)
{
    return truth < 0 ? NULL : PyBool_FromLong(truth);
}

static PyObject *
aiter_of(PyObject *object)
{
    PyAsyncMethods *methods = Py_TYPE(object)->tp_as_async;

    if (methods && methods->am_aiter)
        return methods->am_aiter(object);
    return PyErr_Format(PyExc_TypeError,
                        "'async for' requires an object with __aiter__ "
                        "method, got %.100s",
                        Py_TYPE(object)->tp_name);
}

#define REFLECTED "reflected "

/* A function of `_operator`, or one of these. New reference. */
static PyObject *
find_operator(const char *name)
{
    static const char *const inbuilt[] = { "complex",  "divmod", "float",
                                           "format",   "hash",   "int",
                                           "reversed", "round" };
    PyObject *module, *function;

    for (size_t i = 0; i < sizeof inbuilt / sizeof *inbuilt; i++)
        if (!strcmp(name, inbuilt[i])) {
            function = PyDict_GetItemString(PyEval_GetBuiltins(), name);
            return function ? Py_NewRef(function)
                            : PyErr_Format(PyExc_NameError,
                                           "name '%s' is not defined", name);
        }
    module = stk_kept_import("_operator");
    function = module ? PyObject_GetAttrString(module, name) : NULL;
    Py_XDECREF(module);
    return function;
}

/* `other` may be NULL. */
static PyObject *
operate_by(const char *name, PyObject *own, PyObject *other)
{
    bool reflected = !strncmp(name, REFLECTED, strlen(REFLECTED));
    PyObject *function =
        find_operator(reflected ? name + strlen(REFLECTED) : name);
    PyObject *result = NULL;

    if (function && reflected && other)
        result = PyObject_CallFunctionObjArgs(function, other, own, NULL);
    else if (function)
        result = PyObject_CallFunctionObjArgs(function, own, other, NULL);
    Py_XDECREF(function);
    return result;
}

/* [object, function of `operator`, the others] */
PyObject *
stk_operate_operate(stk_serving *serving, PyObject *const *args)
{
    const char *name;

    (void)serving;
    if (!PyUnicode_CheckExact(args[1]) || !PyTuple_CheckExact(args[2]))
        return PyErr_Format(PyExc_TypeError, "no such operator");
    if (PyUnicode_CompareWithASCIIString(args[1], "aiter") == 0)
        return aiter_of(args[0]);
    if (PyTuple_GET_SIZE(args[2]) == 1) {
        if (PyUnicode_CompareWithASCIIString(args[1], "isinstance") == 0)
            return told_bool(
                PyObject_IsInstance(PyTuple_GET_ITEM(args[2], 0), args[0]));
        if (PyUnicode_CompareWithASCIIString(args[1], "issubclass") == 0)
            return told_bool(
                PyObject_IsSubclass(PyTuple_GET_ITEM(args[2], 0), args[0]));
    }
    name = PyUnicode_AsUTF8(args[1]);
    if (!name)
        return NULL;
    return operate_by(name, args[0],
                      PyTuple_GET_SIZE(args[2]) ? PyTuple_GET_ITEM(args[2], 0)
                                                : NULL);
}

/* ---- containers ------------------------------------------------------ */

PyObject *
stk_operate_len(stk_serving *serving, PyObject *const *args)
{
    Py_ssize_t length = PyObject_Size(args[0]);

    (void)serving;
    return length < 0 ? NULL : PyLong_FromSsize_t(length);
}

PyObject *
stk_operate_getitem(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return PyObject_GetItem(args[0], args[1]);
}

PyObject *
stk_operate_setitem(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return none_if(PyObject_SetItem(args[0], args[1], args[2]));
}

PyObject *
stk_operate_delitem(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return none_if(PyObject_DelItem(args[0], args[1]));
}

PyObject *
stk_operate_contains(stk_serving *serving, PyObject *const *args)
{
    int found = PySequence_Contains(args[0], args[1]);

    (void)serving;
    return found < 0 ? NULL : PyBool_FromLong(found);
}

/* ---- iteration ------------------------------------------------------- */

PyObject *
stk_operate_iter(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return PyObject_GetIter(args[0]);
}

/* What the StopIteration says that is set, or none is; NULL with any other
 * exception. */
PyObject *
stk_operate_stopped(void)
{
    PyObject *type, *stop, *traceback, *returned;

    if (!PyErr_Occurred())
        Py_RETURN_NONE;
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return NULL;
    PyErr_Fetch(&type, &stop, &traceback);
    PyErr_NormalizeException(&type, &stop, &traceback);
    returned = stop ? PyObject_GetAttrString(stop, "value") : NULL;
    PyErr_Clear();
    Py_XDECREF(type);
    Py_XDECREF(stop);
    Py_XDECREF(traceback);
    return returned ? returned : Py_NewRef(Py_None);
}

/* (False, value), or (True, what it returned). `value` is taken. */
static PyObject *
settle_step(PyObject *value)
{
    PyObject *returned;

    if (value)
        return Py_BuildValue("(ON)", Py_False, value);
    returned = stk_operate_stopped();
    return returned ? Py_BuildValue("(ON)", Py_True, returned) : NULL;
}

PyObject *
stk_operate_next(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    if (!PyIter_Check(args[0]))
        return PyErr_Format(PyExc_TypeError,
                            "'%.100s' object is not an iterator",
                            Py_TYPE(args[0])->tp_name);
    return settle_step(Py_TYPE(args[0])->tp_iternext(args[0]));
}

PyObject *
stk_operate_send(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return settle_step(PyObject_CallMethod(args[0], "send", "(O)", args[1]));
}

PyObject *
stk_operate_throw(stk_serving *serving, PyObject *const *args)
{
    PyObject *exception = stk_operate_exception(args[1]), *value;

    (void)serving;
    if (!exception)
        return NULL;
    value = PyObject_CallMethod(args[0], "throw", "O", exception);
    Py_DECREF(exception);
    return settle_step(value);
}

PyObject *
stk_operate_close(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return PyObject_CallMethod(args[0], "close", NULL);
}

/* ---- with ------------------------------------------------------------ */

static PyObject *
special_method(PyObject *object, const char *name)
{
    PyObject *class = (PyObject *)Py_TYPE(object);
    PyObject *function = PyObject_GetAttrString(class, name);

    if (!function && PyErr_ExceptionMatches(PyExc_AttributeError))
        return PyErr_Format(PyExc_TypeError,
                            "'%.100s' object does not support the context "
                            "manager protocol",
                            Py_TYPE(object)->tp_name);
    return function;
}

PyObject *
stk_operate_enter(stk_serving *serving, PyObject *const *args)
{
    PyObject *function = special_method(args[0], "__enter__"), *result;

    (void)serving;
    if (!function)
        return NULL;
    result = PyObject_CallOneArg(function, args[0]);
    Py_DECREF(function);
    return result;
}

PyObject *
stk_operate_exit(stk_serving *serving, PyObject *const *args)
{
    PyObject *function = special_method(args[0], "__exit__");
    PyObject *type = Py_None, *value = Py_None, *result = NULL;
    int truth = -1;

    (void)serving;
    if (function && args[1] != Py_None)
        value = stk_operate_exception(args[1]);
    if (value != Py_None && value)
        type = (PyObject *)Py_TYPE(value);
    if (function && value)
        result = PyObject_CallFunctionObjArgs(function, args[0], type, value,
                                              Py_None, NULL);
    if (result)
        truth = PyObject_IsTrue(result);
    if (value != Py_None)
        Py_XDECREF(value);
    Py_XDECREF(function);
    Py_XDECREF(result);
    return truth < 0 ? NULL : PyBool_FromLong(truth);
}
