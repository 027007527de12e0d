/* SPDX-License-Identifier: Apache-2.0 */
/* Python frames, seen from the one that runs outwards. */
#include "python/asks/frame.h"

#include "python/object/name.h"

PyFrameObject *
stk_frame_out(PyFrameObject *frame)
{
    PyFrameObject *back = PyFrame_GetBack(frame);

    Py_DECREF(frame);
    return back;
}

/* `get` is stk_code_tag_get(), or tells of importlib's code its role, too. */
static inline stk_code_tag
get_tag(const stk_interp *state, PyFrameObject *frame,
        stk_code_tag (*get)(const stk_interp *state, PyCodeObject *code))
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    stk_code_tag tag = get(state, code);

    Py_DECREF(code);
    return tag;
}

stk_code_tag
stk_frame_tag(const stk_interp *state, PyFrameObject *frame)
{
    return get_tag(state, frame, stk_code_tag_get);
}

PyFrameObject *
stk_frame_skip_importlib(const stk_interp *state, PyFrameObject *frame)
{
    stk_code_tag tag = { STK_CODE_IMPORTLIB, 0 };
    uint32_t inner;

    while (frame) {
        inner = tag.importer;
        tag = get_tag(state, frame, stk_code_role_get);
        if (tag.kind != STK_CODE_IMPORTLIB ||
            tag.importer == STK_IMPORTLIB_LOCKS ||
            inner == STK_IMPORTLIB_ENTRY)
            break;
        frame = stk_frame_out(frame);
    }
    return frame;
}

bool
stk_frame_is_importlib(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame();

    return frame && stk_frame_tag(state, frame).kind == STK_CODE_IMPORTLIB;
}

bool
stk_frame_strays(const stk_interp *state)
{
    static const char *const names[] = { "_gcd_import",
                                         "_call_with_frames_removed",
                                         "find_spec" };
    PyFrameObject *frame = PyEval_GetFrame();

    if (!stk_frame_is_importlib(state))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (stk_frame_is_named(frame, names[i]))
            return false;
    return true;
}

PyFrameObject *
stk_frame_asking(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame();

    Py_XINCREF(frame);
    return stk_frame_skip_importlib(state, frame);
}

PyObject *
stk_frame_file(PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyObject *file = Py_XNewRef(stk_str_or_null(code->co_filename));

    Py_DECREF(code);
    return file;
}

bool
stk_frame_is_named(PyFrameObject *frame, const char *name)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool found = PyUnicode_CompareWithASCIIString(code->co_name, name) == 0;

    Py_DECREF(code);
    return found;
}

PyFrameObject *
stk_frame_reload(const stk_interp *state, PyFrameObject *frame)
{
    PyFrameObject *outermost = NULL;

    Py_XINCREF(frame);
    while (frame && stk_frame_tag(state, frame).kind == STK_CODE_IMPORTLIB) {
        Py_INCREF(frame);
        Py_XSETREF(outermost, frame);
        frame = stk_frame_out(frame);
    }
    Py_XDECREF(frame);
    if (outermost && !stk_frame_is_named(outermost, "reload"))
        Py_CLEAR(outermost);
    return outermost;
}
