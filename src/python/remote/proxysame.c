/* SPDX-License-Identifier: Apache-2.0 */
/* An object that comes again is the proxy that there is of it: `is` holds. */
#include "python/object/compat.h"
#include "python/remote/remote.h"

/* Of weak references, by the ids that the worker gives. New reference. */
static PyObject *
look_up(const stk_remote *remote, PyObject *key)
{
    PyObject *weak =
        remote->proxies ? PyDict_GetItemWithError(remote->proxies, key) : NULL;
    PyObject *proxy = NULL;

    if (weak && PyWeakref_GetRef(weak, &proxy) < 0)
        return NULL;
    return proxy;
}

PyObject *
stk_proxy_find(const stk_remote *remote, uint64_t id)
{
    PyObject *key = PyLong_FromUnsignedLongLong(id);
    PyObject *proxy = key ? look_up(remote, key) : NULL;

    Py_XDECREF(key);
    return proxy;
}

int
stk_proxy_note(stk_remote *remote, uint64_t id, PyObject *proxy)
{
    PyObject *key = PyLong_FromUnsignedLongLong(id);
    PyObject *weak = key ? PyWeakref_NewRef(proxy, NULL) : NULL;
    int result = -1;

    if (weak && !remote->proxies)
        remote->proxies = PyDict_New();
    if (weak && remote->proxies)
        result = PyDict_SetItem(remote->proxies, key, weak);
    Py_XDECREF(weak);
    Py_XDECREF(key);
    return result;
}

/* Called while it ends: what is found by the id then is another one. */
void
stk_proxy_unnote(stk_remote *remote, uint64_t id)
{
    PyObject *type, *value, *traceback, *key, *other;

    if (!remote->proxies)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    key = PyLong_FromUnsignedLongLong(id);
    other = key ? look_up(remote, key) : NULL;
    if (key && !other)
        PyDict_DelItem(remote->proxies, key);
    Py_XDECREF(key);
    Py_XDECREF(other);
    PyErr_Restore(type, value, traceback);
}
