/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules are frozen into this interpreter: no file has them. */
#include "python/load/frozen.h"

#include <stdlib.h>

#include "python/load/unverified.h"
#include "python/object/compat.h"

/* Until 3.10 the table has them, afterwards a function of _imp's. */
static PyObject *
list_names(const stk_interp *state)
{
    PyObject *call =
        PyDict_GetItemString(state->imp_dict, "_frozen_module_names");
    const struct _frozen *at = PyImport_FrozenModules;
    PyObject *names;

    if (call)
        return PyObject_CallNoArgs(call);
    names = PyList_New(0);
    for (; names && at && at->name; at++) {
        PyObject *name = PyUnicode_FromString(at->name);

        if (!name || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

/* With -X frozen_modules=off it is the files that count. */
static int
is_used(const stk_interp *state, PyObject *name)
{
    PyObject *answer = PyObject_CallOneArg(state->is_frozen, name);
    int used = answer ? PyObject_IsTrue(answer) : -1;

    Py_XDECREF(answer);
    return used;
}

/* Borrowed from `names`; -1 with an exception, else how many. */
static Py_ssize_t
take_names(const stk_interp *state, PyObject *names, const char **out)
{
    Py_ssize_t n = 0;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        int used = is_used(state, name);

        if (used < 0)
            return -1;
        if (used && !(out[n++] = PyUnicode_AsUTF8(name)))
            return -1;
    }
    return n;
}

int
stk_frozen_record(const stk_interp *state, stk_guard *guard)
{
    PyObject *names;
    const char **list;
    Py_ssize_t n;
    int result = -1;

    if (!stk_guard_needs_signatures(guard) || !state->is_frozen)
        return 0;
    names = list_names(state);
    if (!names || PyList_Sort(names) < 0) {
        Py_XDECREF(names);
        return -1;
    }
    list = calloc((size_t)PyList_GET_SIZE(names) + 1, sizeof *list);
    n = list ? take_names(state, names, list) : -1;
    if (!list)
        PyErr_NoMemory();
    if (n >= 0)
        result = stk_unverified_record(guard, "frozen", list, (size_t)n);
    free(list);
    Py_DECREF(names);
    return result;
}
