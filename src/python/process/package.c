/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The package `stockade` for a program that `stockade run` started: found
 * where the program was installed, without an entry of sys.path, so that
 * the path is what python3's would be.
 */
#include "python/process/run.h"

#include "python/object/name.h"

int
stk_package_offer(const char *folder)
{
    stk_interp *state = stk_interp_find();
    PyObject *path = PyUnicode_DecodeFSDefault(folder);

    if (!state || !path) {
        Py_XDECREF(path);
        return -1;
    }
    Py_XSETREF(state->self_folder, path);
    return 0;
}

static PyObject *
spec_from_file(PyObject *name, PyObject *folder)
{
    PyObject *external = PyDict_GetItemString(PyImport_GetModuleDict(),
                                              "_frozen_importlib_external");
    PyObject *function =
        external ? PyObject_GetAttrString(external, "spec_from_file_location")
                 : NULL;
    PyObject *args = Py_BuildValue(
        "(ON)", name, PyUnicode_FromFormat("%U/stockade/__init__.py", folder));
    PyObject *keywords =
        Py_BuildValue("{s[N]}", "submodule_search_locations",
                      PyUnicode_FromFormat("%U/stockade", folder));
    PyObject *spec = NULL;

    if (function && args && keywords)
        spec = PyObject_Call(function, args, keywords);
    Py_XDECREF(function);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    return spec;
}

PyObject *
stk_package_spec(const stk_interp *state, PyObject *name)
{
    if (!state->self_folder ||
        PyUnicode_CompareWithASCIIString(name, "stockade") != 0)
        Py_RETURN_NONE;
    return spec_from_file(name, state->self_folder);
}
