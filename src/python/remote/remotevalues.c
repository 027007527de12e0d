/* SPDX-License-Identifier: Apache-2.0 */
/* What crosses to a worker and back: beside plain values, its own objects. */
#include "python/remote/remote.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "python/asks/own.h"
#include "python/broker/broker.h"
#include "python/remote/proxyequal.h"
#include "python/remote/sealedbytes.h"

#define NAME_MAX_SHOWN 200

/* One value on its way, and the ids of the functions in it. */
typedef struct writing {
    stk_remote *remote;
    uint64_t *lent; /* owned */
    size_t n_lent, room;
} writing;

static int
lend(writing *w, stk_writer *writer, PyObject *function)
{
    uint64_t id;

    if (w->n_lent == w->room) {
        size_t room = w->room ? 2 * w->room : 8;
        uint64_t *more = realloc(w->lent, room * sizeof *more);

        if (!more) {
            PyErr_NoMemory();
            return -1;
        }
        w->lent = more;
        w->room = room;
    }
    id = stk_remote_lend(w->remote, writer, function);
    if (id)
        w->lent[w->n_lent++] = id;
    return id ? 0 : -1;
}

static int
write_sealed(const stk_remote *remote, stk_writer *writer, PyObject *object)
{
    const stk_profile *profile = stk_worker_profile(remote->worker);

    if (profile->calls & STK_CALLS_BUFFERS)
        return stk_sealedbytes_write(writer, object) < 0
                   ? stk_values_fail(writer)
                   : 0;
    PyErr_Format(PyExc_TypeError,
                 "SealedBytes cannot be handed to the worker of %U: its "
                 "profile, %s, lacks syscalls = @buffers",
                 remote->package, profile->name);
    return -1;
}

static int
write_object(void *payload, stk_writer *writer, PyObject *object)
{
    writing *w = payload;
    stk_remote *remote = w->remote;
    uint64_t id = stk_proxy_id(remote, object);

    if (id)
        return stk_writer_own(writer, id) < 0 ? stk_values_fail(writer) : 0;
    if (stk_sealedbytes_check(object))
        return write_sealed(remote, writer, object);
    if (stk_remote_is_lendable(object))
        return lend(w, writer, object);
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

/* One that is known keeps what it had: a hash does not change. */
static int
read_likeness(PyObject *proxy, stk_reader *reader)
{
    stk_proxy_likeness *like = stk_proxy_likeness_of(proxy);
    stk_proxy_likeness told = { 0 };

    if (stk_proxy_read_likeness(&told, reader) < 0)
        return -1;
    if (like->value || like->asked)
        Py_CLEAR(told.value);
    else
        *like = told;
    return 0;
}

/* [id, kind, name of its type], and perhaps what it is equal to: the name is
 * text, and stays it. */
static PyObject *
read_handle(void *payload, stk_reader *reader, size_t count)
{
    stk_token id, kind, name;
    PyObject *text, *proxy;

    if ((count != 3 && count != 4) ||
        stk_values_expect(reader, STK_VALUE_INT, &id) < 0 ||
        stk_values_expect(reader, STK_VALUE_INT, &kind) < 0 ||
        stk_values_expect(reader, STK_VALUE_TEXT, &name) < 0 || id.negative ||
        id.integer == 0 || kind.negative || kind.integer >= STK_OBJECT_KINDS ||
        name.length > NAME_MAX_SHOWN) {
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
    if (proxy && count == 4 && read_likeness(proxy, reader) < 0)
        Py_CLEAR(proxy);
    return proxy;
}

/* The standard library's, for what is to be a value here. */
static PyObject *
import_module(void *Py_UNUSED(payload), const char *name)
{
    return stk_own_import(name);
}

/* One that this machine has, as it has it: the key is the worker's. */
static PyObject *
find_zone(void *Py_UNUSED(payload), PyObject *key)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    const char *text = PyUnicode_AsUTF8(key);
    PyObject *module, *zone;
    size_t length;

    if (!text)
        return NULL;
    if (stk_broker_zone(&data, &length, text) != 1)
        return PyErr_Format(PyExc_ImportError,
                            "the worker hands over the time zone %R, and this "
                            "machine has none of that name: hand over the "
                            "time in UTC",
                            key);
    module = stk_own_import("zoneinfo");
    zone = module ? PyObject_CallMethod(module, "ZoneInfo", "O", key) : NULL;
    Py_XDECREF(module);
    return zone;
}

/* What was not sent is not held there. */
static void
take_back(const writing *w)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    for (size_t i = 0; i < w->n_lent; i++)
        stk_objects_release(&w->remote->lent, w->lent[i], 1);
    PyErr_Restore(type, value, traceback);
}

int
stk_remote_write(stk_remote *remote, stk_writer *writer, PyObject *value)
{
    writing w = { .remote = remote };
    stk_crossing crossing = { .payload = &w,
                              .other = write_object,
                              .module = import_module };
    stk_error err = STK_ERROR_INIT;
    int result = stk_values_write(writer, value, &crossing);

    if (result == 0 && stk_writer_finish(writer, &err) < 0)
        result = stk_values_fail(writer);
    if (result < 0)
        take_back(&w);
    free(w.lent);
    return result;
}

stk_crossing
stk_remote_crossing(stk_remote *remote)
{
    return (stk_crossing){ .payload = remote,
                           .own = stk_remote_lent,
                           .handle = read_handle,
                           .module = import_module,
                           .zone = find_zone };
}
