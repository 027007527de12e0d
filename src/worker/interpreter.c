/* SPDX-License-Identifier: Apache-2.0 */
/* Python as workers have it: isolated, no site, no signal handlers, nothing
 * read of the environment. */
#include "worker/interpreter.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <stockade/sandbox.h>

#include "worker/compat.h"
#include "worker/preload.h"
#include "worker/store.h"

static PyStatus
configure(PyConfig *config)
{
    PyStatus status;

    PyConfig_InitIsolatedConfig(config);
    config->site_import = 0;
    config->install_signal_handlers = 0;
    config->write_bytecode = 0;
    config->pathconfig_warnings = 0;
    /* where the standard library is, is worked out from there */
    status = PyConfig_SetBytesString(config, &config->program_name,
                                     STK_PYTHON_EXECUTABLE);
    if (PyStatus_Exception(status))
        return status;
    return PyConfig_SetBytesString(config, &config->executable,
                                   STK_PYTHON_EXECUTABLE);
}

static PyStatus
initialize(void)
{
    PyPreConfig before;
    PyConfig config;
    PyStatus status;

    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    status = Py_PreInitialize(&before);
    if (PyStatus_Exception(status))
        return status;
    status = configure(&config);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

static int
tell_exception(char *why, unsigned size, const char *what)
{
    PyObject *type, *value, *traceback, *text;
    const char *message;

    PyErr_Fetch(&type, &value, &traceback);
    text = value ? PyObject_Str(value) : NULL;
    message = text ? PyUnicode_AsUTF8(text) : NULL;
    snprintf(why, size, "%s: %s", what, message ? message : "failed");
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    PyErr_Clear();
    return -1;
}

static int
load(const char *name)
{
    PyObject *module = PyImport_ImportModule(name);

    Py_XDECREF(module);
    return module ? 0 : -1;
}

/* Where no store has them, they are loaded here: a worker could not load them
 * later. */
static int
load_stored(void)
{
    const char *name;

    for (size_t i = 0; (name = stk_store_name(i)); i++)
        if (load(name) < 0)
            PyErr_Clear();
    return load("traceback");
}

/* Where it is not set, libc looks at the file again, cannot, and from then on
 * has no time zone but UTC. Python does not see it: it has its environment
 * already. */
static void
keep_timezone(void)
{
    if (setenv("TZ", ":/etc/localtime", 0) == 0)
        tzset();
}

/*
 * What `preload` names may have started no thread when it is forked, and
 * OpenBLAS, MKL and OpenMP start theirs as soon as numpy is loaded. Python
 * does not see it.
 */
static void
forbid_thread_pools(void)
{
    static const char *const names[] = { "OPENBLAS_NUM_THREADS",
                                         "MKL_NUM_THREADS",
                                         "OMP_NUM_THREADS" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        setenv(names[i], "1", 1);
}

/* With the first import of signal Python has a handler for SIGINT, which
 * asyncio.run() would replace by its own, and no worker may. */
static int
drop_interrupts(void)
{
    PyObject *module = PyImport_ImportModule("_signal");
    PyObject *done =
        module ? PyObject_CallMethod(module, "signal", "ii", SIGINT, 0) : NULL;

    Py_XDECREF(module);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* site's are not there, and code that means to end says so by them. What
 * help() shows is pydoc's, whose import is that of who asks for it. */
static int
give_names(void)
{
    return PyRun_SimpleString("import builtins\n"
                              "def exit(code=None):\n"
                              "    'End the code that is run.'\n"
                              "    raise SystemExit(code)\n"
                              "def help(*args, **named):\n"
                              "    'Print what pydoc knows of an object.'\n"
                              "    import pydoc\n"
                              "    return pydoc.help(*args, **named)\n"
                              "builtins.exit = builtins.quit = exit\n"
                              "builtins.help = help\n"
                              "del builtins, exit, help\n");
}

/* ---- where the standard library is ----------------------------------- */

static bool
is_on_path(const char *folder)
{
    PyObject *path = PySys_GetObject("path");
    PyObject *text = PyUnicode_DecodeFSDefault(folder);
    int found = path && text ? PySequence_Contains(path, text) : 0;

    Py_XDECREF(text);
    PyErr_Clear();
    return found == 1;
}

/* Of a Python that runs already: before that, where it was when we were
 * built. */
bool
stk_interpreter_folders(stk_folders *out)
{
    static const char tail[] = "/lib-dynload";
    PyObject *path = Py_IsInitialized() ? PySys_GetObject("path") : NULL;
    Py_ssize_t n = path && PyList_Check(path) ? PyList_GET_SIZE(path) : 0;

    if (!Py_IsInitialized()) {
        snprintf(out->library, sizeof out->library, "%s", STK_PYTHON_LIBRARY);
        snprintf(out->machine, sizeof out->machine, "%s", STK_PYTHON_MACHINE);
        return true;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = PyList_GET_ITEM(path, i);
        const char *text =
            PyUnicode_Check(item) ? PyUnicode_AsUTF8(item) : NULL;
        size_t length = text ? strlen(text) : 0;

        if (length < sizeof tail || length >= sizeof out->machine ||
            strcmp(text + length + 1 - sizeof tail, tail) != 0)
            continue;
        snprintf(out->machine, sizeof out->machine, "%s", text);
        snprintf(out->library, sizeof out->library, "%.*s",
                 (int)(length + 1 - sizeof tail), text);
        return true;
    }
    PyErr_Clear();
    return false;
}

/* What was read is what this Python would have. */
bool
stk_interpreter_has(const stk_folders *folders)
{
    return stk_store_is_whole(PyImport_GetMagicNumber()) &&
           is_on_path(folders->library) && is_on_path(folders->machine);
}

/* ---- all of it ------------------------------------------------------- */

int
stk_interpreter_start(char *why, unsigned size)
{
    PyStatus status = PyStatus_Ok();

    if (!Py_IsInitialized()) /* or it is module.c's */
        status = initialize();
    if (!PyStatus_Exception(status))
        return 0;
    snprintf(why, size, "Python does not start: %s",
             status.err_msg ? status.err_msg : "it exits");
    return -1;
}

int
stk_interpreter_fill(const stk_filling *what, char *why, unsigned size)
{
    if (!what->stored && load_stored() < 0)
        return tell_exception(why, size, "the worker's own modules");
    forbid_thread_pools();
    if (stk_preload(&what->profile->preload, what->hosted) < 0)
        return tell_exception(why, size, "preload");
    keep_timezone();
    if (drop_interrupts() < 0 || give_names() < 0)
        return tell_exception(why, size, "what it has of its own");
    return 0;
}
