/* SPDX-License-Identifier: Apache-2.0 */
/* What importlib.reload() has found and not executed yet. */
#include "python/attempt/attempt_reload.h"

#include "python/asks/frame.h"
#include "python/attempt/open.h"

/*
 * What importlib.reload() of this thread has found and not executed yet;
 * `asking` is the frame of reload() itself. Where it is linked, or where the
 * list ends: it is of the interpreter, which alone may let go of its objects.
 */
static stk_attempt_open **
find_aside(stk_interp *state)
{
    stk_attempt_open **link = &state->aside;

    while (*link && (*link)->thread != PyThread_get_thread_ident())
        link = &(*link)->outer;
    return link;
}

static void
drop_aside(stk_attempt_open **link)
{
    stk_attempt_open *at = *link;

    if (!at)
        return;
    *link = at->outer;
    stk_attempt_free(at);
}

void
stk_attempt_set_aside(stk_attempt_open *at)
{
    stk_interp *state = at->state;
    PyFrameObject *reload = stk_frame_reload(state, PyEval_GetFrame());

    stk_open_unlink(at);
    if (!reload) {
        stk_attempt_free(at);
        return;
    }
    Py_XSETREF(at->asking, reload);
    drop_aside(find_aside(state));
    at->thread = PyThread_get_thread_ident();
    at->outer = state->aside;
    state->aside = at;
}

stk_attempt_open *
stk_attempt_reloading(stk_interp *state)
{
    PyFrameObject *reload = stk_frame_reload(state, PyEval_GetFrame());
    stk_attempt_open *at = reload ? *find_aside(state) : NULL;

    if (at && at->asking != reload)
        at = NULL;
    Py_XDECREF(reload);
    return at;
}

void
stk_attempt_reloaded(stk_interp *state)
{
    drop_aside(find_aside(state));
}

void
stk_attempt_forget(stk_interp *state)
{
    while (state->aside)
        drop_aside(&state->aside);
}
