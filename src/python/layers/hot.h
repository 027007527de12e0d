/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cached statements that need no more thought: the name is free for
 * everybody, and this importer's attempt is recorded.
 */
#ifndef STK_PYTHON_HOT_H
#define STK_PYTHON_HOT_H

#include <stdbool.h>

#include "python/object/state.h"

/* One statement: the two objects that it names by identity, and who asks. */
typedef struct stk_hot_key {
    PyObject *name;     /* an interned str */
    PyObject *fromlist; /* a tuple, or NULL */
    uint32_t importer;
} stk_hot_key;

/* The entry of this statement under the policy in force, or NULL. */
stk_hot *stk_hot_find(stk_interp *state, const stk_hot_key *key);

/* Remembers it, unless the policy wants every repeat written; `generation`
 * is that of the policy that was asked, or of one before. */
void stk_hot_keep(stk_interp *state, const stk_hot_key *key,
                  uint64_t generation);

/*
 * True when `import name` has nothing left to do but hand `module` out: it
 * was seen fully initialised, and nothing was loaded since. CPython asks
 * module.__spec__._initializing each time; that goes from true to false once
 * in a module's life.
 */
bool stk_hot_is_ready(const stk_interp *state, const stk_hot *hot,
                      PyObject *module);

/* Notes what the statement gave, when that makes it ready. */
void stk_hot_note(const stk_interp *state, stk_hot *hot, PyObject *module);

#endif
