/* SPDX-License-Identifier: Apache-2.0 */
/* A module that the host has loaded here, by its name and its code. */
#include "worker/serve.h"

#include "worker/compat.h"
#include "worker/granted.h"
#include "worker/importing.h"
#include "worker/words.h"

/* `a` and `a.b`, for a module a.b.c that alone is of this worker: empty. */
static PyObject *
new_parent(PyObject *name)
{
    PyObject *create = stk_broker_bootstrap("module_from_spec");
    PyObject *class = create ? stk_broker_bootstrap("ModuleSpec") : NULL;
    PyObject *spec =
        class ? PyObject_CallFunction(class, "OO", name, Py_None) : NULL;
    PyObject *path = spec ? PyList_New(0) : NULL, *module = NULL;

    if (path &&
        PyObject_SetAttr(spec, stk_word(STK_WORD_LOCATIONS), path) == 0)
        module = PyObject_CallOneArg(create, spec);
    Py_XDECREF(create);
    Py_XDECREF(class);
    Py_XDECREF(spec);
    Py_XDECREF(path);
    return module;
}

static int
ensure_parents(PyObject *name)
{
    PyObject *modules = PyImport_GetModuleDict();
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);

    for (Py_ssize_t i = 0; i < length; i++) {
        PyObject *parent, *module;

        if (PyUnicode_READ_CHAR(name, i) != '.')
            continue;
        parent = PyUnicode_Substring(name, 0, i);
        if (!parent)
            return -1;
        if (!PyDict_GetItemWithError(modules, parent)) {
            module = new_parent(parent);
            if (!module || PyDict_SetItem(modules, parent, module) < 0)
                i = length;
            Py_XDECREF(module);
        }
        Py_DECREF(parent);
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int
bind_to_parent(PyObject *name, PyObject *module)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, length, -1);
    PyObject *parent, *label, *owner;
    int result = -1;

    if (dot < 0)
        return 0;
    parent = PyUnicode_Substring(name, 0, dot);
    label = PyUnicode_Substring(name, dot + 1, length);
    owner = parent ? PyDict_GetItemWithError(PyImport_GetModuleDict(), parent)
                   : NULL;
    if (owner && label)
        result = PyModule_CheckExact(owner)
                     ? PyDict_SetItem(PyModule_GetDict(owner), label, module)
                     : PyObject_SetAttr(owner, label, module);
    Py_XDECREF(parent);
    Py_XDECREF(label);
    return result;
}

/* `spec` is taken. */
static PyObject *
load_spec(PyObject *name, PyObject *spec)
{
    PyObject *module = spec ? stk_importing_load(name, spec) : NULL;

    Py_XDECREF(spec);
    if (module && bind_to_parent(name, module) < 0)
        Py_CLEAR(module);
    return module;
}

/* The module that is there; NULL without an exception when there is none, and
 * packages are where it will be. */
static PyObject *
find_loaded(PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);

    if (stk_granted_own(name) == 0 && !module && !PyErr_Occurred())
        ensure_parents(name);
    return Py_XNewRef(module);
}

PyObject *
stk_broker_load(PyObject *name, PyObject *const *found)
{
    PyObject *module = find_loaded(name);

    if (module || PyErr_Occurred())
        return module;
    return load_spec(name, stk_broker_spec(name, found));
}

PyObject *
stk_broker_adopt(PyObject *name, PyObject *spec)
{
    PyObject *module = find_loaded(name);

    if (module || PyErr_Occurred())
        return module;
    return load_spec(name, Py_NewRef(spec));
}
