/* SPDX-License-Identifier: Apache-2.0 */
/* Python as workers have it: isolated, no site, no signal handlers, nothing
 * read of the environment. */
#include "worker/zygote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <stockade/sandbox.h>

#include "worker/compat.h"

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

/* What every worker needs to answer: it could not load it later. */
static int
load_own(void)
{
    static const char *const own[] = { "_ast", "_operator", "io", "linecache",
                                       "traceback" };

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (load(own[i]) < 0)
            return -1;
    return 0;
}

/*
 * Machine code of the standard library that only computes: it could not be
 * loaded later. Whether a plugin may import it is for the policy to say. A
 * Python may be built without one, or have it inside.
 */
static void
load_machine_code(void)
{
    static const char *const names[] = {
        "_bisect",     "_blake2",  "_contextvars", "_csv",        "_datetime",
        "_decimal",    "_heapq",   "_json",        "_md5",        "_opcode",
        "_pickle",     "_queue",   "_random",      "_sha1",       "_sha2",
        "_sha256",     "_sha3",    "_sha512",      "_statistics", "_struct",
        "array",       "binascii", "cmath",        "math",        "pyexpat",
        "unicodedata", "zlib",     "_bz2",         "_lzma",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (load(names[i]) < 0)
            PyErr_Clear();
}

static int
add_folders(const char *const *folders, unsigned n)
{
    PyObject *path = PySys_GetObject("path");

    for (unsigned i = 0; path && i < n; i++) {
        PyObject *folder = PyUnicode_DecodeFSDefault(folders[i]);

        if (!folder || PyList_Append(path, folder) < 0) {
            Py_XDECREF(folder);
            return -1;
        }
        Py_DECREF(folder);
    }
    return 0;
}

/* No file can be looked at for a line: not to be tried, and recorded as an
 * attempt of the plugin's. */
static int
blind_linecache(void)
{
    return PyRun_SimpleString("import linecache\n"
                              "linecache.updatecache = lambda *a, **k: []\n"
                              "linecache.checkcache = lambda *a, **k: None\n"
                              "del linecache\n");
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
    return PyRun_SimpleString("import _signal\n"
                              "_signal.signal(_signal.SIGINT, "
                              "_signal.SIG_DFL)\n"
                              "del _signal\n");
}

/* site's are not there, and code that means to end says so by them. */
static int
give_exit(void)
{
    return PyRun_SimpleString("import builtins\n"
                              "def exit(code=None):\n"
                              "    'End the code that is run.'\n"
                              "    raise SystemExit(code)\n"
                              "builtins.exit = builtins.quit = exit\n"
                              "del builtins, exit\n");
}

int
stk_interpreter_start(const struct stk_profile *profile,
                      const char *const *folders, unsigned n_folders,
                      char *why, unsigned size)
{
    PyStatus status = PyStatus_Ok();
    const char *at = profile->preload.text;

    if (!Py_IsInitialized()) /* or it is module.c's */
        status = initialize();
    if (PyStatus_Exception(status)) {
        snprintf(why, size, "Python does not start: %s",
                 status.err_msg ? status.err_msg : "it exits");
        return -1;
    }
    if (load_own() < 0 || add_folders(folders, n_folders) < 0)
        return tell_exception(why, size, "the worker's own modules");
    forbid_thread_pools();
    for (uint32_t i = 0; i < profile->preload.n; i++, at += strlen(at) + 1)
        if (load(at) < 0)
            return tell_exception(why, size, "preload");
    load_machine_code();
    keep_timezone();
    return drop_interrupts() < 0 || give_exit() < 0 ? -1 : blind_linecache();
}
