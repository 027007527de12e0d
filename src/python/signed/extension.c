/* SPDX-License-Identifier: Apache-2.0 */
/* A verified extension module, loaded from a sealed memfd. */
#include "python/signed/extension.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "python/object/loaded.h"
#include "python/object/name.h"
#include "python/object/pinnedspec.h"
#include "python/signed/linked.h"
#include "python/signed/memfile.h"

/* NULL where nothing tells it from another. */
static const unsigned char *
identity_of(const stk_evidence *evidence)
{
    if (evidence->has_identity)
        return evidence->identity;
    return evidence->has_digest ? evidence->digest : NULL;
}

/* The descriptor; -1 with an exception. */
static int
keep_file(stk_interp *state, PyObject *name, stk_evidence_store *store,
          const stk_evidence *evidence)
{
    const unsigned char *identity = identity_of(evidence);
    int fd = identity ? stk_memfile_find(identity) : -1;
    const char *text;

    if (fd >= 0)
        return fd;
    text = PyUnicode_AsUTF8(name);
    if (!text || (evidence->source &&
                  stk_linked_load(state, text, store, evidence) < 0))
        return -1;
    errno = EINVAL;
    if (identity && evidence->source)
        fd = stk_memfile_keep(identity, evidence->source,
                              evidence->source_length);
    if (fd < 0)
        PyErr_Format(PyExc_ImportError,
                     "cannot load an extension from memory: %s",
                     strerror(errno));
    return fd;
}

/* It is in the memfd, for as long as the process lives. */
static void
drop_bytes(stk_evidence *evidence)
{
    free(evidence->source);
    evidence->source = NULL;
}

/* It is made as the module that it was verified as, and under no other name
 * that its file would do for. */
static bool
is_of_spec(const stk_interp *state, PyObject *name, PyObject *spec)
{
    PyObject *told = PyObject_GetAttr(spec, state->str_spec_name);
    PyObject *exact =
        told && PyUnicode_Check(told) ? stk_name_exact(told) : NULL;
    bool same = exact && PyUnicode_Compare(exact, name) == 0;

    if (!same && !PyErr_Occurred())
        PyErr_Format(PyExc_ImportError, "loader for %U cannot handle %R", name,
                     exact ? exact : told);
    Py_XDECREF(exact);
    Py_XDECREF(told);
    return same;
}

/* sys.getdlopenflags(), or as they are at first where somebody else answers.
 */
static int
open_flags(const stk_interp *state)
{
    PyObject *function =
        PyDict_GetItemString(state->sys_dict, "getdlopenflags");
    PyObject *told = function ? PyObject_CallNoArgs(function) : NULL;
    int flags =
        told && PyLong_CheckExact(told) ? (int)PyLong_AsLong(told) : RTLD_NOW;

    Py_XDECREF(told);
    PyErr_Clear();
    return flags;
}

/* As _imp fails on it. */
static void
raise_unloadable(PyObject *name, PyObject *path, const char *why)
{
    PyObject *message = PyUnicode_FromString(why ? why : "cannot be loaded");

    if (message)
        PyErr_SetImportError(message, name, path);
    Py_XDECREF(message);
}

/* A module without multi-phase initialisation has the memfd as its file. */
static PyObject *
set_file(PyObject *module, const char *path)
{
    PyObject *file = PyUnicode_DecodeFSDefault(path);

    if (!file || (PyObject_HasAttrString(module, "__file__") &&
                  PyObject_SetAttrString(module, "__file__", file) < 0))
        Py_CLEAR(module);
    Py_XDECREF(file);
    return module;
}

/*
 * The path of the memfd, loaded: a new reference. dlopen() is given a number,
 * and _imp raises an audit event before it calls that: a hook can put another
 * file there. What is loaded by this name is not opened once more, and no code
 * of Python's runs between keep_file() and here.
 */
static PyObject *
load_file(stk_interp *state, PyObject *name, stk_evidence_store *store,
          const stk_evidence *evidence)
{
    int flags = open_flags(state);
    int fd = keep_file(state, name, store, evidence);
    char path[STK_MEMFILE_PATH];
    bool loaded = fd >= 0 && dlopen(stk_memfile_path(path, fd), flags);
    PyObject *origin = fd < 0 ? NULL : PyUnicode_FromString(path);

    if (origin && !loaded) {
        raise_unloadable(name, origin, dlerror());
        Py_CLEAR(origin);
    }
    return origin;
}

PyObject *
stk_extension_create(stk_interp *state, PyObject *name, PyObject *spec,
                     stk_evidence_store *store, stk_evidence *evidence)
{
    PyObject *origin, *pinned, *module = NULL;

    if (!is_of_spec(state, name, spec))
        return NULL;
    origin = load_file(state, name, store, evidence);
    if (!origin)
        return NULL;
    drop_bytes(evidence);
    pinned = stk_pinned_spec_verified(state, name, origin);
    Py_DECREF(origin);
    if (pinned)
        module = stk_namespace_call(state->imp_dict, "create_dynamic", pinned,
                                    NULL);
    Py_XDECREF(pinned);
    return module ? set_file(module, evidence->path) : NULL;
}

PyObject *
stk_extension_exec(const stk_interp *state, PyObject *module)
{
    return stk_namespace_call(state->imp_dict, "exec_dynamic", module, NULL);
}
