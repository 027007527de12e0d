/* SPDX-License-Identifier: Apache-2.0 */
/* Loaders of CPython's that are driven by hand. */
#include "python/byhand.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/name.h"
#include "python/frame.h"
#include "python/name.h"
#include "python/opencode.h"
#include "python/want.h"
#include "python/whose.h"

/* ---- source and bytecode --------------------------------------------- */

/* namespace["__name__"], whatever a class of str's makes of it: a new
 * reference, or NULL without an exception. */
static PyObject *
name_in(PyObject *namespace)
{
    PyObject *name = namespace && PyDict_Check(namespace)
                         ? PyDict_GetItemString(namespace, "__name__")
                         : NULL;

    return name && PyUnicode_Check(name) ? stk_name_exact(name) : NULL;
}

static PyObject *
local(PyObject *locals, const char *name)
{
    PyObject *value = PyMapping_GetItemString(locals, name);

    PyErr_Clear();
    return value;
}

/*
 * Whose body it is: importlib stands in
 * _call_with_frames_removed(exec, code, module.__dict__), zipimport of 3.8
 * and 3.9 in load_module() with `mod`.
 */
static PyObject *
executed_name(PyFrameObject *frame)
{
    PyObject *locals = PyObject_GetAttrString((PyObject *)frame, "f_locals");
    PyObject *args = locals ? local(locals, "args") : NULL;
    PyObject *module = locals && !args ? local(locals, "mod") : NULL;
    PyObject *name = NULL;

    if (args && PyTuple_Check(args) && PyTuple_GET_SIZE(args) > 1)
        name = name_in(PyTuple_GET_ITEM(args, 1));
    else if (module && PyModule_Check(module))
        name = name_in(PyModule_GetDict(module));
    Py_XDECREF(args);
    Py_XDECREF(module);
    Py_XDECREF(locals);
    PyErr_Clear();
    return name;
}

/* What no import can ask for, and no rule say, is held to what the part of it
 * that can be a name is. Freed by free(). */
static char *
nearest_name(const char *name)
{
    char *near = stk_text_printf("%.*s", (int)STK_NAME_MAX, name), *dot;
    stk_name split;

    while (near && !stk_name_split(&split, near) && (dot = strrchr(near, '.')))
        *dot = '\0';
    return near;
}

static int
refuse_unverified(stk_interp *state, PyObject *name, const char *why)
{
    STK_CLEANUP(stk_freep) char *near = NULL;
    PyObject *exact = stk_name_exact(name);
    stk_utf8 utf8;
    int result;

    if (!exact || stk_utf8_get(&utf8, exact) < 0) {
        Py_XDECREF(exact);
        return -1;
    }
    near = nearest_name(utf8.text);
    stk_utf8_clear(&utf8);
    if (!near) {
        Py_DECREF(exact);
        PyErr_NoMemory();
        return -1;
    }
    result = stk_want_unverified(state, near, why);
    if (result == 0)
        result = stk_want_confined(state, exact, near);
    Py_DECREF(exact);
    return result;
}

static bool
wants_something(void)
{
    const stk_guard *guard = stk_process_guard();

    return stk_guard_needs_signatures(guard) || stk_guard_needs_workers(guard);
}

int
stk_byhand_body(stk_interp *state, PyObject *code)
{
    PyObject *name;
    int result;

    if (code == state->verified_body || !wants_something() ||
        !stk_frame_is_importlib(state))
        return 0;
    name = executed_name(PyEval_GetFrame());
    if (!name)
        return 0;
    result = refuse_unverified(
        state, name,
        "a loader that verifies nothing executes it; import it by its name");
    Py_DECREF(name);
    return result;
}

/* ---- extensions ------------------------------------------------------ */

static int
refuse_file(void *payload, const stk_whose *one)
{
    if (one->form != STK_FORM_EXTENSION)
        return 0;
    return stk_want_unverified(
        payload, one->name,
        "its file is loaded past the signature; import it by its name");
}

int
stk_byhand_extension(stk_interp *state, PyObject *name, PyObject *path)
{
    PyObject *encoded;
    char *file;
    int result;

    if (state->making_verified || !wants_something())
        return 0;
    result = refuse_unverified(
        state, name,
        "a loader that verifies nothing loads it; import it by its name");
    if (result < 0 || !path || !PyUnicode_Check(path))
        return result;
    encoded = PyUnicode_EncodeFSDefault(path);
    if (!encoded)
        return -1;
    file = stk_path_absolute(PyBytes_AS_STRING(encoded));
    Py_DECREF(encoded);
    if (!file) {
        PyErr_NoMemory();
        return -1;
    }
    result = stk_whose_each(state, file, refuse_file, state);
    free(file);
    return result;
}

/* ---- bytecode past io.open_code() ------------------------------------ */

/* The path as the open() below has it, which takes bytes, too: a new
 * reference, or NULL, which may be without an exception. */
static PyObject *
opened_path(PyObject *path)
{
    if (PyBytes_Check(path))
        return PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(path),
                                                PyBytes_GET_SIZE(path));
    return PyUnicode_Check(path) ? PyUnicode_FromObject(path) : NULL;
}

static int
is_bytecode(PyObject *path)
{
    PyObject *tail = PyUnicode_FromString(".pyc");
    Py_ssize_t is =
        tail ? PyUnicode_Tailmatch(path, tail, 0, PyUnicode_GetLength(path), 1)
             : -1;

    Py_XDECREF(tail);
    return (int)is;
}

int
stk_byhand_open(stk_interp *state, PyObject *args)
{
    PyObject *path;
    int result;

    if (state->opening || !stk_guard_needs_signatures(stk_process_guard()))
        return 0;
    path = opened_path(PyTuple_GET_ITEM(args, 0));
    if (!path)
        return PyErr_Occurred() ? -1 : 0;
    result = is_bytecode(path);
    if (result > 0)
        result = stk_frame_is_importlib(state)
                     ? stk_opencode_unseen(state, path)
                     : 0;
    Py_DECREF(path);
    return result;
}
