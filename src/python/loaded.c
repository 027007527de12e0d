/* SPDX-License-Identifier: Apache-2.0 */
/* What sys.modules has. */
#include "python/loaded.h"

PyObject *
stk_module_loaded(PyObject *name)
{
    PyObject *modules = PyImport_GetModuleDict(), *module;

    if (!modules || !PyDict_CheckExact(modules))
        return NULL;
    module = PyDict_GetItemWithError(modules, name);
    if (!module)
        PyErr_Clear();
    return module == Py_None ? NULL : module;
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
