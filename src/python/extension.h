/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verified extension module, loaded from a sealed memfd (memfd_create(2)):
 * dlopen(3) reads the bytes that were verified, whatever the file says by
 * then.
 */
#ifndef STK_PYTHON_EXTENSION_H
#define STK_PYTHON_EXTENSION_H

#include "guard/evidence.h"
#include "python/state.h"

/*
 * The module of `spec`, from `evidence`'s bytes: what _imp.create_dynamic()
 * gives. A new reference; NULL with ImportError. A descriptor stays open for
 * each content as long as the process lives: dlopen(3) knows a library by
 * its path.
 */
PyObject *stk_extension_create(stk_interp *state, PyObject *spec,
                               stk_evidence *evidence);

/* _imp.exec_dynamic(module). */
PyObject *stk_extension_exec(const stk_interp *state, PyObject *module);

#endif
