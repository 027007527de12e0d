/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what importlib executes is the body of the module that was found. */
#include "python/attempt/lent.h"

#include "python/asks/frame.h"
#include "python/attempt/open.h"
#include "python/load/origin.h"
#include "python/load/pins.h"
#include "python/object/loaded.h"
#include "python/object/name.h"

int
stk_lent_found(stk_interp *state, stk_attempt_open *at, PyObject *spec)
{
    PyObject *loader = stk_origin_field(state, spec, state->str_loader);
    PyObject *path = loader && !PyType_Check(loader)
                         ? stk_origin_stock_path(state, loader)
                         : NULL;

    Py_XSETREF(at->loader, loader);
    Py_XSETREF(at->path, path);
    if (stk_pins_set(state) < 0)
        return -1;
    at->pins_held = stk_pins_hold(state);
    at->pins_stamp = stk_pins_stamp(state);
    return 0;
}

/* ---- who executes ---------------------------------------------------- */

/* The code of importlib can be borrowed; then it has other globals. */
static bool
is_at_home(const stk_interp *state, PyFrameObject *frame)
{
    PyObject *globals = PyObject_GetAttrString((PyObject *)frame, "f_globals");
    bool found =
        globals &&
        (globals == state->bootstrap_dict ||
         globals == stk_module_namespace("_frozen_importlib_external") ||
         globals == stk_module_namespace("zipimport"));

    Py_XDECREF(globals);
    PyErr_Clear();
    return found;
}

/* A new reference, or NULL without an exception. */
static PyObject *
local_of(PyFrameObject *frame, const char *name)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *value = PyFrame_GetVarString(frame, name);
#else
    PyObject *locals = PyObject_GetAttrString((PyObject *)frame, "f_locals");
    PyObject *value =
        locals ? Py_XNewRef(PyDict_GetItemString(locals, name)) : NULL;

    Py_XDECREF(locals);
#endif
    PyErr_Clear();
    return value;
}

/* The one of frozen modules is a class, and has a function for a method. */
static bool
is_of_loader(const stk_interp *state, const stk_attempt_open *at,
             PyFrameObject *frame)
{
    PyObject *self;
    bool same;

    if (at->loader == state->frozen_importer)
        return true;
    self = local_of(frame, "self");
    same = self && self == at->loader;
    Py_XDECREF(self);
    return same;
}

/*
 * exec_module() of the loader that was found, alone or with importlib's
 * trampoline above it; load_module() of one that reads zips, up to 3.9.
 */
static bool
is_by_loader(const stk_interp *state, const stk_attempt_open *at)
{
    PyFrameObject *frame = PyEval_GetFrame();
    bool found;

    Py_XINCREF(frame);
    if (frame && stk_frame_is_named(frame, "_call_with_frames_removed"))
        frame = stk_frame_out(frame);
    found = frame && stk_frame_tag(state, frame).kind == STK_CODE_IMPORTLIB &&
            (stk_frame_is_named(frame, "exec_module") ||
             stk_frame_is_named(frame, "load_module")) &&
            is_at_home(state, frame) && is_of_loader(state, at, frame);
    Py_XDECREF(frame);
    return found;
}

/* ---- what is executed ------------------------------------------------ */

/* "<frozen NAME>" is not asked for: the function that gives the code away is
 * one of ours, and judges. */
static bool
is_of_path(const stk_interp *state, const stk_attempt_open *at,
           PyCodeObject *code)
{
    PyObject *path, *file = stk_str_or_null(code->co_filename);
    Py_ssize_t length;
    bool same;

    if (!at->path)
        return true;
    path = stk_origin_stock_path(state, at->loader);
    length = path ? PyUnicode_GetLength(path) : 0;
    same = length > 0 && PyUnicode_Compare(path, at->path) == 0;
    /* what has no source is of the file that it was once compiled from */
    if (same && PyUnicode_ReadChar(path, length - 1) != 'c')
        same = file && PyUnicode_Compare(file, path) == 0;
    Py_XDECREF(path);
    return same;
}

/* One of ours executes what it has verified. */
static bool
is_verified(const stk_interp *state, const stk_attempt_open *at,
            const PyCodeObject *code)
{
    return at->loader == state->verified_by &&
           (const PyObject *)code == state->verified_body;
}

bool
stk_lent_is_own(stk_interp *state, stk_attempt_open *at, PyCodeObject *code)
{
    bool first = !at->executed;
    bool verified = at->loader && is_verified(state, at, code);

    if (!at->loader || (!verified && !is_by_loader(state, at)))
        return false;
    at->executed = true;
    if (!first || verified)
        return first;
    return is_of_path(state, at, code) && at->pins_held &&
           stk_pins_hold(state) && stk_pins_stamp(state) == at->pins_stamp;
}
