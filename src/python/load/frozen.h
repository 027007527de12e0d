/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules are frozen into this interpreter: no file has them. */
#ifndef STK_PYTHON_FROZEN_H
#define STK_PYTHON_FROZEN_H

#include <stockade/guard.h>

#include "python/object/state.h"

/*
 * Records, once, which of them the policy wants signed: they are the
 * interpreter's binary, and nobody verified them. Where it wants none, or
 * nothing signed at all, nothing is written. Returns 0; -1 with an exception
 * when Python fails, or the record is lost and must not be.
 */
int stk_frozen_record(const stk_interp *state, stk_guard *guard);

#endif
