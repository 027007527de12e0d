/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that the peer has handles of. */
#include "worker/objects.h"

#include <stdio.h>
#include <string.h>

#include "worker/compat.h"

int
stk_objects_init(stk_objects *objects)
{
    objects->by_id = PyDict_New();
    objects->by_address = PyDict_New();
    objects->last = 0;
    return objects->by_id && objects->by_address ? 0 : -1;
}

int
stk_objects_renew(stk_objects *objects)
{
    Py_CLEAR(objects->by_id);
    Py_CLEAR(objects->by_address);
    return stk_objects_init(objects);
}

/* ---- one entry: [object, times sent] --------------------------------- */

static unsigned long long
times_of(PyObject *entry)
{
    return PyLong_AsUnsignedLongLong(PyList_GET_ITEM(entry, 1));
}

static int
set_times(PyObject *entry, unsigned long long times)
{
    PyObject *number = PyLong_FromUnsignedLongLong(times);

    return number ? PyList_SetItem(entry, 1, number) : -1;
}

static PyObject *
find_entry(const stk_objects *objects, uint64_t id)
{
    PyObject *key = PyLong_FromUnsignedLongLong(id);
    PyObject *entry =
        key ? PyDict_GetItemWithError(objects->by_id, key) : NULL;

    Py_XDECREF(key);
    return entry;
}

static int
add_entry(stk_objects *objects, PyObject *address, PyObject *object)
{
    PyObject *id = PyLong_FromUnsignedLongLong(objects->last + 1);
    PyObject *entry = Py_BuildValue("[Oi]", object, 1);
    int result = -1;

    if (id && entry && PyDict_SetItem(objects->by_id, id, entry) == 0) {
        result = PyDict_SetItem(objects->by_address, address, id);
        if (result < 0)
            PyDict_DelItem(objects->by_id, id);
        else
            objects->last++;
    }
    Py_XDECREF(id);
    Py_XDECREF(entry);
    return result;
}

static uint64_t
send_again(const stk_objects *objects, PyObject *id)
{
    uint64_t number = PyLong_AsUnsignedLongLong(id);
    PyObject *entry = find_entry(objects, number);

    if (!entry || set_times(entry, times_of(entry) + 1) < 0)
        return 0;
    return number;
}

uint64_t
stk_objects_send(stk_objects *objects, PyObject *object)
{
    PyObject *address = PyLong_FromVoidPtr(object), *id;
    uint64_t number = 0;

    if (!address)
        return 0;
    id = PyDict_GetItemWithError(objects->by_address, address);
    if (id)
        number = send_again(objects, id);
    else if (PyDict_GET_SIZE(objects->by_id) >= (Py_ssize_t)STK_OBJECTS_MAX)
        PyErr_Format(PyExc_RuntimeError,
                     "the host holds %d objects of this worker: no more",
                     (int)STK_OBJECTS_MAX);
    else if (!PyErr_Occurred() && add_entry(objects, address, object) == 0)
        number = objects->last;
    Py_DECREF(address);
    return number;
}

PyObject *
stk_objects_get(const stk_objects *objects, uint64_t id)
{
    PyObject *entry = find_entry(objects, id);

    if (entry)
        return PyList_GET_ITEM(entry, 0);
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ReferenceError,
                        "the worker has no such object any more");
    return NULL;
}

static void
drop_entry(stk_objects *objects, uint64_t id, PyObject *entry)
{
    PyObject *key = PyLong_FromUnsignedLongLong(id);
    PyObject *address = PyLong_FromVoidPtr(PyList_GET_ITEM(entry, 0));

    /* the object may end with it, and its own code run: the tables first */
    Py_INCREF(entry);
    if (key && address) {
        PyDict_DelItem(objects->by_address, address);
        PyDict_DelItem(objects->by_id, key);
    }
    Py_DECREF(entry);
    Py_XDECREF(key);
    Py_XDECREF(address);
    PyErr_Clear();
}

void
stk_objects_release(stk_objects *objects, uint64_t id, uint64_t times)
{
    PyObject *entry = find_entry(objects, id);
    uint64_t sent = entry ? times_of(entry) : 0;

    if (entry && times >= sent)
        drop_entry(objects, id, entry);
    else if (entry)
        set_times(entry, sent - times);
    PyErr_Clear();
}

bool
stk_objects_has(const stk_objects *objects, PyObject *object)
{
    PyObject *address = PyLong_FromVoidPtr(object);
    int found = address ? PyDict_Contains(objects->by_address, address) : 0;

    Py_XDECREF(address);
    PyErr_Clear();
    return found == 1;
}

/* What they are may run code when it ends, and ask: the tables first. */
void
stk_objects_forget(stk_objects *objects)
{
    PyObject *held = PyDict_Copy(objects->by_id);

    PyDict_Clear(objects->by_address);
    PyDict_Clear(objects->by_id);
    PyErr_Clear();
    Py_XDECREF(held);
}

/* `async def`, and none that yields. */
static bool
is_async(PyObject *object)
{
    PyObject *function =
        PyMethod_Check(object) ? PyMethod_GET_FUNCTION(object) : object;

    return PyFunction_Check(function) &&
           ((PyCodeObject *)PyFunction_GET_CODE(function))->co_flags &
               CO_COROUTINE;
}

/* Of C: str.upper, (3).__add__ and their like. */
static bool
is_descriptor(PyObject *object)
{
    const PyTypeObject *type = Py_TYPE(object);

    return type == &PyMethodDescr_Type || type == &PyWrapperDescr_Type ||
           type == &PyClassMethodDescr_Type;
}

/* Its type has no name in C from 3.13 on. */
static bool
is_wrapper(const PyTypeObject *type)
{
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) &&
           !strcmp(type->tp_name, "method-wrapper");
}

bool
stk_objects_is_function(PyObject *object)
{
    return PyFunction_Check(object) || PyCFunction_Check(object) ||
           PyMethod_Check(object) || is_descriptor(object) ||
           is_wrapper(Py_TYPE(object));
}

enum stk_object_kind
stk_objects_kind(PyObject *object)
{
    PyAsyncMethods *methods = Py_TYPE(object)->tp_as_async;

    if (PyModule_Check(object))
        return STK_OBJECT_MODULE;
    if (PyType_Check(object))
        return STK_OBJECT_CLASS;
    if (is_async(object))
        return STK_OBJECT_ASYNC_FUNCTION;
    if (stk_objects_is_function(object))
        return STK_OBJECT_FUNCTION;
    if (methods && methods->am_await)
        return STK_OBJECT_COROUTINE;
    if (methods && methods->am_anext)
        return STK_OBJECT_ASYNC_ITERATOR;
    if (PyIter_Check(object))
        return STK_OBJECT_ITERATOR;
    return STK_OBJECT_INSTANCE;
}

/* ---- titles ---------------------------------------------------------- */

static const char *
text_of(PyObject *text)
{
    const char *bytes =
        text && PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : NULL;

    PyErr_Clear();
    return bytes ? bytes : "?";
}

static const char *
type_name(PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE
               ? text_of(((PyHeapTypeObject *)type)->ht_qualname)
               : type->tp_name;
}

size_t
stk_objects_title(PyObject *object, char *out, size_t size)
{
    PyObject *function =
        PyMethod_Check(object) ? PyMethod_GET_FUNCTION(object) : object;
    size_t length;

    if (PyFunction_Check(function))
        snprintf(out, size, "function %s",
                 text_of(((PyFunctionObject *)function)->func_qualname));
    else if (PyCFunction_Check(object))
        snprintf(out, size, "function %s",
                 ((PyCFunctionObject *)object)->m_ml->ml_name);
    else if (is_descriptor(object))
        snprintf(out, size, "function %s", text_of(PyDescr_NAME(object)));
    else if (PyType_Check(object))
        snprintf(out, size, "class %s", type_name((PyTypeObject *)object));
    else
        snprintf(out, size, "%s object", type_name(Py_TYPE(object)));
    length = strlen(out);
    /* no part of a character: it would be no text any more */
    if (length == size - 1 && (out[length - 1] & 0x80)) {
        while (length > 1 && (out[length - 1] & 0xC0) == 0x80)
            length--;
        length--;
    }
    return length;
}
