/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pool of multiprocessing's runs in this process: the work of a
 * ThreadPool, and what is called with the results of any pool. What goes to
 * another process goes through a pickle, which may do anything by itself.
 */
#include "python/later/pools.h"

#include "python/later/handover.h"
#include "python/object/loaded.h"

/* Threads do the work: nothing is pickled. */
static bool
is_of_threads(PyObject *pool)
{
    PyObject *dict = stk_module_namespace("multiprocessing.pool");
    PyObject *type = dict ? PyDict_GetItemString(dict, "ThreadPool") : NULL;

    return type && PyType_Check(type) &&
           PyType_IsSubtype(Py_TYPE(pool), (PyTypeObject *)type);
}

/* What the methods are given: the work, and two callbacks from the index
 * `callbacks` on, 0 for none. */
static PyObject *
call_pool(PyObject *function, PyObject *args, PyObject *kwargs,
          Py_ssize_t callbacks)
{
    const stk_handover hows[] = {
        { 1, "func", STK_CARRIER_CALL, NULL },
        { callbacks, "callback", STK_CARRIER_CALL, stk_handover_is_own },
        { callbacks + 1, "error_callback", STK_CARRIER_CALL,
          stk_handover_is_own },
    };
    stk_interp *state = stk_handover_state();
    PyObject *given = Py_NewRef(args), *named = Py_XNewRef(kwargs);
    PyObject *result = NULL;
    bool threads =
        PyTuple_GET_SIZE(args) > 0 && is_of_threads(PyTuple_GET_ITEM(args, 0));
    bool failed = false;

    for (size_t i = threads ? 0 : 1; state && i < (callbacks ? 3u : 1u); i++)
        failed =
            failed || stk_handover_carry(state, &hows[i], &given, &named) < 0;
    if (!failed)
        result = PyObject_Call(function, given, named);
    Py_DECREF(given);
    Py_XDECREF(named);
    return result;
}

/* imap(self, func, iterable, chunksize), imap_unordered() */
static PyObject *
call_imap(PyObject *function, PyObject *args, PyObject *kwargs)
{
    return call_pool(function, args, kwargs, 0);
}

/* apply_async(self, func, args, kwds, callback, error_callback) */
static PyObject *
call_apply(PyObject *function, PyObject *args, PyObject *kwargs)
{
    return call_pool(function, args, kwargs, 4);
}

/* _map_async(self, func, iterable, mapper, chunksize, callback,
 * error_callback): of map(), starmap() and theirs. */
static PyObject *
call_map(PyObject *function, PyObject *args, PyObject *kwargs)
{
    return call_pool(function, args, kwargs, 5);
}

int
stk_pools_mend(PyObject *dict)
{
    static const struct {
        const char *name;
        stk_method_call call;
    } methods[] = {
        { "_map_async", call_map },
        { "apply_async", call_apply },
        { "imap", call_imap },
        { "imap_unordered", call_imap },
    };

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (stk_handover_method(dict, "Pool", methods[i].name,
                                methods[i].call) < 0)
            return -1;
    return 0;
}
