/* SPDX-License-Identifier: Apache-2.0 */
/* What helps with an exception that has its cause in the profile. */
#include "worker/serve.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "worker/compat.h"

#define FRAMES_MAX 200

static const char for_threads[] =
    "a worker has as many threads as `processes` of its profile says, and one "
    "unless that has `syscalls = @threads` and `processes = 2` or more";
static const char for_asyncio[] =
    "asyncio in a worker needs a profile with `syscalls = @asyncio` and "
    "`preload = asyncio`";

static const char for_debugger[] =
    "there is nobody at a debugger in a worker: take breakpoint() out";

static const char for_files[] =
    "a worker opens the files that `read = PATH` of a profile with `syscalls "
    "= "
    "@files-read` names, and has those of its package by importlib.resources";

static const char for_port[] =
    "a worker connects to the ports that `network` of its profile names, and "
    "listens on those that it has with listen:";

static const char for_encoding[] =
    "an encoding that is machine code has to be named in `preload` of the "
    "profile, by its module: encodings.gbk, encodings.shift_jis";

/* Of East Asia, as people spell them: no other is machine code. */
static bool
is_machine_encoding(PyObject *value, PyObject *message)
{
    static const char before[] = "unknown encoding: ";
    static const char *const begin[] = {
        "936",      "949",   "950",   "big5",   "chinese",   "cp932",
        "cp936",    "cp949", "cp950", "csbig5", "csiso2022", "csshift",
        "euc",      "gb",    "hkscs", "hz",     "iso2022",   "iso_2022",
        "iso-2022", "jis",   "johab", "korean", "ks",        "ms93",
        "ms94",     "ms95",  "s_jis", "shift",  "sjis",      "u_jis",
        "uhc",      "ujis",
    };
    const char *text = PyUnicode_AsUTF8(message);

    if ((PyObject *)Py_TYPE(value) != PyExc_LookupError || !text ||
        strncmp(text, before, sizeof before - 1) != 0) {
        PyErr_Clear();
        return false;
    }
    text += sizeof before - 1;
    for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
        if (!strncasecmp(text, begin[i], strlen(begin[i])))
            return true;
    return false;
}

static bool
is_no_thread(PyObject *value, PyObject *message)
{
    return (PyObject *)Py_TYPE(value) == PyExc_RuntimeError &&
           PyUnicode_CompareWithASCIIString(message,
                                            "can't start new thread") == 0;
}

static bool
is_asyncios(PyObject *step)
{
    PyObject *frame = PyObject_GetAttrString(step, "tb_frame");
    PyObject *dict = frame ? PyObject_GetAttrString(frame, "f_globals") : NULL;
    PyObject *name = dict && PyDict_Check(dict)
                         ? PyDict_GetItemString(dict, "__name__")
                         : NULL;
    const char *text =
        name && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    bool found = text && !strncmp(text, "asyncio", 7) &&
                 (text[7] == '.' || text[7] == '\0');

    Py_XDECREF(frame);
    Py_XDECREF(dict);
    PyErr_Clear();
    return found;
}

/* That of a PermissionError, as the kernel gives it; 0: it is none. By seccomp
 * it is EPERM, by Landlock EACCES. */
static long
denied_by(PyObject *value)
{
    PyObject *number = NULL;
    long by = 0;

    if ((PyObject *)Py_TYPE(value) == PyExc_PermissionError)
        number = PyObject_GetAttrString(value, "errno");
    if (number && PyLong_CheckExact(number))
        by = PyLong_AsLong(number);
    Py_XDECREF(number);
    PyErr_Clear();
    return by;
}

/* A module or a call that asyncio itself wanted was refused. */
static bool
is_refused_to_asyncio(PyObject *value)
{
    PyObject *step, *next;
    bool found = false;

    if ((PyObject *)Py_TYPE(value) != PyExc_ImportError &&
        denied_by(value) != EPERM)
        return false;
    step = PyException_GetTraceback(value);
    for (int i = 0; step && step != Py_None && !found && i < FRAMES_MAX; i++) {
        found = is_asyncios(step);
        next = PyObject_GetAttrString(step, "tb_next");
        Py_SETREF(step, next);
    }
    PyErr_Clear();
    Py_XDECREF(step);
    return found;
}

static bool
has_path(PyObject *value)
{
    PyObject *path = PyObject_GetAttrString(value, "filename");
    bool has =
        path && (PyUnicode_CheckExact(path) || PyBytes_CheckExact(path));

    Py_XDECREF(path);
    PyErr_Clear();
    return has;
}

/* The kernel refused a path to a profile that opens none. */
static bool
is_path(PyObject *value)
{
    return stk_paths_are_none() && denied_by(value) == EPERM &&
           has_path(value);
}

/* Landlock judges paths and ports. */
static bool
is_port(PyObject *value)
{
    return denied_by(value) == EACCES && !has_path(value);
}

const char *
stk_advice_for(PyObject *value, PyObject *message)
{
    if (!strcmp(Py_TYPE(value)->tp_name, "BdbQuit"))
        return for_debugger;
    if (is_no_thread(value, message))
        return for_threads;
    if (is_machine_encoding(value, message))
        return for_encoding;
    if (is_refused_to_asyncio(value))
        return for_asyncio;
    if (is_port(value))
        return for_port;
    return is_path(value) ? for_files : NULL;
}
