/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile has loaded before the lock-down. */
#include "worker/preload.h"

#include <stdbool.h>
#include <string.h>

#include "worker/compat.h"
#include "worker/machine.h"
#include "worker/orphan.h"
#include "worker/serve.h"

/* Of the finder. */
static stk_hosted *host; /* or NULL */
static PyObject *places; /* strong; list: where the standard library is */
static PyObject *tops;   /* strong; {top-level name: whether it is in it} */

/* Of importlib's; new reference. */
static PyObject *
external(const char *name)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(),
                                            "_frozen_importlib_external");

    return module ? PyObject_GetAttrString(module, name) : NULL;
}

/* ---- the standard library ---------------------------------------------- */

static PyObject *
find_in_folders(PyObject *name, PyObject *path)
{
    PyObject *finder = external("PathFinder");
    PyObject *spec =
        finder ? PyObject_CallMethod(finder, "find_spec", "OO", name, path)
               : NULL;

    Py_XDECREF(finder);
    return spec;
}

static PyObject *
find_in_library(PyObject *name, PyObject *path)
{
    PyObject *spec = stk_broker_inbuilt(name, "BuiltinImporter");

    if (spec == Py_None)
        Py_SETREF(spec, stk_broker_inbuilt(name, "FrozenImporter"));
    if (spec == Py_None)
        Py_SETREF(spec, find_in_folders(name, path));
    return spec;
}

/* New reference; NULL with an exception. */
static PyObject *
find_top(PyObject *name)
{
    PyObject *spec = find_in_library(name, places);

    if (spec &&
        PyDict_SetItem(tops, name, spec == Py_None ? Py_False : Py_True) < 0)
        Py_CLEAR(spec);
    return spec;
}

/* 1: the package that `name` is in is of the standard library; 0; -1. */
static int
is_in_library(PyObject *name, Py_ssize_t dot)
{
    PyObject *top = PyUnicode_Substring(name, 0, dot);
    PyObject *known = top ? PyDict_GetItemWithError(tops, top) : NULL;
    int result = known ? known == Py_True : -1;

    if (top && !known && !PyErr_Occurred()) {
        PyObject *spec = find_top(top);

        result = spec ? spec != Py_None : -1;
        Py_XDECREF(spec);
    }
    Py_XDECREF(top);
    return result;
}

/* ---- the others --------------------------------------------------------- */

/* Nobody wants it verified: it is loaded as the host would. */
static PyObject *
spec_of_file(PyObject *name, PyObject *const *found)
{
    PyObject *function = external("spec_from_file_location");
    PyObject *args = PyTuple_Pack(2, name, found[STK_FOUND_ORIGIN]);
    PyObject *keywords = Py_BuildValue("{sO}", "submodule_search_locations",
                                       found[STK_FOUND_DATA]);
    PyObject *spec = function && args && keywords
                         ? PyObject_Call(function, args, keywords)
                         : NULL;

    Py_XDECREF(function);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    return spec;
}

static PyObject *
spec_of_machine(PyObject *name, PyObject *const *found)
{
    if (host->n_fds != 1 || !PyUnicode_Check(found[STK_FOUND_ORIGIN]))
        return PyErr_Format(PyExc_ImportError, "the host answered nonsense");
    host->n_fds = 0;
    return stk_machine_spec(name, found[STK_FOUND_ORIGIN], host->fds[0]);
}

static bool
is_kind(PyObject *found, const char *kind)
{
    return stk_found_is(PyList_GET_ITEM(found, STK_FOUND_KIND), kind);
}

static PyObject *
spec_of(PyObject *name, PyObject *found)
{
    PyObject *const *fields = PySequence_Fast_ITEMS(found);

    if (is_kind(found, "machine"))
        return spec_of_machine(name, fields);
    if (is_kind(found, "file"))
        return spec_of_file(name, fields);
    return stk_broker_sent(name, fields);
}

static bool
is_answer(PyObject *found)
{
    return PyList_CheckExact(found) && PyList_GET_SIZE(found) == STK_FOUND_N;
}

/* As often as libraries come that it needs, which are loaded. */
static PyObject *
ask_on(PyObject *name)
{
    PyObject *found = stk_hosted_ask(host, name);

    while (found && is_answer(found) && is_kind(found, "libraries")) {
        unsigned n = host->n_fds;

        host->n_fds = 0;
        Py_CLEAR(found);
        if (stk_machine_link(host->fds, n) == 0)
            found = stk_hosted_ask(host, name);
    }
    return found;
}

static PyObject *
ask_host(PyObject *name)
{
    PyObject *found = host ? ask_on(name) : Py_NewRef(Py_None), *spec;

    if (!found || found == Py_None)
        return found;
    spec = is_answer(found)
               ? spec_of(name, found)
               : PyErr_Format(PyExc_ImportError, "the host answered nonsense");
    Py_DECREF(found);
    return spec;
}

/* ---- the finder --------------------------------------------------------- */

/* find_spec(name, path, target=None). sys.path is not looked at: a package may
 * have changed it. */
static PyObject *
find_spec(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *name, *path = Py_None, *target = Py_None, *spec;
    Py_ssize_t dot;
    int ours;

    if (!PyArg_ParseTuple(args, "U|OO:find_spec", &name, &path, &target))
        return NULL;
    if (!places) /* it was kept by somebody */
        Py_RETURN_NONE;
    dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    if (dot < 0) {
        spec = find_top(name);
        if (spec != Py_None)
            return spec;
        Py_DECREF(spec);
        return ask_host(name);
    }
    ours = is_in_library(name, dot);
    if (ours < 0)
        return NULL;
    return ours ? find_in_library(name, path) : ask_host(name);
}

static PyMethodDef methods[] = {
    { "find_spec", find_spec, METH_VARARGS, "Ask the host." },
    { NULL, NULL, 0, NULL },
};

static struct PyModuleDef finder_module = { PyModuleDef_HEAD_INIT,
                                            .m_name = "preload", .m_size = -1,
                                            .m_methods = methods };

/* ---- all of them -------------------------------------------------------- */

static bool
is_named(const stk_words *names, const char *module)
{
    const char *at = names->text;
    size_t length = strcspn(module, ".");

    for (uint32_t i = 0; i < names->n; i++, at += strlen(at) + 1)
        if (strcspn(at, ".") == length && !strncmp(at, module, length))
            return true;
    return false;
}

/* What it needs and is not named is not looked for. */
static void
advise(const stk_words *names)
{
    PyObject *type, *value, *traceback, *name;
    const char *text;

    if (!PyErr_ExceptionMatches(PyExc_ModuleNotFoundError))
        return;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    name = value ? PyObject_GetAttrString(value, "name") : NULL;
    text = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    PyErr_Clear();
    if (text && !is_named(names, text))
        PyErr_Format(PyExc_ModuleNotFoundError,
                     "%S; it is not named there, and only what is named is "
                     "found",
                     value);
    else
        PyErr_Restore(Py_XNewRef(type), Py_XNewRef(value),
                      Py_XNewRef(traceback));
    Py_XDECREF(name);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

static int
load_all(const stk_words *names)
{
    const char *at = names->text;

    for (uint32_t i = 0; i < names->n; i++, at += strlen(at) + 1) {
        PyObject *module = PyImport_ImportModule(at);

        Py_XDECREF(module);
        if (!module) {
            advise(names);
            return -1;
        }
    }
    return 0;
}

/* The only finder meanwhile. */
static int
load_with_finder(const stk_words *names, PyObject *meta_path)
{
    PyObject *finder = PyModule_Create(&finder_module);
    PyObject *before = PySequence_List(meta_path);
    PyObject *one = finder ? Py_BuildValue("[O]", finder) : NULL;
    int result = -1;

    if (before && one &&
        PyList_SetSlice(meta_path, 0, PyList_GET_SIZE(meta_path), one) == 0)
        result = load_all(names);
    if (result == 0)
        result =
            PyList_SetSlice(meta_path, 0, PyList_GET_SIZE(meta_path), before);
    Py_XDECREF(finder);
    Py_XDECREF(before);
    Py_XDECREF(one);
    return result;
}

static int
load_from(const stk_words *names, PyObject *meta_path, PyObject *path)
{
    places = PySequence_List(path);
    tops = PyDict_New();
    return places && tops ? load_with_finder(names, meta_path) : -1;
}

/* Python's random seeds itself anew in a process that is forked. This one does
 * not, and the random numbers of all workers would be the same. */
static int
renew_seeds(void)
{
    PyObject *module =
        PyDict_GetItemString(PyImport_GetModuleDict(), "numpy.random");
    PyObject *seed = module ? PyObject_GetAttrString(module, "seed") : NULL;
    PyObject *posix, *function, *none, *more, *noted = NULL;

    PyErr_Clear();
    if (!seed)
        return 0;
    posix = PyImport_ImportModule("posix");
    function =
        posix ? PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    none = PyTuple_New(0);
    more = Py_BuildValue("{sN}", "after_in_child", seed);
    if (function && none && more)
        noted = PyObject_Call(function, none, more);
    Py_XDECREF(posix);
    Py_XDECREF(function);
    Py_XDECREF(none);
    Py_XDECREF(more);
    Py_XDECREF(noted);
    return noted ? 0 : -1;
}

int
stk_preload(const stk_words *names, stk_hosted *hosted)
{
    PyObject *meta_path = PySys_GetObject("meta_path");
    PyObject *path = PySys_GetObject("path");
    stk_orphan orphan;
    int result;

    if (names->n == 0)
        return 0;
    if (!meta_path || !PyList_Check(meta_path) || !path) {
        PyErr_SetString(PyExc_RuntimeError, "sys.meta_path is not there");
        return -1;
    }
    host = hosted;
    Py_INCREF(meta_path);
    stk_orphan_watch(&orphan); /* it may take as long as it likes */
    result = load_from(names, meta_path, path);
    if (result == 0)
        result = renew_seeds();
    stk_orphan_end(&orphan);
    Py_CLEAR(places);
    Py_CLEAR(tops);
    Py_DECREF(meta_path);
    stk_machine_end();
    host = NULL;
    return result;
}
