/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers that see an import, one file each. Each makes its Python
 * object once for an interpreter; attach.c puts them in place.
 */
#ifndef STK_PYTHON_LAYERS_H
#define STK_PYTHON_LAYERS_H

#include "python/object/state.h"

struct stk_attempt_open;
struct stk_walked;

/* audithook.c: the PEP 578 hook of the process. 0, or -1 with an exception
 * when Python runs; before that, -1 alone. */
int stk_audithook_add(void);

/* Tags the body of the module of `attempt`, and all that it holds, as code of
 * importer number `importer`. 0, or -1 with an exception. */
int stk_audithook_body(stk_interp *state, PyCodeObject *code,
                       const struct stk_attempt_open *attempt,
                       uint32_t importer);
/* False where that tags more than the body as what it is. */
bool stk_audithook_is_plain(const struct stk_attempt_open *attempt,
                            uint32_t importer);

/*
 * A function that stands before another one carries it: whoever wraps ours
 * and takes the wrapper off again leaves what was there before. `original`
 * is borrowed; NULL stands for CPython's own. New references.
 */

/* importfn.c: builtins.__import__. */
PyObject *stk_importfn_new(PyObject *original);
bool stk_importfn_check(PyObject *object);

/* In place of CPython's own in a copy of the builtins. 0 or -1. */
int stk_importfn_mend(PyObject *dict, const stk_interp *state);

/* findload.c: _frozen_importlib._find_and_load. */
PyObject *stk_findload_new(PyObject *original);
bool stk_findload_check(PyObject *object);

/* findspec.c: _frozen_importlib._find_spec. */
PyObject *stk_findspec_new(PyObject *original);
bool stk_findspec_check(PyObject *object);

/* The same walk in C, for an attempt that is open: a new reference, judged
 * and recorded. NULL without an exception where importlib is to walk. */
PyObject *stk_findspec_walk(stk_interp *state,
                            struct stk_attempt_open *attempt,
                            PyObject *const *query, struct stk_walked *out);
/* For one that runs in a worker. */
PyObject *stk_findspec_worker(stk_interp *state,
                              struct stk_attempt_open *attempt,
                              PyObject *const *query, struct stk_walked *out);

/* lookup.c: importlib.util.find_spec. */
PyObject *stk_lookup_new(PyObject *original);
bool stk_lookup_check(PyObject *object);

/* impfn.c: the functions of _imp. What stood in the places of those that had
 * to be put back, by whose code; NULL: that is not known. */
typedef struct stk_impfn_mended {
    const char *whose[STK_IMP_FUNCTIONS];
    size_t n;
} stk_impfn_mended;

/* 0 or -1. */
int stk_impfn_mend(stk_interp *state, stk_impfn_mended *mended);

/* Those that a copy of _imp has in its namespace `dict`. 0 or -1. */
int stk_impfn_mend_copy(PyObject *dict);

/* One of ours, before CPython's own. */
bool stk_impfn_check(PyObject *object);

/* thread.c: what starts threads, in the namespace of _thread or threading.
 * 0 or -1. */
int stk_thread_mend(PyObject *dict);

/* audithook.c: those who ask now make the next interpreter of this thread. */
void stk_audithook_note_creators(void);

/* interpfn.c: what makes interpreters, or runs code in them, in the namespace
 * of _interpreters (3.12: _xxsubinterpreters). 0 or -1. */
int stk_interpfn_mend(PyObject *dict);

/* finder.c: the first of sys.meta_path. New reference. */
PyObject *stk_finder_new(void);

/* embed.c: sees to it that the next Python of an embedding process has the
 * hook, too. 0, or -1 with an exception. */
int stk_embed_attached(void);

/* attach.c */

/* Puts every layer in. Returns 0, 1 when the interpreter is not so far
 * yet, or -1 with an exception. */
int stk_layers_attach(stk_interp *state);

/*
 * tripwire.c: puts back what was removed, replaced or overtaken, and records
 * it as tampering by the code that runs now. At every event that is not a
 * cached repeat. Returns 0, or -1 with an exception.
 */
int stk_tripwire(stk_interp *state);

/* The same for the first time: nothing was tampered with yet. */
int stk_tripwire_set(stk_interp *state);

#endif
