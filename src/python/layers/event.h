/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One audit event that the policy has a rule for: judged for whoever fires
 * it, recorded, refused. audithook.c asks first whether there is a rule.
 */
#ifndef STK_PYTHON_EVENT_H
#define STK_PYTHON_EVENT_H

#include "python/object/state.h"

/*
 * `args` is the tuple of the event, or NULL. Returns 0, or -1 with
 * EventDenied or another exception. Nothing is judged while an interpreter
 * starts, nor what the import system does for an import that is open: that
 * was judged.
 */
int stk_event_see(const char *event, PyObject *args);

/* Judged by interpfn.c on 3.12 and 3.13, where no hook can refuse it. */
#define STK_EVENT_INTERPRETER "cpython.PyInterpreterState_New"

#endif
