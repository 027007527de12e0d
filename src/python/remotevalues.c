/* SPDX-License-Identifier: Apache-2.0 */
/* What crosses to a worker and back: beside plain values, its own objects. */
#include "python/remote.h"

#include "worker/objects.h"

#define NAME_MAX_SHOWN 200

static int
write_object(void *payload, stk_writer *writer, PyObject *object)
{
    stk_remote *remote = payload;
    uint64_t id = stk_proxy_id(remote, object);

    if (id)
        return stk_writer_own(writer, id) < 0 ? stk_values_fail(writer) : 0;
    if (stk_proxy_check(object))
        PyErr_Format(PyExc_TypeError,
                     "an object of another worker cannot be handed to the "
                     "worker of %U: call it in the host, and hand over what "
                     "it answers",
                     remote->package);
    else
        PyErr_Format(PyExc_TypeError,
                     "%.100s objects cannot be handed to the worker of %U: %s",
                     Py_TYPE(object)->tp_name, remote->package,
                     stk_remote_advise(object));
    return -1;
}

static int
read_part(stk_reader *reader, enum stk_value_type type, stk_token *token)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_reader_expect(reader, type, token, &err) == 0)
        return 0;
    PyErr_SetString(PyExc_ValueError, err.message);
    return -1;
}

/* [id, kind, name of its type]: the name is text, and stays it. */
static PyObject *
read_handle(void *payload, stk_reader *reader, size_t count)
{
    stk_token id, kind, name;
    PyObject *text, *proxy;

    if (count != 3 || read_part(reader, STK_VALUE_INT, &id) < 0 ||
        read_part(reader, STK_VALUE_INT, &kind) < 0 ||
        read_part(reader, STK_VALUE_TEXT, &name) < 0 || id.negative ||
        id.integer == 0 || kind.negative ||
        kind.integer > STK_OBJECT_COROUTINE || name.length > NAME_MAX_SHOWN) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "a handle that cannot be");
        return NULL;
    }
    text = PyUnicode_DecodeUTF8((const char *)name.bytes,
                                (Py_ssize_t)name.length, "replace");
    proxy =
        text ? stk_proxy_new(payload, id.integer, (unsigned)kind.integer, text)
             : NULL;
    Py_XDECREF(text);
    return proxy;
}

/* The standard library's, for what is to be a value here. */
static PyObject *
import_module(void *Py_UNUSED(payload), const char *name)
{
    return PyImport_ImportModule(name);
}

stk_crossing
stk_remote_crossing(stk_remote *remote)
{
    return (stk_crossing){ .payload = remote,
                           .other = write_object,
                           .handle = read_handle,
                           .module = import_module };
}
