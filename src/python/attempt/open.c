/* SPDX-License-Identifier: Apache-2.0 */
/* The attempts that are open in this thread. */
#include "python/attempt/open.h"

#include "python/asks/frame.h"
#include "python/asks/mark.h"
#include "python/asks/own.h"
#include "python/object/importer.h"
#include "python/object/name.h"

/* The open attempts of this thread. */
static _Thread_local stk_attempt_open *innermost;

void
stk_open_link(stk_attempt_open *at)
{
    at->outer = innermost;
    innermost = at;
}

void
stk_open_unlink(const stk_attempt_open *at)
{
    STK_UNLINK(stk_attempt_open, &innermost, at);
}

bool
stk_open_other(const stk_attempt_open *at)
{
    return innermost && (innermost != at || innermost->outer);
}

stk_line_memo *
stk_open_line(const PyFrameObject *asking)
{
    stk_interp *state = stk_interp_find();
    stk_attempt_open *at = innermost;

    /* an object of one interpreter is not for another to let go of */
    while (at && (at->asking == asking || at->state != state))
        at = at->outer;
    if (at)
        return &at->line;
    return state ? &state->line : NULL;
}

bool
stk_open_same_name(PyObject *a, PyObject *b)
{
    return a == b || PyUnicode_Compare(a, b) == 0;
}

/* ---- finding one ----------------------------------------------------- */

stk_attempt_open *
stk_attempt_find(const stk_interp *state, PyObject *name)
{
    stk_attempt_open *at = innermost;
    PyFrameObject *asking;

    while (at && (at->state != state || !stk_open_same_name(at->name, name)))
        at = at->outer;
    if (!at)
        return NULL;
    asking = stk_frame_asking(state);
    while (at && (at->asking != asking || at->state != state ||
                  !stk_open_same_name(at->name, name)))
        at = at->outer;
    Py_XDECREF(asking);
    return at;
}

static const stk_attempt_open *
find_at(const stk_interp *state, const PyFrameObject *frame)
{
    const stk_attempt_open *at = innermost;

    while (at && (at->asking != frame || at->state != state))
        at = at->outer;
    return at;
}

bool
stk_attempt_is_amid(const stk_interp *state)
{
    const PyFrameObject *frame = PyEval_GetFrame();

    /* a finder may have the guard import something for itself */
    return find_at(state, frame) ||
           (stk_mark_find(state, STK_MARK_LOOKUP, frame, NULL) &&
            !stk_own_is_at(frame));
}

PyObject *
stk_attempt_at(const stk_interp *state, const PyFrameObject *frame)
{
    const stk_mark *mark = stk_mark_find(state, STK_MARK_LOOKUP, frame, NULL);
    const stk_attempt_open *at = mark ? NULL : find_at(state, frame);

    if (at)
        return at->name;
    if (!mark)
        mark = stk_mark_find(state, STK_MARK_READING, frame, NULL);
    return mark ? mark->object : NULL;
}

stk_attempt_open *
stk_attempt_enter(const stk_interp *state, PyObject *name)
{
    stk_attempt_open *at = stk_attempt_find(state, name);

    if (!at || at->entered)
        return NULL;
    at->entered = true;
    return at;
}

stk_attempt_open *
stk_attempt_loading(const stk_interp *state, PyObject *label)
{
    PyFrameObject *asking = stk_frame_asking(state);
    stk_attempt_open *at = innermost;

    while (at && (at->state != state || at->asking != asking ||
                  !(stk_open_same_name(at->name, label) ||
                    stk_name_ends_with_label(at->name, label))))
        at = at->outer;
    Py_XDECREF(asking);
    return at;
}

/* ---- whose body runs ------------------------------------------------- */

/* Asked for thrice of each import, and the same each time. */
static uint32_t
number_by(stk_attempt_open *at, uint32_t by)
{
    bool closure = at->judgement.decision.reason == STK_REASON_CLOSURE;

    if (at->number == 0 || at->number_by != by ||
        at->number_closure != closure) {
        at->number = stk_importer_number(
            at->utf8.text,
            (closure ? STK_REQUEST_CLOSURE : 0) |
                (at->is_stranger ? STK_REQUEST_STRANGER : 0),
            by);
        at->number_by = by;
        at->number_closure = closure;
    }
    return at->number;
}

/* For a body that code of `loader` executes, 0: importlib's own. The finder
 * that chose it may be of the making of whoever asked: he is held to it. */
static uint32_t
number_of(stk_attempt_open *at, uint32_t loader)
{
    stk_importer whose = stk_importer_get(loader);
    uint32_t by;

    if (loader == 0)
        return number_by(at, at->brought_by);
    by = stk_asker_of_program(&at->asker);
    if (by == 0)
        by = stk_importer_brought_by(loader) & ~STK_LOADED_BY;
    by = stk_importer_number(whose.name, whose.flags, by);
    return by ? number_by(at, by | STK_LOADED_BY) : 0;
}

uint32_t
stk_attempt_loaded(const stk_interp *state, const PyFrameObject *asking,
                   uint32_t loader)
{
    stk_attempt_open *at = innermost;

    while (at && (at->state != state || at->asking != asking))
        at = at->outer;
    /* before it is recorded, a finder is at work */
    return at && at->recorded ? number_of(at, loader) : 0;
}

stk_attempt_open *
stk_attempt_executing(const stk_interp *state, uint32_t *number)
{
    PyFrameObject *asking = stk_frame_asking(state);
    stk_attempt_open *at = innermost;

    while (at && (at->state != state || at->asking != asking))
        at = at->outer;
    Py_XDECREF(asking);
    if (at)
        *number = number_of(at, 0);
    return at;
}

uint32_t
stk_attempt_number(stk_attempt_open *at)
{
    return number_of(at, 0);
}

void
stk_attempt_set_quick(stk_attempt_open *at, bool quick)
{
    at->quick = quick;
    at->executed = true;
}

bool
stk_attempt_is_quick(const stk_interp *state, const PyFrameObject *asking,
                     uint32_t importer)
{
    stk_attempt_open *at = innermost;

    while (at && (!at->quick || at->state != state || at->asking != asking ||
                  number_of(at, 0) != importer))
        at = at->outer;
    return at != NULL;
}

bool
stk_attempt_executes(const stk_interp *state, const PyFrameObject *asking,
                     uint32_t loader, uint32_t importer)
{
    stk_attempt_open *at = innermost;

    while (at && (at->state != state || at->asking != asking ||
                  number_of(at, loader) != importer))
        at = at->outer;
    return at != NULL;
}
