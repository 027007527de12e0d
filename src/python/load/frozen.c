/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules are frozen into this interpreter: no file has them. */
#include "python/load/frozen.h"

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

static PyObject *
used_names(const stk_interp *state)
{
    PyObject *names = list_names(state), *out = names ? PyList_New(0) : NULL;

    for (Py_ssize_t i = 0; out && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        int used = is_used(state, name);

        if (used < 0 || (used && PyList_Append(out, name) < 0))
            Py_CLEAR(out);
    }
    Py_XDECREF(names);
    return out;
}

int
stk_frozen_record(const stk_interp *state, stk_guard *guard)
{
    PyObject *names;
    int result;

    if (!stk_guard_needs_signatures(guard) || !state->is_frozen)
        return 0;
    names = used_names(state);
    result = names ? stk_unverified_record(guard, "frozen", names) : -1;
    Py_XDECREF(names);
    return result;
}
