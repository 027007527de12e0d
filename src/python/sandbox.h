/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stockade.Sandbox: a box that strings of code run in. It has a worker for
 * them, made anew when that died or another name asks, and one for each
 * package that was imported into it.
 */
#ifndef STK_PYTHON_SANDBOX_H
#define STK_PYTHON_SANDBOX_H

#include "python/remote.h"

/* sandboxobject.c: the type, for isolation.c; a box of this profile. New
 * references. */
PyObject *stk_sandbox_type(void);
PyObject *stk_sandbox_new(stk_interp *state, PyObject *profile);

/* One string of code. */
typedef struct stk_sandbox_job {
    PyObject *source, *name, *inputs; /* borrowed; str, str, dict or None */
    uint64_t timeout_ns;
} stk_sandbox_job;

/* sandboxrun.c: a RunResult; what the code raised, or SandboxTimeout and
 * WorkerDied, which then have it as their `result`. */
PyObject *stk_sandbox_run(stk_remote *remote, const stk_sandbox_job *job);

/* The types of what stk_sandbox_run() returns. 0 or -1. */
int stk_sandbox_types(stk_isolation *isolation);

#endif
