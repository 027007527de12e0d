/* SPDX-License-Identifier: Apache-2.0 */
/* Loaders of CPython's that are driven by hand. */
#include "python/byhand.h"

#include "base/file.h"
#include "python/frame.h"
#include "python/name.h"
#include "python/opencode.h"
#include "python/want.h"
#include "python/whose.h"

/* ---- source and bytecode --------------------------------------------- */

/* namespace["__name__"]: a new reference, or NULL without an exception. */
static PyObject *
name_in(PyObject *namespace)
{
    PyObject *name = namespace && PyDict_Check(namespace)
                         ? PyDict_GetItemString(namespace, "__name__")
                         : NULL;

    return Py_XNewRef(stk_str_or_null(name));
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

static int
refuse_unverified(stk_interp *state, PyObject *name, const char *why)
{
    PyObject *exact = stk_name_exact(name);
    stk_utf8 utf8;
    int result;

    if (!exact || stk_utf8_get(&utf8, exact) < 0) {
        Py_XDECREF(exact);
        return -1;
    }
    result = stk_want_unverified(state, utf8.text, why);
    if (result == 0)
        result = stk_want_confined(state, exact, utf8.text);
    stk_utf8_clear(&utf8);
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

int
stk_byhand_open(stk_interp *state, PyObject *args)
{
    PyObject *path = stk_str_or_null(PyTuple_GET_ITEM(args, 0));
    PyObject *tail;
    int is_bytecode;

    if (!path || !stk_guard_needs_signatures(stk_process_guard()))
        return 0;
    tail = PyUnicode_FromString(".pyc");
    if (!tail)
        return -1;
    is_bytecode =
        PyUnicode_Tailmatch(path, tail, 0, PyUnicode_GetLength(path), 1) == 1;
    Py_DECREF(tail);
    if (!is_bytecode || state->opening || !stk_frame_is_importlib(state))
        return 0;
    return stk_opencode_unseen(state, path);
}
