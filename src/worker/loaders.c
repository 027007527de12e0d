/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finder of somebody else's, and the loaders of the specs that it gives:
 * asked by the host for one module at a time. What they answer is only made
 * easy to read here; the host believes none of it.
 */
#include "worker/serve.h"

#include <string.h>

#include "worker/compat.h"

#define SIGNATURES_MAX 9 /* .minisig to .minisig.9 */

/* The finder that was asked last, and the specs that it gave: {name: spec}.
 * A submodule is looked for in the folders of its package. */
static PyObject *last_finder; /* strong, or NULL */
static PyObject *known;       /* strong, or NULL */

/* ---- finding --------------------------------------------------------- */

static int
note_finder(PyObject *finder)
{
    if (finder == last_finder && known)
        return 0;
    Py_XSETREF(known, PyDict_New());
    Py_XSETREF(last_finder, Py_NewRef(finder));
    return known ? 0 : -1;
}

static PyObject *
ask_finder(PyObject *name, PyObject *path)
{
    PyObject *spec =
        PyObject_CallMethod(last_finder, "find_spec", "OO", name, path);

    if (spec && spec != Py_None && PyDict_SetItem(known, name, spec) < 0)
        Py_CLEAR(spec);
    return spec;
}

/* `names` is the module, and before it the packages that the same finder
 * gave, or would give. */
static PyObject *
find_last(PyObject *names)
{
    PyObject *path = Py_NewRef(Py_None), *spec = Py_NewRef(Py_None);
    Py_ssize_t n = PyList_GET_SIZE(names);

    for (Py_ssize_t i = 0; path && i < n; i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *before =
            i + 1 < n ? PyDict_GetItemWithError(known, name) : NULL;

        Py_SETREF(spec, before ? Py_NewRef(before) : ask_finder(name, path));
        if (!spec || spec == Py_None || i + 1 == n)
            break;
        Py_SETREF(path,
                  PyObject_GetAttrString(spec, "submodule_search_locations"));
    }
    if (!path)
        Py_CLEAR(spec);
    Py_XDECREF(path);
    return spec;
}

/* [spec, its name, is it a package] */
static PyObject *
describe(PyObject *spec)
{
    PyObject *name = PyObject_GetAttrString(spec, "name");
    PyObject *folders =
        name ? PyObject_GetAttrString(spec, "submodule_search_locations")
             : NULL;
    PyObject *package;

    if (!folders) {
        Py_XDECREF(name);
        return NULL;
    }
    package = folders == Py_None ? Py_False : Py_True;
    Py_DECREF(folders);
    return Py_BuildValue("[ONO]", spec, name, package);
}

/* [finder, [name, ...]] */
PyObject *
stk_loaders_find(stk_serving *serving, PyObject *const *args)
{
    PyObject *spec, *result;

    (void)serving;
    if (!PyList_CheckExact(args[1]) || PyList_GET_SIZE(args[1]) == 0)
        return PyErr_Format(PyExc_TypeError, "a module has a name");
    if (note_finder(args[0]) < 0)
        return NULL;
    spec = find_last(args[1]);
    result = !spec || spec == Py_None ? Py_XNewRef(spec) : describe(spec);
    Py_XDECREF(spec);
    return result;
}

PyObject *
stk_loaders_spec(PyObject *name)
{
    PyObject *parent = NULL, *spec = NULL, *path = Py_NewRef(Py_None);
    Py_ssize_t dot =
        PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);

    if (!last_finder || !known) {
        Py_DECREF(path);
        return PyErr_Format(PyExc_ImportError, "there is no loader here");
    }
    if (dot > 0)
        parent = PyUnicode_Substring(name, 0, dot);
    if (parent)
        spec = PyDict_GetItemWithError(known, parent);
    if (spec)
        Py_SETREF(path,
                  PyObject_GetAttrString(spec, "submodule_search_locations"));
    Py_XDECREF(parent);
    spec = path && !PyErr_Occurred() ? ask_finder(name, path) : NULL;
    Py_XDECREF(path);
    return spec;
}

/* ---- loaders --------------------------------------------------------- */

static PyObject *
loader_of(PyObject *spec)
{
    PyObject *loader = PyObject_GetAttrString(spec, "loader");

    if (loader != Py_None)
        return loader;
    Py_XDECREF(loader);
    return PyErr_Format(PyExc_ImportError, "the spec has no loader");
}

/* What the loader calls its file; it need not be one. */
static PyObject *
file_of(PyObject *spec, PyObject *loader, PyObject *name)
{
    if (PyObject_HasAttrString(loader, "get_filename"))
        return PyObject_CallMethod(loader, "get_filename", "O", name);
    return PyObject_GetAttrString(spec, "origin");
}

static PyObject *
get_data(PyObject *loader, PyObject *path)
{
    return path ? PyObject_CallMethod(loader, "get_data", "O", path) : NULL;
}

static PyObject *
source_of(PyObject *spec, PyObject *loader, PyObject *name)
{
    PyObject *file, *source;

    if (PyObject_HasAttrString(loader, "get_source"))
        return PyObject_CallMethod(loader, "get_source", "O", name);
    if (!PyObject_HasAttrString(loader, "get_data"))
        return PyErr_Format(PyExc_ImportError,
                            "the loader of %R has neither get_source nor "
                            "get_data, and result = source wants the text",
                            name);
    file = file_of(spec, loader, name);
    source = get_data(loader, file);
    Py_XDECREF(file);
    return source;
}

/* [spec, name]: str or bytes; a namespace has none. */
PyObject *
stk_loaders_source(stk_serving *serving, PyObject *const *args)
{
    PyObject *loader = loader_of(args[0]), *source;

    (void)serving;
    if (!loader)
        return NULL;
    source = source_of(args[0], loader, args[1]);
    Py_DECREF(loader);
    return source;
}

/* ---- beside a module --------------------------------------------------- */

/* The signature files, as many as there are. */
static PyObject *
read_signatures(PyObject *loader, PyObject *file)
{
    PyObject *list = PyList_New(0);

    for (int i = 1; list && i <= SIGNATURES_MAX; i++) {
        PyObject *path = i == 1
                             ? PyUnicode_FromFormat("%S.minisig", file)
                             : PyUnicode_FromFormat("%S.minisig.%d", file, i);
        PyObject *data = get_data(loader, path);
        int result = data ? PyList_Append(list, data) : 1;

        Py_XDECREF(path);
        Py_XDECREF(data);
        if (result < 0)
            Py_CLEAR(list);
        if (result == 0)
            continue;
        if (PyErr_ExceptionMatches(PyExc_Exception))
            PyErr_Clear(); /* there is none */
        else
            Py_CLEAR(list);
        break;
    }
    return list;
}

/* A path of the host's, below the folder of the module's file. */
static PyObject *
read_beside(PyObject *loader, PyObject *file, PyObject *below)
{
    Py_ssize_t slash =
        PyUnicode_FindChar(file, '/', 0, PyUnicode_GET_LENGTH(file), -1);
    PyObject *folder = PyUnicode_Substring(file, 0, slash + 1);
    PyObject *path = folder ? PyUnicode_Concat(folder, below) : NULL;
    PyObject *data = get_data(loader, path);

    Py_XDECREF(folder);
    Py_XDECREF(path);
    return data;
}

/* [spec, name, path below its folder]: bytes; with None, the list of its
 * signature files. */
PyObject *
stk_loaders_data(stk_serving *serving, PyObject *const *args)
{
    PyObject *loader = loader_of(args[0]);
    PyObject *file = loader ? file_of(args[0], loader, args[1]) : NULL;
    PyObject *result = NULL;

    (void)serving;
    if (file && !PyUnicode_Check(file))
        PyErr_Format(PyExc_OSError, "the module has no file");
    else if (file && args[2] == Py_None)
        result = read_signatures(loader, file);
    else if (file && PyUnicode_Check(args[2]))
        result = read_beside(loader, file, args[2]);
    else if (file)
        PyErr_Format(PyExc_TypeError, "a path is str");
    Py_XDECREF(loader);
    Py_XDECREF(file);
    return result;
}
