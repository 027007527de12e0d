/* SPDX-License-Identifier: Apache-2.0 */
/* A body that no finder was asked for, by the file that it says it is of. */
#ifndef STK_PYTHON_BYFILE_H
#define STK_PYTHON_BYFILE_H

#include "python/object/state.h"

/*
 * `code` is about to be executed, and no import asked for it. 0, or -1 with
 * an exception where its file is that of a module which a rule denies by
 * name.
 */
int stk_byfile_judge(stk_interp *state, PyCodeObject *code);

#endif
