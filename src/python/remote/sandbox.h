/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stockade.Sandbox: a box that strings of code run in. It has a worker for
 * them, made anew when that died or another name asks, and one for each
 * package that was imported into it.
 */
#ifndef STK_PYTHON_SANDBOX_H
#define STK_PYTHON_SANDBOX_H

#include "python/remote/remote.h"

typedef struct stk_sandbox {
    PyObject_HEAD stk_profile *profile; /* owned */
    PyObject *runner;                   /* strong; the worker, or NULL */
    PyObject *modules;                  /* strong; {name: (worker, module)} */
    PyObject *retired; /* strong; list: workers that somebody may still hold */
    bool closed;
} stk_sandbox;

/* sandboxobject.c: the type, for isolation.c; a box of this profile. New
 * references. */
PyObject *stk_sandbox_type(void);
PyObject *stk_sandbox_new(stk_interp *state, PyObject *profile);

/* sandboximport.c: SandboxError when it is closed. 0 or -1. */
int stk_sandbox_check(const stk_sandbox *box);
/* A worker of the box, for code of this name: strings, or the package. New
 * reference. */
PyObject *stk_sandbox_worker(stk_sandbox *box, PyObject *name, bool strings);
/* The module, anew. New reference. */
PyObject *stk_sandbox_import(stk_sandbox *box, PyObject *name);

/* One string of code. */
typedef struct stk_sandbox_job {
    PyObject *source, *name, *inputs; /* borrowed; str, str, dict or None */
    uint64_t timeout_ns;
} stk_sandbox_job;

/* sandboxrun.c: whether it can be run; `timeout_ns` is the profile's deadline,
 * or less. 0 or -1. */
int stk_sandbox_check_job(stk_sandbox_job *job, PyObject *timeout,
                          const stk_profile *profile);
/* A RunResult; what the code raised, or SandboxTimeout and
 * WorkerDied, which then have it as their `result`. */
PyObject *stk_sandbox_run(stk_remote *remote, const stk_sandbox_job *job);

/* The types of what stk_sandbox_run() returns. 0 or -1. */
int stk_sandbox_types(stk_isolation *isolation);

#endif
