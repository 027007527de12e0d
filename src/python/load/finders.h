/* SPDX-License-Identifier: Apache-2.0 */
/* `finders = ours`: nobody is asked but Python's own finders, and ours. */
#ifndef STK_PYTHON_FINDERS_H
#define STK_PYTHON_FINDERS_H

#include "python/object/state.h"

/* Before something is looked for. 0, or -1 with an exception. */
int stk_finders_enforce(stk_interp *state);

#endif
