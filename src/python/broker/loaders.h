/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The finders of [loader NAME], each in a worker: asked for one module at a
 * time. What they answer is believed in nothing but the bytes of the source.
 */
#ifndef STK_PYTHON_LOADERS_H
#define STK_PYTHON_LOADERS_H

#include "guard/evidence.h"
#include "python/attempt/attempt.h"
#include "python/remote/remote.h"

/* What is asked. All borrowed. */
typedef struct stk_fetching {
    const stk_policy *policy;
    const stk_loader_rule *rule;
    PyObject *name;   /* exact str */
    const char *text; /* the same in UTF-8 */
    bool is_signed;
    stk_evidence_store *evidence;
} stk_fetching;

/* What came back; all strong. */
typedef struct stk_fetched {
    PyObject *remote; /* the worker */
    PyObject *spec;   /* a proxy; NULL: there is no such module */
    PyObject *source; /* exact bytes, text without NUL; NULL: it stays there */
    PyObject *origin; /* str, made up here: "<loader NAME>/a/b.py" */
    PyObject *folder; /* str, of a package; NULL of anything else */
    stk_evidence evidence; /* where it must be signed */
} stk_fetched;

#define STK_FETCHED_INIT                                                      \
    {                                                                         \
        NULL, NULL, NULL, NULL, NULL, STK_EVIDENCE_INIT                       \
    }

/*
 * Asks the finder, which is made in a worker when there is none. 0, or -1 with
 * ImportError, whatever it did; only what is to end the host is let through.
 * A signature that does not hold is no error: `out->evidence` says so. `out`
 * is STK_FETCHED_INIT; the caller clears it in any case.
 */
int stk_loaders_fetch(stk_interp *state, const stk_fetching *asked,
                      stk_fetched *out);
/* The same, without the source and its signatures. */
int stk_loaders_find(stk_interp *state, const stk_fetching *asked,
                     stk_fetched *out);
void stk_fetched_clear(stk_fetched *fetched);

/* The text of the ImportError that is set, for a record; it stays set. False
 * where another exception is. */
bool stk_loaders_failure(char *out, size_t size);

/* ---- loader_foreign.c ------------------------------------------------ */

/* The type of their loaders. New reference. */
PyObject *stk_foreign_type(void);

/* The spec of an open attempt whose name a loader serves, recorded: a new
 * reference, None, or NULL with an exception. */
PyObject *stk_foreign_find(stk_interp *state, stk_attempt_open *attempt,
                           PyObject *name);

/* True for the loader of a module that stays in the finder's worker. */
bool stk_foreign_stays(PyObject *loader);

/* What stays in the worker of `rule` must be in that sandbox, or in none: 0,
 * or -1 with ImportError. */
int stk_foreign_check_sandbox(const stk_loader_rule *rule, const char *sandbox,
                              PyObject *name);

/* ---- loader_again.c -------------------------------------------------- */

/* Finds a module that was found before, in another worker, under the policy
 * in force. `stays`: the module itself is there. 0, or -1 with ImportError;
 * `out` as above. */
int stk_loaders_again(stk_interp *state, PyObject *name, bool stays,
                      stk_fetched *out);

/* How they are called in records. */
#define STK_FOREIGN_LOADER "stockade.ForeignLoader"

#endif
