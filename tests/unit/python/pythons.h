/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interpreter for a test, in a child process of its own: a guard is the
 * one of its process, and an audit hook stays for good.
 */
#ifndef STK_UNIT_PYTHONS_H
#define STK_UNIT_PYTHONS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <sys/wait.h>

#include <stockade/embed.h>
#include <stockade/guard.h>

#include "unit.h"

#define POLICY_HEAD "[stockade]\nversion = 1\n"

/* In the child: ends it with a code of its own, the line. */
#define CHECK(truth)                                                          \
    do {                                                                      \
        if (!(truth)) {                                                       \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #truth);       \
            if (PyErr_Occurred())                                             \
                PyErr_Print();                                                \
            _exit(1);                                                         \
        }                                                                     \
    } while (0)

typedef void (*python_fn)(void **state);

/* Runs `function` in a child; fails unless it returns there. */
static inline void
pythons_in_child(void **state, python_fn function)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        alarm(60);
        function(state);
        fflush(NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* A guard over this policy, with its log in the folder. In the child. */
static inline stk_guard *
pythons_guard(void **state, const char *text)
{
    stk_guard_options options = STK_GUARD_OPTIONS_INIT;
    char policy[PATH_MAX], sink[PATH_MAX + 8], whole[2048];
    stk_guard *guard = NULL;
    int n = snprintf(whole, sizeof whole, POLICY_HEAD "%s", text);

    snprintf(policy, sizeof policy, "%s",
             unit_write(state, "policy.ini", whole, (size_t)n));
    snprintf(sink, sizeof sink, "file:%s", unit_path(state, "log"));
    options.policy = policy;
    options.audit = sink;
    CHECK(stk_guard_new(&guard, &options, NULL) == 0);
    return guard;
}

/* Python as a product has it: nothing of the environment. In the child. */
static inline void
pythons_start(void)
{
    PyConfig config;
    PyStatus status;

    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    status = PyConfig_SetBytesString(&config, &config.program_name,
                                     stk_python_executable());
    CHECK(!PyStatus_Exception(status));
    status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    CHECK(!PyStatus_Exception(status));
}

/* 1 when `source` runs, 0 when it raises; what it raised is cleared. */
static inline int
pythons_run(const char *source)
{
    PyObject *globals =
        Py_BuildValue("{ssss}", "__name__", "__main__", "__file__", "main.py");
    PyObject *result;

    CHECK(globals);
    CHECK(PyDict_SetItemString(globals, "__builtins__",
                               PyEval_GetBuiltins()) == 0);
    result = PyRun_String(source, Py_file_input, globals, globals);
    if (!result)
        PyErr_Clear();
    Py_XDECREF(result);
    Py_DECREF(globals);
    return result != NULL;
}

/* Every record of the log is in its chain; how many chains have no end. */
static inline uint64_t
pythons_open_chains(void **state)
{
    static const stk_verify_calls calls = { NULL, NULL, NULL };
    stk_log_summary summary;

    assert_int_equal(
        stk_log_verify(&summary, unit_path(state, "log"), &calls, NULL), 0);
    assert_int_equal(summary.chains, 1);
    return summary.open;
}

#endif
