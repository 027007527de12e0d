/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What importlib.reload() has found and not executed yet: it finds and
 * executes in one frame, and nothing else may pass as its module between.
 */
#ifndef STK_PYTHON_ATTEMPT_RELOAD_H
#define STK_PYTHON_ATTEMPT_RELOAD_H

#include "python/attempt/attempt.h"

/* Closes an attempt that was made to find a module and not to load it. When
 * reload() asked, it is kept until the body is executed. */
void stk_attempt_set_aside(stk_attempt_open *attempt);

/* The attempt for the module whose body reload() executes now: what was set
 * aside, or NULL when it is not reload(). */
stk_attempt_open *stk_attempt_reloading(stk_interp *state);

/* It does: nothing else passes as its module. */
void stk_attempt_reloaded(stk_interp *state);

/* Gives back what was set aside in any thread. */
void stk_attempt_forget(stk_interp *state);

#endif
