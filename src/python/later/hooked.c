/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks that are attributes, and bare callables in them. */
#include "python/later/hooked.h"

#include "python/asks/frame.h"
#include "python/later/carrier.h"
#include "python/later/handover.h"
#include "python/object/importer.h"
#include "python/object/loaded.h"
#include "python/process/ending.h"

/* CPython tells of the beginning of such a call and not of its end: that is
 * over as soon as the frame goes on. The frame is not held, lest what is in it
 * lives longer than without us. */
static _Thread_local struct {
    const PyFrameObject *frame;
    uintptr_t stack; /* where no frame is: of C */
    int instruction;
    bool any;
} bare;

/* A function of Python's has a frame, and a carrier says who asks; CPython's
 * own are in C, and of the module sys. */
static bool
is_free(const stk_interp *state, PyObject *hook)
{
    PyObject *of;

    hook = stk_ending_shown_by(hook);
    if (stk_carrier_check(state, hook) || stk_handover_code(hook))
        return true;
    of = PyCFunction_Check(hook) ? PyCFunction_GET_SELF(hook) : NULL;
    return of && PyModule_Check(of) && PyModule_GetDict(of) == state->sys_dict;
}

void
stk_hooked_see(const stk_interp *state, PyObject *hook)
{
    PyFrameObject *frame = PyEval_GetFrame();

    bare.any = !is_free(state, hook);
    bare.frame = frame;
    bare.instruction = frame ? PyFrame_GetLasti(frame) : 0;
    bare.stack = (uintptr_t)__builtin_frame_address(0);
}

/* The hook is called by what has told of it, a little further out. */
#define FURTHER 4096u

/* threading has its hook called by a function of its own. */
static bool
is_threadings(const stk_interp *state, PyFrameObject *frame)
{
    PyObject *dict, *hook;

    if (!stk_frame_is_named(frame, "invoke_excepthook") ||
        stk_frame_tag(state, frame).importer !=
            stk_importer_number("threading", 0, 0))
        return false;
    dict = stk_module_namespace("threading");
    hook = dict ? PyDict_GetItemString(dict, "excepthook") : NULL;
    return !hook ||
           (!PyCFunction_Check(hook) && !stk_carrier_check(state, hook) &&
            !stk_handover_code(hook));
}

bool
stk_hooked_at(const stk_interp *state, PyFrameObject *frame)
{
    if (frame && is_threadings(state, frame))
        return true;
    if (!bare.any || bare.frame != frame)
        return false;
    if (frame)
        bare.any = PyFrame_GetLasti(frame) == bare.instruction;
    else
        bare.any =
            (uintptr_t)__builtin_frame_address(0) < bare.stack + FURTHER;
    return bare.any;
}
