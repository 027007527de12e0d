/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a guard into a process whose Python runs already. */
#include "python/process/install.h"

#include "python/asks/frame.h"
#include "python/asks/tag.h"
#include "python/layers/layers.h"
#include "python/load/frozen.h"
#include "python/load/unverified.h"
#include "python/load/opencode.h"
#include "python/load/places.h"
#include "python/object/importer.h"
#include "python/remote/isolation.h"
#include "python/signed/pathhook.h"
#include "python/signed/uncaught.h"

/* What stk_install() took; an embedding host frees its own. */
static stk_guard *owned;

/*
 * Runs when Python has finished: what was imported while it went down is
 * still recorded, and a program that ends by a signal after that leaves a
 * whole log.
 */
static void
close_guard(void)
{
    stk_guard *guard = stk_process_guard();

    if (!guard)
        return;
    stk_process_clear_guard(guard);
    stk_guard_close(guard);
    if (guard == owned)
        stk_guard_free(guard);
    owned = NULL;
}

int
stk_install_closing(void)
{
    return Py_AtExit(close_guard);
}

/* The code that is there is named before there is a policy: looking for it
 * imports gc. */
static stk_interp *
prepare_here(void)
{
    stk_interp *state = stk_interp_get();

    if (!state || stk_code_tag_importlib(state) < 0)
        return NULL;
    /* it is not looked at twice: the first tag of a code object stays */
    state->importlib_tagged = true;
    return stk_code_tag_loaded(state) < 0 ? NULL : state;
}

/* site, which Python imports before there is a program, has us installed: no
 * other code is on the stack below it. */
static bool
is_in_site(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame(), *back;
    uint32_t last = 0;
    bool imported = false;

    Py_XINCREF(frame);
    while (frame) {
        stk_code_tag tag = stk_frame_tag(state, frame);

        imported = tag.kind == STK_CODE_IMPORTLIB;
        if (!imported)
            last = tag.importer;
        back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    return imported && last != 0 && last == stk_importer_number("site", 0, 0);
}

static int
attach_here(stk_interp *state)
{
    bool early = is_in_site(state);
    int missing;

    if (stk_audithook_add() < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_RuntimeError,
                            "the audit hook could not be added");
        return -1;
    }
    missing = stk_layers_attach(state);
    if (missing > 0)
        PyErr_SetString(PyExc_RuntimeError,
                        "this interpreter has no import system to guard");
    if (missing != 0 || (!early && stk_places_note(state) < 0) ||
        stk_pathhook_add(state, stk_process_guard()) < 0 ||
        stk_uncaught_mend(state, stk_process_guard()) < 0 ||
        stk_frozen_record(state, stk_process_guard()) < 0 ||
        stk_unverified_loaded(state, stk_process_guard()) < 0)
        return -1;
    state->phase = STK_PHASE_ENFORCE;
    state->program_began = !early;
    return 0;
}

static int
add_hook(stk_guard *guard)
{
    if (stk_opencode_add())
        return 0;
    stk_guard_set_unsigned(guard, STK_OPENCODE_MISSING);
    if (!stk_guard_needs_signatures(guard))
        return 0;
    PyErr_SetString(PyExc_RuntimeError, STK_OPENCODE_MISSING);
    return -1;
}

int
stk_install(stk_guard *guard)
{
    stk_interp *state = prepare_here();

    if (!state)
        return -1;
    if (stk_process_set_guard(guard) < 0) {
        PyErr_SetString(PyExc_RuntimeError,
                        "a guard is installed in this process already");
        return -1;
    }
    if (add_hook(guard) < 0 || attach_here(state) < 0) {
        stk_process_clear_guard(guard);
        return -1;
    }
    if (stk_install_closing() < 0) {
        stk_process_clear_guard(guard);
        PyErr_SetString(PyExc_RuntimeError, "no exit function is left");
        return -1;
    }
    owned = guard;
    stk_isolation_warm(state);
    return 0;
}
