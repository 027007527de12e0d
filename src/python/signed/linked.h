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
#include "python/object/state.h"

/*
 * Loads what the extension `name` (UTF-8) needs, each recorded with its
 * digest; `extension` still has its bytes. Returns 0; -1 with SignatureError,
 * recorded, where one does not hold, or ImportError where it cannot be
 * loaded.
 */
int stk_linked_load(stk_interp *state, const char *name,
                    stk_evidence_store *store, const stk_evidence *extension);

/* Where they are handed over to, each after what it needs itself. */
typedef struct stk_linked_to {
    void *payload;
    /* whether that has it; -1 with an exception */
    int (*has)(void *payload, const char *path);
    /* 0; -1 with an exception where it does not hold */
    int (*tell)(void *payload, const stk_evidence *library);
    /* its bytes are in library->source. 1; -1 with an exception */
    int (*give)(void *payload, const stk_evidence *library);
} stk_linked_to;

/* The same for another process: nothing is loaded here. */
int stk_linked_give(const char *name, stk_evidence_store *store,
                    const stk_evidence *extension, const stk_linked_to *to);

#endif
