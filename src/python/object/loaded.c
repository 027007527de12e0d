/* SPDX-License-Identifier: Apache-2.0 */
/* What sys.modules has. */
#include "python/object/loaded.h"

#include "policy/alias.h"

/* ---- from outside ---------------------------------------------------- */

PyObject *
stk_dict_get(PyObject *dict, PyObject *key)
{
    PyObject *value;

    Py_INCREF(dict);
    value = PyDict_GetItemWithError(dict, key);
    if (value)
        Py_INCREF(value);
    else
        PyErr_Clear();
    Py_DECREF(dict);
    return value;
}

PyObject *
stk_module_loaded(PyObject *name)
{
    PyObject *modules = PyImport_GetModuleDict(), *module;

    if (!modules || !PyDict_CheckExact(modules))
        return NULL;
    module = stk_dict_get(modules, name);
    if (module == Py_None)
        Py_CLEAR(module);
    return module;
}

static bool
is_loaded_as(PyObject *module, PyObject *name)
{
    PyObject *loaded = stk_module_loaded(name);

    Py_XDECREF(loaded);
    return loaded == module;
}

bool
stk_module_has_names(PyObject *module, PyObject *name, PyObject *own)
{
    const char *text = PyUnicode_AsUTF8(name);
    const char *other = text ? stk_alias_of(text) : NULL;

    if (!text)
        PyErr_Clear();
    return other && PyUnicode_CompareWithASCIIString(own, other) == 0 &&
           is_loaded_as(module, name) && is_loaded_as(module, own);
}

PyObject *
stk_module_namespace(const char *name)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module = modules && PyDict_CheckExact(modules)
                           ? PyDict_GetItemString(modules, name)
                           : NULL;

    return module && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
}

PyObject *
stk_namespace_call(PyObject *dict, const char *name, PyObject *first,
                   PyObject *second)
{
    PyObject *call = PyDict_GetItemString(dict, name), *result;

    if (!call)
        return PyErr_Format(PyExc_ImportError, "there is no %s()", name);
    Py_INCREF(call);
    result = PyObject_CallFunctionObjArgs(call, first, second, NULL);
    Py_DECREF(call);
    return result;
}

/* ---- as importlib reads and writes it -------------------------------- */

/* What runs in between may replace it. A new reference, NULL with an
 * exception. */
static PyObject *
modules_now(const stk_interp *state)
{
    PyObject *modules =
        stk_dict_get(state->sys_dict, state->words[STK_WORD_MODULES]);

    if (!modules)
        PyErr_SetString(PyExc_RuntimeError, "lost sys.modules");
    return modules;
}

/* mapping[name], a new reference; NULL without an exception when it is not
 * there. */
static PyObject *
get_item(PyObject *mapping, PyObject *name)
{
    PyObject *item;

    if (PyDict_CheckExact(mapping))
        return Py_XNewRef(PyDict_GetItemWithError(mapping, name));
    item = PyObject_GetItem(mapping, name);
    if (!item && PyErr_ExceptionMatches(PyExc_KeyError))
        PyErr_Clear();
    return item;
}

bool
stk_modules_are_plain(const stk_interp *state)
{
    PyObject *modules =
        stk_dict_get(state->sys_dict, state->words[STK_WORD_MODULES]);
    bool plain = modules && PyDict_CheckExact(modules);

    Py_XDECREF(modules);
    return plain;
}

int
stk_modules_find(const stk_interp *state, PyObject *name, PyObject **module)
{
    PyObject *modules = modules_now(state);

    *module = modules ? get_item(modules, name) : NULL;
    Py_XDECREF(modules);
    if (*module)
        return 1;
    return PyErr_Occurred() ? -1 : 0;
}

int
stk_modules_put(const stk_interp *state, PyObject *name, PyObject *module)
{
    PyObject *modules = modules_now(state);
    int result = -1;

    if (modules)
        result = module ? PyObject_SetItem(modules, name, module)
                        : PyObject_DelItem(modules, name);
    Py_XDECREF(modules);
    return result;
}
