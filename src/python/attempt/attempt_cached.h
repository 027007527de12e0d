/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to import a module that is loaded already, or that is only
 * looked up: no later layer sees it, so nothing is left open.
 */
#ifndef STK_PYTHON_ATTEMPT_CACHED_H
#define STK_PYTHON_ATTEMPT_CACHED_H

#include <stdbool.h>

#include "python/object/state.h"

/* Judges it and records it as `cached =` says: 0, or -1 with an exception. */
int stk_attempt_cached(stk_interp *state, PyObject *name, PyObject *module);

/* The same; tells whether everybody may import `name` and this attempt was
 * recorded before: then there is nothing to think of the next time. */
int stk_attempt_cached_settled(stk_interp *state, PyObject *name,
                               PyObject *module, bool *is_settled);

/* The same of what sys.modules has under that name: 0 where it has nothing. */
int stk_attempt_if_loaded(stk_interp *state, PyObject *name);

/*
 * The module that was handed out for `name` may be another one, under an
 * alias: judges that one's own name, too. Returns 0 when there was nothing
 * to judge, 1 when that was allowed, or -1 with an exception.
 */
int stk_attempt_alias(stk_interp *state, PyObject *name, PyObject *module);

#endif
