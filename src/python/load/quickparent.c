/* SPDX-License-Identifier: Apache-2.0 */
/* The package that a module is in which C imports. */
#include "python/load/quickcall.h"

#include "python/object/loaded.h"

/* ---- it -------------------------------------------------------------- */

int
stk_quickparent_split(stk_quick_call *call)
{
    Py_ssize_t length = PyUnicode_GetLength(call->name);
    Py_ssize_t dot = PyUnicode_FindChar(call->name, '.', 0, length, -1);

    if (dot < 0)
        return dot == -1 ? 0 : -1;
    call->parent = PyUnicode_Substring(call->name, 0, dot);
    call->child = PyUnicode_Substring(call->name, dot + 1, length);
    return call->parent && call->child ? 0 : -1;
}

static int
check_package(stk_quick_call *call)
{
    call->path = PyObject_GetAttr(call->parent_module,
                                  call->state->words[STK_WORD_DUNDER_PATH]);
    if (call->path)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Clear();
    return stk_quick_not_found(
        call->name,
        PyUnicode_FromFormat("No module named %R; %R is not a package",
                             call->name, call->parent));
}

#if PY_VERSION_HEX >= 0x030B0000
/* What `from parent import child` tells circular imports by. */
static int
take_siblings(stk_quick_call *call)
{
    PyObject *spec =
        PyObject_GetAttr(call->parent_module, call->state->str_spec);

    if (!spec)
        return -1;
    if (spec != Py_None)
        call->siblings =
            PyObject_GetAttr(spec, call->state->words[STK_WORD_SIBLINGS]);
    Py_DECREF(spec);
    return PyErr_Occurred() ? -1 : 0;
}
#else
static int
take_siblings(stk_quick_call *call)
{
    (void)call;
    return 0;
}
#endif

int
stk_quickparent_import(stk_quick_call *call, PyObject **module)
{
    const stk_interp *state = call->state;
    int found = stk_modules_find(state, call->parent, &call->parent_module);

    if (found == 0) {
        PyObject *result = stk_quick_bootstrap(
            state, "_call_with_frames_removed", call->import, call->parent);

        if (!result)
            return -1;
        Py_DECREF(result);
        found = stk_modules_find(state, call->name, module);
        if (found != 0)
            return found < 0 ? -1 : 0;
        found = stk_modules_find(state, call->parent, &call->parent_module);
    }
    if (found == 0)
        PyErr_SetObject(PyExc_KeyError, call->parent);
    if (found <= 0)
        return -1;
    return check_package(call) < 0 || take_siblings(call) < 0 ? -1 : 1;
}

/* As 3.9 and later: a parent that takes no attributes is a warning. */
int
stk_quickparent_bind(const stk_quick_call *call, PyObject *module)
{
    PyObject *parent;
    int result = stk_modules_find(call->state, call->parent, &parent);

    if (result == 0)
        PyErr_SetObject(PyExc_KeyError, call->parent);
    if (result <= 0)
        return -1;
    result = PyObject_SetAttr(parent, call->child, module);
    Py_DECREF(parent);
#if PY_VERSION_HEX >= 0x03090000
    if (result < 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        return PyErr_WarnFormat(
            PyExc_ImportWarning, 1,
            "Cannot set an attribute on %R for child module %R", call->parent,
            call->child);
    }
#endif
    return result;
}

/* ---- its modules that are being imported ----------------------------- */

int
stk_quickparent_begin(const stk_quick_call *call)
{
    PyObject *result;

    if (PyList_CheckExact(call->siblings))
        return PyList_Append(call->siblings, call->child);
    result = PyObject_CallMethod(call->siblings, "append", "O", call->child);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* The last one, whatever was added since. */
void
stk_quickparent_end(const stk_quick_call *call)
{
    PyObject *type, *value, *traceback, *result;

    PyErr_Fetch(&type, &value, &traceback);
    if (PyList_CheckExact(call->siblings)) {
        Py_ssize_t n = PyList_GET_SIZE(call->siblings);

        if (n > 0 && PyList_SetSlice(call->siblings, n - 1, n, NULL) < 0)
            PyErr_Clear();
    } else {
        result = PyObject_CallMethod(call->siblings, "pop", NULL);
        if (!result)
            PyErr_Clear();
        Py_XDECREF(result);
    }
    PyErr_Restore(type, value, traceback);
}
