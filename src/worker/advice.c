/* SPDX-License-Identifier: Apache-2.0 */
/* What helps with an exception that has its cause in the profile. */
#include "worker/serve.h"

#include <string.h>

#include "worker/compat.h"

#define FRAMES_MAX 200

static const char for_threads[] =
    "a worker has one thread, unless its profile says `syscalls = @threads` "
    "and `processes = 2` or more";
static const char for_asyncio[] =
    "asyncio in a worker needs a profile with `syscalls = @asyncio` and "
    "`preload = asyncio`";

static const char for_debugger[] =
    "there is nobody at a debugger in a worker: take breakpoint() out";

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

/* A module or a call that asyncio itself wanted was refused. */
static bool
is_refused_to_asyncio(PyObject *value)
{
    PyObject *step, *next;
    bool found = false;

    if ((PyObject *)Py_TYPE(value) != PyExc_ImportError &&
        (PyObject *)Py_TYPE(value) != PyExc_PermissionError)
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

const char *
stk_advice_for(PyObject *value, PyObject *message)
{
    if (!strcmp(Py_TYPE(value)->tp_name, "BdbQuit"))
        return for_debugger;
    if (is_no_thread(value, message))
        return for_threads;
    return is_refused_to_asyncio(value) ? for_asyncio : NULL;
}
