/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile has loaded before the lock-down. */
#include "worker/preload.h"

#include <Python.h>
#include <string.h>

#include "worker/compat.h"

/* Of the finder: the first labels of what is preloaded, and where it is. */
static PyObject *packages; /* strong; set */
static PyObject *places;   /* strong; list */

static PyObject *
find_in_places(PyObject *name)
{
    PyObject *module = PyImport_ImportModule("_frozen_importlib_external");
    PyObject *finder =
        module ? PyObject_GetAttrString(module, "PathFinder") : NULL;
    PyObject *spec =
        finder ? PyObject_CallMethod(finder, "find_spec", "OO", name, places)
               : NULL;

    Py_XDECREF(finder);
    Py_XDECREF(module);
    return spec;
}

/* find_spec(name, path, target=None), after those of the interpreter: they
 * find what is below a package by its __path__. */
static PyObject *
find_spec(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *name, *path = Py_None, *target = Py_None;
    int named;

    if (!PyArg_UnpackTuple(args, "find_spec", 1, 3, &name, &path, &target))
        return NULL;
    named = path == Py_None ? PySet_Contains(packages, name) : 0;
    if (named < 0)
        return NULL;
    return named ? find_in_places(name) : Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {
    { "find_spec", find_spec, METH_VARARGS, "Find a preloaded package." },
    { NULL, NULL, 0, NULL },
};

static struct PyModuleDef finder_module = { PyModuleDef_HEAD_INIT,
                                            .m_name = "preload", .m_size = -1,
                                            .m_methods = methods };

static int
add_package(const char *name)
{
    PyObject *label =
        PyUnicode_FromStringAndSize(name, (Py_ssize_t)strcspn(name, "."));
    int result = label ? PySet_Add(packages, label) : -1;

    Py_XDECREF(label);
    return result;
}

static int
add_place(const char *folder)
{
    PyObject *text = PyUnicode_DecodeFSDefault(folder);
    int result = text ? PyList_Append(places, text) : -1;

    Py_XDECREF(text);
    return result;
}

static int
fill(const stk_words *names, const char *const *folders, unsigned n_folders)
{
    const char *at = names->text;

    packages = PySet_New(NULL);
    places = PyList_New(0);
    if (!packages || !places)
        return -1;
    for (uint32_t i = 0; i < names->n; i++, at += strlen(at) + 1)
        if (add_package(at) < 0)
            return -1;
    for (unsigned i = 0; i < n_folders; i++)
        if (add_place(folders[i]) < 0)
            return -1;
    return 0;
}

static int
load_all(const stk_words *names)
{
    const char *at = names->text;

    for (uint32_t i = 0; i < names->n; i++, at += strlen(at) + 1) {
        PyObject *module = PyImport_ImportModule(at);

        Py_XDECREF(module);
        if (!module)
            return -1;
    }
    return 0;
}

static int
load_with_finder(const stk_words *names, PyObject *meta_path)
{
    PyObject *finder = PyModule_Create(&finder_module);
    int result = finder ? PyList_Append(meta_path, finder) : -1;
    Py_ssize_t at;

    if (result == 0)
        result = load_all(names);
    /* there are others behind it where a package has put some */
    at = result == 0 ? PySequence_Index(meta_path, finder) : -1;
    if (result == 0 && (at < 0 || PySequence_DelItem(meta_path, at) < 0))
        result = -1;
    Py_XDECREF(finder);
    return result;
}

int
stk_preload(const stk_words *names, const char *const *folders,
            unsigned n_folders)
{
    PyObject *meta_path = PySys_GetObject("meta_path");
    int result;

    if (names->n == 0)
        return 0;
    if (!meta_path || !PyList_Check(meta_path)) {
        PyErr_SetString(PyExc_RuntimeError, "sys.meta_path is not there");
        return -1;
    }
    Py_INCREF(meta_path);
    result = fill(names, folders, n_folders);
    if (result == 0)
        result = load_with_finder(names, meta_path);
    Py_CLEAR(packages);
    Py_CLEAR(places);
    Py_DECREF(meta_path);
    return result;
}
