/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stockade.VerifiedLoader: the loader (PEP 451) of a module whose bytes were
 * verified. They are held in private memory from the verification to the
 * execution; __pycache__ is never read.
 */
#ifndef STK_PYTHON_VERIFIED_H
#define STK_PYTHON_VERIFIED_H

#include "guard/evidence.h"
#include "python/asks/tag.h"
#include "python/object/state.h"

/* New reference to the type. */
PyObject *stk_verified_type(void);

/*
 * The spec of module `name` (an exact str) with its loader: a new reference.
 * Takes over what `evidence` holds; `store` is borrowed.
 */
PyObject *stk_verified_spec(stk_interp *state, PyObject *name,
                            stk_evidence_store *store, stk_evidence *evidence);

/* Its loader alone, likewise. */
PyObject *stk_verified_loader(const stk_interp *state, PyObject *name,
                              stk_evidence_store *store,
                              stk_evidence *evidence);

/* True for a loader of ours whose module is source or marshalled code. */
bool stk_verified_is_source(const stk_interp *state, PyObject *loader);

/* The code of its module, a new reference; NULL with an exception. Its body
 * is tagged, and all that it holds; with NULL it is left to who executes it.
 */
PyObject *stk_verified_code(PyObject *loader, const stk_code_tag *tag);

/* What stk_signed_cached() says of its file. */
PyObject *stk_verified_cached(const stk_interp *state, PyObject *loader);

/* The verified bytes of a file of the tree that `loader` is of, as its
 * get_data(): a new reference. */
PyObject *stk_verified_read(PyObject *loader, PyObject *path);

/* What it was made from; borrowed as long as the loader. */
const stk_evidence *stk_verified_evidence(PyObject *loader,
                                          stk_evidence_store **store);

/* Raises SignatureError for the module of `loader`. Returns -1. */
int stk_verified_raise(PyObject *loader, const stk_evidence *why);

#endif
