/* SPDX-License-Identifier: Apache-2.0 */
/* A verified extension module, loaded from a sealed memfd. */
#ifndef STK_PYTHON_EXTENSION_H
#define STK_PYTHON_EXTENSION_H

#include "guard/evidence.h"
#include "python/object/state.h"

/*
 * The module `name` of `spec`, from `evidence`'s bytes: what
 * _imp.create_dynamic() gives. The libraries that it brings along are loaded
 * before it. A new reference; NULL with ImportError.
 */
PyObject *stk_extension_create(stk_interp *state, PyObject *name,
                               PyObject *spec, stk_evidence_store *store,
                               stk_evidence *evidence);

/* _imp.exec_dynamic(module). */
PyObject *stk_extension_exec(const stk_interp *state, PyObject *module);

#endif
