/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that were loaded before the guard was there. */
#include "python/load/unverified.h"

#include <stdlib.h>

#include "python/object/compat.h"
#include "python/object/convert.h"
#include "python/object/name.h"
#include "python/signed/signed.h"

/* How many; what is no UTF-8 is no name of a policy. Borrowed from `names`. */
static size_t
take_texts(PyObject *names, const char **out)
{
    size_t n = 0;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        out[n] = PyUnicode_AsUTF8(PyList_GET_ITEM(names, i));
        if (out[n])
            n++;
        PyErr_Clear();
    }
    return n;
}

static int
record_texts(stk_guard *guard, const char *how, const char *const *texts,
             size_t n)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_guard_record_unverified(guard, how, texts, n, &err) == 0)
        return 0;
    stk_raise_error(&err);
    return -1;
}

int
stk_unverified_record(stk_guard *guard, const char *how, PyObject *names)
{
    const char **texts;
    int result = -1;

    if (PyList_Sort(names) < 0)
        return -1;
    texts = calloc((size_t)PyList_GET_SIZE(names) + 1, sizeof *texts);
    if (texts)
        result = record_texts(guard, how, texts, take_texts(names, texts));
    else
        PyErr_NoMemory();
    free(texts);
    return result;
}

/* ---- what was loaded before ------------------------------------------ */

/* The exact names in sys.modules: a new reference to a list. */
static PyObject *
loaded_names(const stk_interp *state)
{
    PyObject *modules = PyDict_GetItemString(state->sys_dict, "modules");
    PyObject *keys = modules && PyDict_Check(modules) ? PyDict_Keys(modules)
                                                      : PyList_New(0);
    PyObject *names = keys ? PyList_New(0) : NULL;

    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);

        if (PyUnicode_CheckExact(key) && !stk_signed_is_inbuilt(state, key) &&
            PyList_Append(names, key) < 0)
            Py_CLEAR(names);
    }
    Py_XDECREF(keys);
    return names;
}

int
stk_unverified_loaded(const stk_interp *state, stk_guard *guard)
{
    PyObject *names;
    int result;

    if (!stk_guard_needs_signatures(guard))
        return 0;
    names = loaded_names(state);
    result = names ? stk_unverified_record(guard, "loaded", names) : -1;
    Py_XDECREF(names);
    return result;
}
