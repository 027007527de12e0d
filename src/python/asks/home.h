/* SPDX-License-Identifier: Apache-2.0 */
/* The namespace that a module's own code runs in. */
#ifndef STK_PYTHON_HOME_H
#define STK_PYTHON_HOME_H

#include "python/asks/frame.h"
#include "python/object/state.h"

/* The body of the module of that number is executed in `dict`. 0, or -1 with
 * an exception. */
int stk_home_note(stk_interp *state, uint32_t number, PyObject *dict);

/* The same, where the module that it is of is at hand. */
int stk_home_note_module(stk_interp *state, uint32_t number, PyObject *module);

/* The same, of the body that importlib's frame, which runs, executes. */
int stk_home_note_body(stk_interp *state, uint32_t number);

/* False for code of that module in a frame whose globals are not the
 * module's: somebody has borrowed it. */
bool stk_home_holds(const stk_interp *state, PyFrameObject *frame,
                    uint32_t number);

/* The interpreter goes. */
void stk_home_forget(stk_interp *state);

#endif
