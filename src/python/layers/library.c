/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules of the standard library that have code run later or elsewhere:
 * as soon as they are loaded, functions of ours stand in them.
 */
#include "python/layers/library.h"

#include <string.h>

#include "python/later/defer.h"
#include "python/later/futures.h"
#include "python/later/hooks.h"
#include "python/later/pools.h"
#include "python/later/registries.h"
#include "python/later/weak.h"
#include "python/layers/children.h"
#include "python/layers/layers.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"
#include "python/signed/byhandspec.h"
#include "python/signed/resource.h"

static int
mend_weakref(PyObject *dict)
{
    return stk_weak_mend(dict) < 0 ? -1 : stk_defer_mend_weakref(dict);
}

static int
mend_sys(PyObject *dict)
{
    return stk_hooks_mend_sys(dict) < 0 ? -1 : stk_registries_mend_sys(dict);
}

static const struct {
    const char *name;
    int (*mend)(PyObject *dict);
} libraries[] = {
    { "_codecs", stk_registries_mend_codecs },
    { "_interpreters", stk_interpfn_mend },
    { "_posixsubprocess", stk_children_mend },
    { "_signal", stk_hooks_mend_signal },
    { "_testcapi", stk_hooks_mend_testcapi },
    { "_testinternalcapi", stk_hooks_mend_testcapi },
    { "_weakref", stk_weak_mend },
    { "_xxsubinterpreters", stk_interpfn_mend },
    { "asyncio.base_events", stk_defer_mend_loop },
    { "asyncio.events", stk_defer_mend_events },
    { "asyncio.futures", stk_futures_mend_asyncio },
    { "asyncio.tasks", stk_futures_mend_asyncio },
    { "atexit", stk_defer_mend_atexit },
    { "codecs", stk_registries_mend_codecs },
    { "concurrent.futures._base", stk_futures_mend_concurrent },
    { "concurrent.futures.thread", stk_defer_mend_thread },
    { "importlib._common", stk_reader_mend },
    { "importlib.readers", stk_reader_mend_namespaces },
    { "importlib.util", stk_byhandspec_mend },
    { "multiprocessing.pool", stk_pools_mend },
    { "multiprocessing.spawn", stk_children_mend_spawn },
    { "multiprocessing.util", stk_registries_mend_multiprocessing },
    { "os", stk_registries_mend_posix },
    { "posix", stk_registries_mend_posix },
    { "subprocess", stk_children_mend },
    { "sys", mend_sys },
    { "threading", stk_hooks_mend_threading },
    { "weakref", mend_weakref },
};

#define N_LIBRARIES (sizeof libraries / sizeof *libraries)

/* What stands in the module of that name, in `dict`, from now on. */
static int
mend(const char *name, PyObject *dict)
{
    for (size_t i = 0; i < N_LIBRARIES; i++)
        if (name[0] == libraries[i].name[0] &&
            !strcmp(name, libraries[i].name))
            return libraries[i].mend(dict);
    return 0;
}

int
stk_library_loaded(PyObject *name, PyObject *module)
{
    const char *text = PyModule_Check(module) && PyUnicode_IS_ASCII(name)
                           ? PyUnicode_AsUTF8(name)
                           : NULL;

    /* a name with a NUL in it is none of these */
    return text && strlen(text) == (size_t)PyUnicode_GET_LENGTH(name)
               ? mend(text, PyModule_GetDict(module))
               : 0;
}

/* A copy by another name, too: its functions are CPython's first ones. */
int
stk_library_made(PyObject *module)
{
    const struct PyModuleDef *def = PyModule_GetDef(module);

    return def && def->m_name ? mend(def->m_name, PyModule_GetDict(module))
                              : 0;
}

/* ---- names of others' ------------------------------------------------ */

/* The module in C that a function is from, and that module's namespace: what
 * is taken from one module stands together, mostly. */
typedef struct source {
    PyObject *module; /* borrowed, or NULL */
    PyObject *dict;   /* borrowed, or NULL: ours is never in there */
} source;

/* What kept an __import__ before it put its own there goes on to call that. */
static PyObject *
namespace_of(PyObject *module)
{
    const struct PyModuleDef *def =
        module && PyModule_Check(module) ? PyModule_GetDef(module) : NULL;

    return def && def->m_name && strcmp(def->m_name, "builtins") != 0
               ? stk_module_namespace(def->m_name)
               : NULL;
}

/* What stands before `found`, met in `dict`, where that is from: borrowed, or
 * NULL. */
static PyObject *
ours_before(PyObject *dict, PyObject *found, source *from)
{
    PyObject *self =
        PyCFunction_Check(found) ? PyCFunction_GET_SELF(found) : NULL;
    PyObject *ours;

    if (self != from->module)
        *from = (source){ self, namespace_of(self) };
    if (!from->dict || from->dict == dict)
        return NULL;
    ours = PyDict_GetItemString(from->dict,
                                ((PyCFunctionObject *)found)->m_ml->ml_name);
    return ours && PyCFunction_Check(ours) &&
                   stk_carried(PyCFunction_GET_SELF(ours)) == found
               ? ours
               : NULL;
}

/* No key is new: a dict may be walked meanwhile. */
static int
mend_names(PyObject *dict, source *from)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(dict, &at, &key, &value)) {
        PyObject *ours =
            PyUnicode_CheckExact(key) ? ours_before(dict, value, from) : NULL;

        if (ours && PyDict_SetItem(dict, key, ours) < 0)
            return -1;
    }
    return 0;
}

/* `from _weakref import proxy as _proxy`, said before we came. */
static int
mend_others(void)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *list = PyDict_Check(modules) ? PyDict_Values(modules) : NULL;
    int result = list || !PyErr_Occurred() ? 0 : -1;
    source from = { NULL, NULL };

    for (Py_ssize_t i = 0; list && result == 0 && i < PyList_GET_SIZE(list);
         i++)
        if (PyModule_Check(PyList_GET_ITEM(list, i)))
            result =
                mend_names(PyModule_GetDict(PyList_GET_ITEM(list, i)), &from);
    Py_XDECREF(list);
    return result;
}

int
stk_library_mend_all(void)
{
    for (size_t i = 0; i < N_LIBRARIES; i++) {
        PyObject *dict = stk_module_namespace(libraries[i].name);

        if (dict && libraries[i].mend(dict) < 0)
            return -1;
    }
    return mend_others();
}
