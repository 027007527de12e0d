/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOCKADE_EMBED_H
#define STOCKADE_EMBED_H

/*
 * A guard around an embedded CPython.
 *
 *     stk_guard_new(&guard, &options, &err)
 *     stk_guard_preinit(guard, &err)        before anything of Python
 *     Py_InitializeFromConfig(&config)      the host's own configuration
 *     stk_guard_postinit(guard, &err)       start-up is over: enforce
 *     ...                                   run what customers wrote
 *     Py_FinalizeEx()
 *     stk_guard_free(guard)
 *
 * Between _preinit() and _postinit() the interpreter imports for itself.
 * These imports are recorded. Refused is only what a rule denies by name,
 * and of that no standard-library module that the standard library asks for:
 * without its own modules Python does not start. A host that forgets
 * _postinit() is guarded from the first code that it runs.
 *
 * A host that chooses another allocator of Python's (PYTHONMALLOC, its
 * development mode) calls Py_PreInitialize() before _preinit(): CPython frees
 * with the new one what it has allocated for the hook.
 *
 * Code that PyRun_*() executes with no Python code below it is the program,
 * `__main__`; code of PyEval_EvalCode() is unknown code.
 *
 * Process-wide effects: one audit hook (PEP 578), which cannot be removed,
 * and the built-in module `_stockade`. One guard per process; a second
 * Py_Initialize after Py_Finalize is guarded by the same one.
 *
 * Threads: _preinit() before Python is initialised; _postinit() with the
 * GIL held.
 */

#include <stockade/error.h>
#include <stockade/guard.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Puts the guard in front of an interpreter that is not initialised yet.
 * Borrows `guard`, which must outlive the interpreter.
 * Returns 0, -STK_E_STATE (Python runs already, or another guard stands),
 * -STK_E_UNSUPPORTED (a Python newer than this build was tested with, and
 * STOCKADE_UNTESTED_PYTHON=1 is not in the environment) or
 * -STK_E_MEMORY.
 */
STK_API int stk_guard_preinit(stk_guard *guard, stk_error *err);

/*
 * Ends start-up: checks that every layer is in place, records which modules
 * that the policy wants signed are frozen into this interpreter, and
 * enforces. Returns 0, -STK_E_STATE when a layer is missing, or -STK_E_AUDIT
 * when the record is lost and must not be.
 */
STK_API int stk_guard_postinit(stk_guard *guard, stk_error *err);

/*
 * What `stockade run` is: an interpreter as python3 would be, guarded.
 * `argv`, of `argc`, is what follows the options of `run`: a script and its
 * arguments, or -m MODULE ..., or -c CODE ... All borrowed for the call.
 */
typedef struct stk_python_run {
    const char *executable; /* for sys.executable; NULL: the python3 this
                               was built for, or that of the active venv */
    const char *package;    /* folder that holds the package `stockade` */
    int argc;
    char **argv;
} stk_python_run;

/*
 * Runs it to its end, finalisation included. Returns the exit status, 0 to
 * 255, or negative with `err` filled when Python could not be started. A
 * program that dies by a signal takes this process with it, as python3
 * would.
 */
STK_API int stk_guard_run_python(stk_guard *guard, const stk_python_run *run,
                                 stk_error *err);

/* The Python this was built for: version "3.11.7", with " (untested)" behind
 * it where that holds; executable; borrowed. */
STK_API const char *stk_python_version(void);
STK_API const char *stk_python_executable(void);

#ifdef __cplusplus
}
#endif
#endif
