/* SPDX-License-Identifier: Apache-2.0 */
/* An interpreter as python3 would be, with the guard before it. */
#include <stockade/embed.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "python/object/compat.h"
#include "python/object/state.h"
#include "python/process/install.h"
#include "python/process/run.h"

/*
 * An active virtual environment of the same Python is honoured, as typing
 * python3 in it would: its pyvenv.cfg leads to the same standard library.
 */
static char *
venv_executable(void)
{
    const char *venv = getenv("VIRTUAL_ENV");
    STK_CLEANUP(stk_freep) char *lib = NULL;
    STK_CLEANUP(stk_freep) char *python = NULL;

    if (!venv || !venv[0])
        return NULL;
    lib = stk_text_printf("%s/lib/python%d.%d", venv, PY_MAJOR_VERSION,
                          PY_MINOR_VERSION);
    python = stk_text_printf("%s/bin/python3", venv);
    if (!lib || !python || access(lib, X_OK) < 0 || access(python, X_OK) < 0)
        return NULL;
    return STK_STEAL(python);
}

static char *
choose_executable(const stk_python_run *run)
{
    char *chosen;

    if (run->executable)
        return stk_text_dup(run->executable);
    chosen = venv_executable();
    return chosen ? chosen : stk_text_dup(stk_python_executable());
}

static int
fail_status(PyStatus status, stk_error *err)
{
    return stk_error_set(err, STK_E_STATE, "Python does not start: %s%s%s",
                         status.func ? status.func : "",
                         status.func ? ": " : "",
                         status.err_msg ? status.err_msg : "exit");
}

/* The command line that python3 would have seen. Freed by free(). */
static char **
python_argv(char *executable, const stk_python_run *run)
{
    char **argv = calloc((size_t)run->argc + 2, sizeof *argv);

    if (!argv)
        return NULL;
    argv[0] = executable;
    for (int i = 0; i < run->argc; i++)
        argv[i + 1] = run->argv[i];
    return argv;
}

/*
 * Before the audit hook is added: what CPython keeps of it is freed by the
 * allocator that is in place at the end, which PYTHONMALLOC or the
 * development mode choose here.
 */
static PyStatus
preinitialize(int argc, char **argv)
{
    PyPreConfig config;

    PyPreConfig_InitPythonConfig(&config);
    return Py_PreInitializeFromBytesArgs(&config, argc, argv);
}

static PyStatus
configure(PyConfig *config, char *executable, int argc, char **argv)
{
    PyStatus status;

    PyConfig_InitPythonConfig(config);
    status =
        PyConfig_SetBytesString(config, &config->program_name, executable);
    if (PyStatus_Exception(status))
        return status;
    status = PyConfig_SetBytesString(config, &config->executable, executable);
    if (PyStatus_Exception(status))
        return status;
    return PyConfig_SetBytesArgv(config, argc, argv);
}

static int
start_python(stk_guard *guard, const stk_python_run *run, char *executable,
             stk_error *err)
{
    STK_CLEANUP(stk_freep) char **argv = python_argv(executable, run);
    PyConfig config;
    PyStatus status;
    int result;

    if (!argv)
        return stk_error_memory(err);
    status = preinitialize(run->argc + 1, argv);
    if (PyStatus_Exception(status))
        return fail_status(status, err);
    result = stk_guard_preinit(guard, err);
    if (result < 0)
        return result;
    stk_process_set_embedded(false);
    status = configure(&config, executable, run->argc + 1, argv);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status))
        return fail_status(status, err);
    return 0;
}

int
stk_guard_run_python(stk_guard *guard, const stk_python_run *run,
                     stk_error *err)
{
    STK_CLEANUP(stk_freep) char *executable = choose_executable(run);
    int result;

    if (!executable)
        return stk_error_memory(err);
    result = start_python(guard, run, executable, err);
    if (result < 0)
        return result;
    if (run->package && stk_package_offer(run->package) < 0) {
        PyErr_Clear();
        return stk_error_memory(err);
    }
    result = stk_guard_postinit(guard, err);
    if (result < 0)
        return result;
    /* a program that dies by a signal never comes back from here, so that
     * the log is closed by Python's own exit */
    if (stk_install_closing() < 0)
        return stk_error_memory(err);
    return Py_RunMain();
}
