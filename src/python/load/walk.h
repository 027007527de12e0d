/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where importlib's PathFinder and FileFinder would find a module, told in C.
 * What they keep of folders is read, and written by their own functions.
 */
#ifndef STK_PYTHON_WALK_H
#define STK_PYTHON_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "python/object/state.h"

/* What was found beside the spec. */
typedef struct stk_walked {
    PyObject *path; /* strong: the file */
    struct stat st; /* of it */
} stk_walked;

/*
 * True while sys.meta_path is ours and the three that Python puts there, and
 * all that they are made of is as it was. Nothing else may be asked.
 */
bool stk_walk_is_stock(stk_interp *state);

/* True while what they are made of is as it was, and sys.meta_path begins with
 * ours. */
bool stk_walk_is_ours(stk_interp *state);

/*
 * The spec of module `name` (exact) along `path`, the parent's, or sys.path
 * for None. A new reference; NULL without an exception where importlib is to
 * look itself, which it then does from the beginning; NULL with what a path
 * hook has raised.
 */
PyObject *stk_walk_find(stk_interp *state, PyObject *name, PyObject *path,
                        stk_walked *out);

/* The same without what was found beside it, as long as importlib would be as
 * it was. */
PyObject *stk_walk_spec(stk_interp *state, PyObject *name, PyObject *path);

void stk_walk_clear(stk_walked *walked);

#endif
