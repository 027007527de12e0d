/* SPDX-License-Identifier: Apache-2.0 */
/* What tools expect of a loader beside what importlib itself calls. */
#include "python/signed/likeness.h"

#include "python/object/loaded.h"

/* Of importlib's own namespaces. New reference. */
static PyObject *
find_in(const char *module, const char *name)
{
    PyObject *dict = stk_module_namespace(module);
    PyObject *value = dict ? PyDict_GetItemString(dict, name) : NULL;

    if (!value)
        return PyErr_Format(PyExc_ImportError, "%s has no %s", module, name);
    return Py_NewRef(value);
}

PyObject *
stk_likeness_class(bool is_extension)
{
    return find_in("_frozen_importlib_external",
                   is_extension ? "ExtensionFileLoader" : "SourceFileLoader");
}

/* SourceFileLoader's method, which needs no more of `self` than we have. */
static PyObject *
call_plain(PyObject *self, const char *name, PyObject *args, PyObject *kwargs)
{
    PyObject *class =
        find_in("_frozen_importlib_external", "SourceFileLoader");
    PyObject *method = class ? PyObject_GetAttrString(class, name) : NULL;
    PyObject *first = method ? PyTuple_Pack(1, self) : NULL;
    PyObject *all = first ? PySequence_Concat(first, args) : NULL;
    PyObject *result = all ? PyObject_Call(method, all, kwargs) : NULL;

    Py_XDECREF(all);
    Py_XDECREF(first);
    Py_XDECREF(method);
    Py_XDECREF(class);
    return result;
}

static PyObject *
call_with_one(PyObject *self, const char *name, PyObject *argument)
{
    PyObject *args = PyTuple_Pack(1, argument);
    PyObject *result = args ? call_plain(self, name, args, NULL) : NULL;

    Py_XDECREF(args);
    return result;
}

PyObject *
stk_likeness_path_stats(PyObject *self, PyObject *path)
{
    return call_with_one(self, "path_stats", path);
}

PyObject *
stk_likeness_path_mtime(PyObject *self, PyObject *path)
{
    return call_with_one(self, "path_mtime", path);
}

/* It compiles what it is given, as compile() does. */
PyObject *
stk_likeness_source_to_code(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return call_plain(self, "source_to_code", args, kwargs);
}

/* By our exec_module(), as importlib has it for any loader. */
PyObject *
stk_likeness_load_module(PyObject *self, PyObject *name)
{
    PyObject *shim = find_in("_frozen_importlib", "_load_module_shim");
    PyObject *module =
        shim ? PyObject_CallFunctionObjArgs(shim, self, name, NULL) : NULL;

    Py_XDECREF(shim);
    return module;
}

/* ---- pickled --------------------------------------------------------- */

PyObject *
stk_likeness_reduce(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *own = PyImport_ImportModule("_stockade");
    PyObject *find = own ? PyObject_GetAttrString(own, "_loader_of") : NULL;
    PyObject *name = find ? PyObject_GetAttrString(self, "name") : NULL;
    PyObject *reduced = name ? Py_BuildValue("O(O)", find, name) : NULL;

    Py_XDECREF(name);
    Py_XDECREF(find);
    Py_XDECREF(own);
    return reduced;
}

PyObject *
stk_likeness_find(PyObject *Py_UNUSED(module), PyObject *name)
{
    PyObject *util = PyImport_ImportModule("importlib.util");
    PyObject *spec =
        util ? PyObject_CallMethod(util, "find_spec", "O", name) : NULL;
    PyObject *loader = spec ? PyObject_GetAttrString(spec, "loader") : NULL;

    Py_XDECREF(spec);
    Py_XDECREF(util);
    return loader;
}
