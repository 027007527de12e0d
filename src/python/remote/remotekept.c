/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What functions of the host's raised that a worker has called, until what it
 * was asked is answered: the worker has a number of each, and who asked gets
 * the exception itself where that is what it lets through. A number counts
 * within the request that it was made in, and for nothing else.
 */
#include "python/remote/remote.h"

/* Of one request: a worker may call, and catch, as often as its profile says,
 * and each holds the frames that it came through, and what these were called
 * with: all of that together is no more than one answer may be. */
#define KEPT_MAX 16

/* One that ends an iteration would end one of the host's, unseen. */
static bool
is_to_be_kept(PyObject *exception)
{
    return PyErr_GivenExceptionMatches(exception, PyExc_Exception) &&
           !PyErr_GivenExceptionMatches(exception, PyExc_StopIteration) &&
           !PyErr_GivenExceptionMatches(exception, PyExc_StopAsyncIteration);
}

static int
add(stk_remote_kept *kept, PyObject *exception)
{
    PyObject *pair = Py_BuildValue("(KOn)", kept->last + 1, exception,
                                   (Py_ssize_t)kept->asked);
    int result = pair ? PyList_Append(kept->list, pair) : -1;

    Py_XDECREF(pair);
    if (result == 0)
        kept->last++;
    return result;
}

/* One more, as large as what was asked. */
static bool
is_full(const stk_remote *remote)
{
    const stk_remote_kept *kept = &remote->kept;
    Py_ssize_t n = PyList_GET_SIZE(kept->list), i = kept->begin;
    uint64_t bytes = kept->asked;

    if (n - i >= KEPT_MAX)
        return true;
    for (; i < n; i++)
        bytes += (uint64_t)PyLong_AsSsize_t(
            PyTuple_GET_ITEM(PyList_GET_ITEM(kept->list, i), 2));
    return n > kept->begin &&
           bytes > stk_worker_profile(remote->worker)->reply;
}

uint64_t
stk_remote_keep(stk_remote *remote, PyObject *exception)
{
    stk_remote_kept *kept = &remote->kept;

    if (!is_to_be_kept(exception))
        return 0;
    if (!kept->list)
        kept->list = PyList_New(0);
    while (kept->list && is_full(remote))
        if (PyList_SetSlice(kept->list, kept->begin, kept->begin + 1, NULL) <
            0) {
            PyErr_Clear();
            break;
        }
    if (kept->list && add(kept, exception) == 0)
        return kept->last;
    PyErr_Clear();
    return 0;
}

PyObject *
stk_remote_find_kept(const stk_remote *remote, uint64_t number)
{
    const stk_remote_kept *kept = &remote->kept;
    Py_ssize_t n = kept->list ? PyList_GET_SIZE(kept->list) : 0;

    for (Py_ssize_t i = kept->begin; i < n; i++) {
        PyObject *pair = PyList_GET_ITEM(kept->list, i);

        if (PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(pair, 0)) == number)
            return Py_NewRef(PyTuple_GET_ITEM(pair, 1));
    }
    return NULL;
}

Py_ssize_t
stk_remote_begin_keeping(stk_remote *remote)
{
    stk_remote_kept *kept = &remote->kept;
    Py_ssize_t outer = kept->begin;

    kept->begin = kept->list ? PyList_GET_SIZE(kept->list) : 0;
    return outer;
}

/* What ends with them runs code, which may ask: last of all. */
void
stk_remote_end_keeping(stk_remote *remote, Py_ssize_t outer)
{
    stk_remote_kept *kept = &remote->kept;
    PyObject *type, *value, *traceback;
    Py_ssize_t begin = kept->begin;

    kept->begin = outer;
    if (!kept->list || PyList_GET_SIZE(kept->list) == begin)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    PyList_SetSlice(kept->list, begin, PY_SSIZE_T_MAX, NULL);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}
