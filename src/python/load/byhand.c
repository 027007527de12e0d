/* SPDX-License-Identifier: Apache-2.0 */
/* Loaders of CPython's that are driven by hand. */
#include "python/load/byhand.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/name.h"
#include "python/asks/frame.h"
#include "python/load/opencode.h"
#include "python/load/whose.h"
#include "python/object/name.h"
#include "python/signed/want.h"

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

PyObject *
stk_byhand_name(const stk_interp *state)
{
    return stk_frame_is_importlib(state) ? executed_name(PyEval_GetFrame())
                                         : NULL;
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
        "a loader that verifies nothing executes it; import it by its name, "
        "or let importlib.util.spec_from_file_location() choose the loader");
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

    if (!wants_something())
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

/* The loader's own name, where importlib's frame is a method of it: a new
 * reference, or NULL. */
static PyObject *
opening_name(PyFrameObject *frame)
{
    PyObject *locals = PyObject_GetAttrString((PyObject *)frame, "f_locals");
    PyObject *self = locals ? local(locals, "self") : NULL;
    PyObject *dict = self ? PyObject_GenericGetDict(self, NULL) : NULL;
    PyObject *name =
        dict && PyDict_Check(dict) ? PyDict_GetItemString(dict, "name") : NULL;

    name = name && PyUnicode_Check(name) ? stk_name_exact(name) : NULL;
    Py_XDECREF(dict);
    Py_XDECREF(self);
    Py_XDECREF(locals);
    PyErr_Clear();
    return name;
}

/* 0 where the guard only observes. */
static int
refuse_opening(stk_interp *state, const char *why)
{
    PyObject *name = opening_name(PyEval_GetFrame());
    STK_CLEANUP(stk_freep) char *near = NULL;
    stk_utf8 utf8;

    if (name && stk_utf8_get(&utf8, name) == 0) {
        near = nearest_name(utf8.text);
        stk_utf8_clear(&utf8);
    }
    Py_XDECREF(name);
    PyErr_Clear();
    return stk_want_unknown(state, near ? near : "__main__", why);
}

/* What a str or bytes holds, whatever its class makes of it: a new reference,
 * or NULL. */
static PyObject *
text_of(PyObject *path)
{
    if (PyBytes_Check(path))
        return PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(path),
                                                PyBytes_GET_SIZE(path));
    return PyUnicode_FromObject(path);
}

/* New reference; NULL without an exception where that cannot be told. */
static PyObject *
path_of_descriptor(PyObject *number)
{
    char link[64], file[PATH_MAX];
    ssize_t length;

    PyOS_snprintf(link, sizeof link, "/proc/self/fd/%ld",
                  PyLong_AsLong(number));
    PyErr_Clear();
    length = readlink(link, file, sizeof file);
    return length > 0 && length < (ssize_t)sizeof file
               ? PyUnicode_DecodeFSDefaultAndSize(file, length)
               : NULL;
}

static int
ends_as_bytecode(PyObject *path)
{
    PyObject *tail = PyUnicode_FromString(".pyc");
    Py_ssize_t is =
        tail ? PyUnicode_Tailmatch(path, tail, 0, PyUnicode_GetLength(path), 1)
             : -1;

    Py_XDECREF(tail);
    return (int)is;
}

/* Where the links of `path` lead: a new reference, or NULL, which may be
 * without an exception. */
static PyObject *
follow(PyObject *path)
{
    PyObject *encoded = PyUnicode_EncodeFSDefault(path), *real = NULL;
    char *file = encoded ? realpath(PyBytes_AS_STRING(encoded), NULL) : NULL;

    Py_XDECREF(encoded);
    if (file)
        real = PyUnicode_DecodeFSDefault(file);
    free(file);
    return real;
}

/* A link may have any name. Takes `path`. */
static int
judge_opened(stk_interp *state, PyObject *path)
{
    int result = path ? ends_as_bytecode(path) : -1;
    PyObject *real = result == 0 ? follow(path) : NULL;

    if (real) {
        result = ends_as_bytecode(real);
        Py_SETREF(path, real);
    }
    if (result == 0 && PyErr_Occurred())
        PyErr_Clear(); /* no name of a file: there is none */
    if (result > 0)
        result = stk_opencode_unseen(state, path);
    Py_XDECREF(path);
    return result;
}

/* What is written to gives nobody bytecode: importlib caches it so. */
static bool
is_for_writing(PyObject *args)
{
    PyObject *flags =
        PyTuple_GET_SIZE(args) > 2 ? PyTuple_GET_ITEM(args, 2) : NULL;

    return flags && PyLong_CheckExact(flags) &&
           (PyLong_AsUnsignedLongMask(flags) & O_ACCMODE) == O_WRONLY;
}

/* What gives another path the next time, as an object with __fspath__ may, or
 * a number by its __index__, is not asked at all. */
int
stk_byhand_open(stk_interp *state, PyObject *args)
{
    PyObject *opened = PyTuple_GET_ITEM(args, 0), *path;

    if (stk_opencode_takes_event(opened) ||
        !stk_guard_needs_signatures(stk_process_guard()) ||
        !stk_frame_is_importlib(state) || is_for_writing(args))
        return 0;
    if (PyUnicode_Check(opened) || PyBytes_Check(opened))
        return judge_opened(state, text_of(opened));
    path = PyLong_Check(opened) ? path_of_descriptor(opened) : NULL;
    if (path)
        return judge_opened(state, path);
    return PyErr_Occurred() ? -1
           : PyLong_Check(opened)
               ? refuse_opening(state,
                                "a loader reads a descriptor, and nothing "
                                "says of which file; give it the path")
               : refuse_opening(state,
                                "a loader opens a file by an object that may "
                                "name another one each time; give it "
                                "os.fspath() of that, a str");
}
