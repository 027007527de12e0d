/* SPDX-License-Identifier: Apache-2.0 */
/* What importlib does for an import, in C. */
#include "worker/importing.h"

#include <string.h>

#include <stockade/sandbox.h>

#include "worker/compat.h"
#include "worker/granted.h"
#include "worker/kept.h"
#include "worker/serve.h"
#include "worker/words.h"

static bool threadless;  /* nobody waits for a module that is loaded */
static PyObject *finder; /* borrowed: it lives as long as we do */
static PyObject *tag;    /* strong; sys.implementation.cache_tag, or NULL */

static PyObject *
find_tag(void)
{
    PyObject *implementation = PySys_GetObject("implementation");
    PyObject *found = implementation
                          ? PyObject_GetAttrString(implementation, "cache_tag")
                          : NULL;

    if (found && !PyUnicode_CheckExact(found))
        Py_CLEAR(found);
    PyErr_Clear();
    return found;
}

void
stk_importing_init(uint32_t calls, PyObject *ours)
{
    threadless = !(calls & STK_CALLS_THREADS);
    finder = ours;
    tag = find_tag();
}

/* ---- the module ------------------------------------------------------ */

static bool
ends_with(PyObject *text, const char *tail)
{
    Py_ssize_t n = (Py_ssize_t)strlen(tail);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);

    for (Py_ssize_t i = 0; i < n && length >= n; i++)
        if (PyUnicode_READ_CHAR(text, length - n + i) != (Py_UCS4)tail[i])
            return false;
    return length >= n;
}

/* FOLDER/__pycache__/NAME.TAG.pyc (PEP 3147) for FOLDER/NAME.py; NULL without
 * an exception for what has none. */
static PyObject *
cached_of(PyObject *file)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(file), slash;
    PyObject *folder, *stem, *path;

    if (ends_with(file, ".pyc"))
        return Py_NewRef(file);
    slash = PyUnicode_FindChar(file, '/', 0, length, -1);
    if (!tag || slash < 0 || !ends_with(file, ".py"))
        return NULL;
    folder = PyUnicode_Substring(file, 0, slash);
    stem = PyUnicode_Substring(file, slash + 1, length - 3);
    path = folder && stem ? PyUnicode_FromFormat("%U/__pycache__/%U.%U.pyc",
                                                 folder, stem, tag)
                          : NULL;
    Py_XDECREF(folder);
    Py_XDECREF(stem);
    return path;
}

/* dict[key] = value; takes `value`. 0 or -1. */
static int
put(PyObject *dict, enum stk_word key, PyObject *value)
{
    int result = value ? PyDict_SetItem(dict, stk_word(key), value) : -1;

    Py_XDECREF(value);
    return result;
}

static int
put_file(PyObject *dict, PyObject *file)
{
    PyObject *cached;

    if (put(dict, STK_WORD_FILE, Py_NewRef(file)) < 0)
        return -1;
    cached = cached_of(file);
    if (!cached)
        return PyErr_Occurred() ? -1 : 0;
    return put(dict, STK_WORD_CACHED, cached);
}

/* What the package is called that it is in, or is. */
static PyObject *
package_of(PyObject *name, bool package)
{
    Py_ssize_t dot =
        PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);

    return package ? Py_NewRef(name)
                   : PyUnicode_Substring(name, 0, dot < 0 ? 0 : dot);
}

/* As _init_module_attrs(), in its order. */
static PyObject *
new_module(PyObject *name, PyObject *spec, const stk_brokered *of)
{
    PyObject *module = PyModule_NewObject(name);
    PyObject *dict = module ? PyModule_GetDict(module) : NULL;

    if (!dict ||
        put(dict, STK_WORD_MODULE_LOADER, Py_NewRef(of->loader)) < 0 ||
        put(dict, STK_WORD_PACKAGE, package_of(name, of->package)) < 0 ||
        put(dict, STK_WORD_MODULE_SPEC, Py_NewRef(spec)) < 0 ||
        (of->package &&
         put(dict, STK_WORD_PATH,
             PyObject_GetAttr(spec, stk_word(STK_WORD_LOCATIONS))) < 0) ||
        (PyUnicode_CheckExact(of->origin) && put_file(dict, of->origin) < 0))
        Py_CLEAR(module);
    return module;
}

/* ---- executed -------------------------------------------------------- */

/* An exception that stands is kept. */
static void
end_initialising(PyObject *spec)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (PyObject_SetAttr(spec, stk_word(STK_WORD_INITIALIZING), Py_False) < 0)
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

static void
take_out(PyObject *modules, PyObject *name)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (PyDict_DelItem(modules, name) < 0)
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

/* A body may put something else there; it goes to the end of the dict. */
static PyObject *
settle(PyObject *modules, PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(modules, name);

    if (!module && !PyErr_Occurred())
        PyErr_SetObject(PyExc_KeyError, name);
    Py_XINCREF(module);
    if (module && (PyDict_DelItem(modules, name) < 0 ||
                   PyDict_SetItem(modules, name, module) < 0))
        Py_CLEAR(module);
    return module;
}

static PyObject *
execute(PyObject *name, PyObject *spec, const stk_brokered *of)
{
    PyObject *modules = PyImport_GetModuleDict(), *result = NULL;
    PyObject *module = new_module(name, spec, of);

    if (!module)
        return NULL;
    if (PyObject_SetAttr(spec, stk_word(STK_WORD_INITIALIZING), Py_True) ==
            0 &&
        PyDict_SetItem(modules, name, module) == 0) {
        if (stk_broker_execute(of->loader, module) == 0)
            result = settle(modules, name);
        else
            take_out(modules, name);
        end_initialising(spec);
    }
    Py_DECREF(module);
    return result;
}

static PyObject *
call_importlib(const char *what, PyObject *spec)
{
    PyObject *function = stk_broker_bootstrap(what);
    PyObject *module = function ? PyObject_CallOneArg(function, spec) : NULL;

    Py_XDECREF(function);
    return module;
}

PyObject *
stk_importing_load(PyObject *name, PyObject *spec)
{
    PyObject *loader = PyObject_GetAttr(spec, stk_word(STK_WORD_LOADER)),
             *module;
    stk_brokered of;

    if (!loader)
        return NULL;
    if (!threadless)
        module = call_importlib("_load", spec);
    else if (stk_broker_has_code(loader, &of))
        module = execute(name, spec, &of);
    else
        module = call_importlib("_load_unlocked", spec);
    Py_DECREF(loader);
    return module;
}

/* ---- found ----------------------------------------------------------- */

static bool
is_ours_alone(void)
{
    PyObject *list = PySys_GetObject("meta_path");

    return list && PyList_CheckExact(list) && PyList_GET_SIZE(list) == 1 &&
           PyList_GET_ITEM(list, 0) == finder;
}

/* It is in no package, and not there, not even as None. */
static bool
is_ordinary(PyObject *name)
{
    bool missing =
        PyUnicode_CheckExact(name) && PyUnicode_GET_LENGTH(name) > 0 &&
        PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1) < 0 &&
        !PyDict_GetItemWithError(PyImport_GetModuleDict(), name);

    if (PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    return missing;
}

static PyObject *
refuse_missing(PyObject *name)
{
    PyObject *message = PyUnicode_FromFormat("No module named %R", name);

    if (message)
        PyErr_SetImportErrorSubclass(PyExc_ModuleNotFoundError, message, name,
                                     NULL);
    Py_XDECREF(message);
    return NULL;
}

PyObject *
stk_importing_find(PyObject *name)
{
    PyObject *spec, *module;

    if (!threadless || !is_ours_alone() || !is_ordinary(name))
        return NULL;
    spec = stk_kept_is_loading()
               ? stk_kept_spec(name)
               : stk_broker_find(name, stk_granted_who(name));
    if (!spec)
        return NULL;
    module = spec == Py_None ? refuse_missing(name)
                             : stk_importing_load(name, spec);
    Py_DECREF(spec);
    return module;
}
