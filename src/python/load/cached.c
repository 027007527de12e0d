/* SPDX-License-Identifier: Apache-2.0 */
/* Code that Python keeps of a source file. To read it and to write it anew
 * for a worker takes as long as the worker needs to run it. */
#include "python/load/cached.h"

#include <sys/stat.h>

#include "python/load/origin.h"
#include "python/load/pins.h"
#include "python/load/warm.h"
#include "python/object/loaded.h"

static PyObject *
external(const char *name)
{
    PyObject *namespace = stk_module_namespace("_frozen_importlib_external");
    PyObject *found = namespace ? PyDict_GetItemString(namespace, name) : NULL;

    Py_XINCREF(found);
    return found;
}

static bool
is_as_it_was(stk_interp *state, PyObject *loader)
{
    PyObject *path;

    if (!state || stk_pins_set(state) < 0 || !state->pins ||
        !stk_pins_hold(state))
        return false;
    path = stk_origin_stock_path(state, loader);
    Py_XDECREF(path);
    return path != NULL;
}

bool
stk_cached_is_plain(PyObject *loader)
{
    PyObject *type = external("SourceFileLoader");
    bool is_plain = (PyObject *)Py_TYPE(loader) == type &&
                    is_as_it_was(stk_interp_find(), loader);

    Py_XDECREF(type);
    PyErr_Clear();
    return is_plain;
}

static PyObject *
kept_path(PyObject *source)
{
    PyObject *cache_from_source = external("cache_from_source");
    PyObject *path = cache_from_source
                         ? PyObject_CallOneArg(cache_from_source, source)
                         : NULL;

    Py_XDECREF(cache_from_source);
    return path;
}

static bool
read_stat(struct stat *out, PyObject *path)
{
    PyObject *encoded = PyUnicode_EncodeFSDefault(path);
    bool is_there = encoded && stat(PyBytes_AS_STRING(encoded), out) == 0;

    Py_XDECREF(encoded);
    return is_there;
}

/* In C, since a worker waits: importlib takes as long as that needs to run
 * it. */
static PyObject *
find(PyObject *name, PyObject *loader)
{
    PyObject *source = PyObject_CallMethod(loader, "get_filename", "O", name);
    PyObject *kept = NULL, *code = NULL;
    struct stat st;

    if (source && PyUnicode_CheckExact(source) && read_stat(&st, source))
        kept = kept_path(source);
    if (kept && PyUnicode_CheckExact(kept))
        code = stk_warm_bytes(&(stk_warm){ source, &st, kept });
    Py_XDECREF(source);
    Py_XDECREF(kept);
    return code;
}

PyObject *
stk_cached_code(PyObject *name, PyObject *loader)
{
    PyObject *code = NULL;

    /* who asks for an event is told by the frames that it is raised in */
    if (stk_cached_is_plain(loader) &&
        !stk_guard_watches(stk_process_guard(), "open"))
        code = find(name, loader);

    if (!code)
        PyErr_Clear();
    return code;
}
