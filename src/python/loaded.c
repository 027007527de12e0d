/* SPDX-License-Identifier: Apache-2.0 */
/* What sys.modules has. */
#include "python/loaded.h"

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
