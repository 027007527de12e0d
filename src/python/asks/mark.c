/* SPDX-License-Identifier: Apache-2.0 */
/* What C does for the frame that runs, beside the imports that it has open. */
#include "python/asks/mark.h"

#include <stdlib.h>

static _Thread_local stk_mark *innermost;

stk_mark *
stk_mark_begin(const stk_interp *state, enum stk_mark_kind kind,
               PyObject *object)
{
    PyFrameObject *frame = PyEval_GetFrame();
    stk_mark *mark = malloc(sizeof *mark);

    if (!mark) {
        PyErr_NoMemory();
        return NULL;
    }
    Py_XINCREF(frame);
    *mark = (stk_mark){ .outer = innermost,
                        .kind = kind,
                        .state = state,
                        .frame = frame,
                        .object = Py_NewRef(object) };
    innermost = mark;
    return mark;
}

void
stk_mark_end(stk_mark *mark)
{
    if (!mark)
        return;
    STK_UNLINK(stk_mark, &innermost, mark);
    Py_XDECREF(mark->frame);
    Py_DECREF(mark->object);
    free(mark);
}

const stk_mark *
stk_mark_find(const stk_interp *state, enum stk_mark_kind kind,
              const PyFrameObject *frame, const stk_mark *within)
{
    const stk_mark *at = within ? within->outer : innermost;

    while (at &&
           (at->frame != frame || at->kind != kind || at->state != state))
        at = at->outer;
    return at;
}
