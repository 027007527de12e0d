/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stockade.ImportDenied, a ModuleNotFoundError: `try: import x except
 * ImportError` goes on working. stockade.EventDenied, a PermissionError with
 * errno EPERM: what honest code expects of an operation that fails is an
 * OSError. Attributes: name, importer (str or None), rule ("file:line" or
 * None), reason (str).
 */
#ifndef STK_PYTHON_DENIED_H
#define STK_PYTHON_DENIED_H

#include <stockade/guard.h>

#include "python/object/state.h"

/* A new class, one for each interpreter. */
PyObject *stk_denied_class(void);
PyObject *stk_denied_event_class(void);

/*
 * Raises it for `name` (an exact str). The message ends with the rule's
 * file:line and the `stockade explain` line to type. Returns -1.
 */
int stk_denied_raise(const stk_interp *state, PyObject *name,
                     const stk_importer *importer,
                     const stk_judgement *judgement, const char *detail);

/*
 * What helps where `name` is denied by default to somebody on whose behalf
 * `package`, whose imports are its own business by `closure`, imports it in
 * another way than by a statement. Freed by free(); NULL: nothing.
 */
char *stk_denied_lazily(const char *name, const char *package,
                        const stk_judgement *judgement);

/* As stk_denied_raise() for an audit event: EventDenied. */
int stk_denied_raise_event(const stk_interp *state, const char *event,
                           const stk_importer *importer,
                           const stk_judgement *judgement, const char *detail);

#endif
