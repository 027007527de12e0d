/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.SignatureError: what code that is not authentic raises. */
#ifndef STK_PYTHON_SIGNATURE_H
#define STK_PYTHON_SIGNATURE_H

#include "guard/evidence.h"
#include "python/object/state.h"

/* New reference to the class, an ImportError. */
PyObject *stk_signature_class(void);

/* Raises it for module `name` (an exact str); `rule` is the policy's that
 * wants the signature, its file NULL when there is none. Returns -1. */
int stk_signature_raise(const stk_interp *state, PyObject *name,
                        const stk_evidence *evidence,
                        const stk_rule_ref *rule);

#endif
