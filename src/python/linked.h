/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared libraries that a verified extension brings along, as wheels do
 * (`numpy.libs`): those that it is linked with and that its run path
 * ($ORIGIN) leads to in the signed tree or bundle that it is of.
 *
 * They are verified as any file there and loaded before the extension, from
 * sealed memfds: the dynamic linker takes what is loaded under a library's
 * name (DT_SONAME) and looks for no file. What the tree does not hold is left
 * to it: the C library, and what an administrator installed.
 */
#ifndef STK_PYTHON_LINKED_H
#define STK_PYTHON_LINKED_H

#include "guard/evidence.h"
#include "python/state.h"

/*
 * Loads what the extension `name` (UTF-8) needs, each recorded with its
 * digest; `extension` still has its bytes. Returns 0; -1 with SignatureError,
 * recorded, where one does not hold, or ImportError where it cannot be
 * loaded.
 */
int stk_linked_load(stk_interp *state, const char *name,
                    stk_evidence_store *store, const stk_evidence *extension);

#endif
