/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beside layer 4: importlib.util.find_spec. For a module that is loaded it
 * asks no finder, and runpy and pkgutil build on it.
 */
#include "python/layers/layers.h"

#include "python/attempt/attempt_cached.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"
#include "python/object/name.h"

PyDoc_STRVAR(
    find_spec_doc,
    "find_spec($module, /, name, package=None)\n"
    "--\n"
    "\n"
    "Return the spec for the specified module.\n"
    "\n"
    "First, sys.modules is checked to see if the module was already "
    "imported. If\n"
    "so, then sys.modules[name].__spec__ is returned. If that happens to be\n"
    "set to None, then ValueError is raised. If the module is not in\n"
    "sys.modules, then sys.meta_path is searched for a suitable spec with "
    "the\n"
    "value of 'path' given to the finders. None is returned if no spec could\n"
    "be found.\n"
    "\n"
    "If the name is for submodule (contains a dot), the parent module is\n"
    "automatically imported.\n"
    "\n"
    "The name and package arguments work the same as "
    "importlib.import_module().\n"
    "In other words, relative module names (with leading dots) work.");

/* The absolute name, as importlib.util.resolve_name gives it. */
static PyObject *
absolute_name(PyObject *name, PyObject *package)
{
    PyObject *util, *resolved, *exact;

    if (PyUnicode_GetLength(name) == 0 || PyUnicode_ReadChar(name, 0) != '.')
        return stk_name_exact(name);
    util = PyDict_GetItemString(PyImport_GetModuleDict(), "importlib.util");
    if (!util) {
        PyErr_SetString(PyExc_ImportError, "importlib.util is gone");
        return NULL;
    }
    resolved = PyObject_CallMethod(util, "resolve_name", "OO", name,
                                   package ? package : Py_None);
    if (!resolved)
        return NULL;
    exact = stk_name_exact(resolved);
    Py_DECREF(resolved);
    return exact;
}

static PyObject *
find_spec(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "name", "package", NULL };
    stk_interp *state = stk_interp_find();
    PyObject *name, *package = NULL, *exact, *result;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:find_spec",
                                     STK_KEYWORDS(names), &name, &package))
        return stk_carry_fail(self, args, kwargs);
    if (!state || !stk_process_guard() || !PyUnicode_Check(name))
        return PyObject_Call(stk_carried(self), args, kwargs);
    exact = absolute_name(name, package);
    if (!exact)
        return NULL;
    result =
        stk_attempt_if_loaded(state, exact) < 0
            ? NULL
            : PyObject_CallFunctionObjArgs(stk_carried(self), exact, NULL);
    Py_DECREF(exact);
    return result;
}

static PyMethodDef find_spec_def = { "find_spec",
                                     (PyCFunction)(void (*)(void))find_spec,
                                     METH_VARARGS | METH_KEYWORDS,
                                     find_spec_doc };

PyObject *
stk_lookup_new(PyObject *original)
{
    return stk_carry_new(&find_spec_def, original, "importlib.util");
}

bool
stk_lookup_check(PyObject *object)
{
    return stk_carry_check(object, &find_spec_def);
}
