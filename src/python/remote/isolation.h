/* SPDX-License-Identifier: Apache-2.0 */
/* What an interpreter keeps of the workers that its modules run in. */
#ifndef STK_PYTHON_ISOLATION_H
#define STK_PYTHON_ISOLATION_H

#include "python/object/state.h"
#include "worker/objects.h"

typedef struct stk_isolation stk_isolation;
struct stk_isolation {
    /* strong; the exceptions of the package */
    PyObject *sandbox_error, *sandbox_timeout, *worker_died, *remote_error;

    /* strong; types */
    PyObject *remote_type;                   /* of remote.c: a worker */
    PyObject *proxy_types[STK_OBJECT_KINDS]; /* of proxy.c */
    PyObject *await_type;                    /* of proxyawait.c, once needed */
    PyObject *written_type;             /* of proxysignature.c, once needed */
    PyObject *module_type;              /* of remotemodule.c, once needed */
    PyObject *loader_type;              /* of loader_worker.c */
    PyObject *sealed_type;              /* of sealedbytes.c */
    PyObject *box_type;                 /* of sandboxobject.c */
    PyObject *result_type, *usage_type; /* of sandboxrun.c */

    PyObject *foreign_type; /* of loader_foreign.c */

    PyObject *workers; /* strong; {package: worker} */
    PyObject *loaders; /* strong; of loaders.c, by their names */

    PyObject *zones;    /* strong; list: the time zones of the host, or NULL */
    PyObject *loggers;  /* strong; {package: set}: of remoteoutput.c */
    unsigned n_loggers; /* in all of them */
};

/* Made when there is none; NULL with an exception. */
stk_isolation *stk_isolation_get(stk_interp *state);

/* For state.c, at the end of an interpreter. NULL is fine. */
void stk_isolation_free(stk_isolation *isolation);

/* Puts the exceptions into the extension module. 0 or -1. */
int stk_isolation_show(stk_interp *state, PyObject *module);

/* Tells guard/isolate.h how workers of this interpreter are started, when
 * nobody did. 0, or -1 with an exception. */
int stk_isolation_prepare(stk_interp *state);

/*
 * Has workers ready where a profile of the policy in force says `start =
 * on_install`. Waits for what they preload beside the standard library, and
 * for nothing else. What goes wrong is left to whoever wants one and is told.
 */
void stk_isolation_warm(stk_interp *state);

#endif
