/* SPDX-License-Identifier: Apache-2.0 */
/* Who traces the frame that is asked about an import? */
#include "python/asks/traced.h"

#include "python/asks/frame.h"
#include "python/asks/tag.h"
#include "python/later/carrier.h"
#include "python/object/importer.h"

/* A new reference, or NULL. */
static PyObject *
tracer_of(PyFrameObject *frame)
{
    PyObject *tracer = PyObject_GetAttrString((PyObject *)frame, "f_trace");

    PyErr_Clear();
    if (tracer == Py_None)
        Py_CLEAR(tracer);
    return tracer;
}

/* The frame that `frame` called: a new reference, or NULL. */
static PyFrameObject *
frame_within(PyFrameObject *frame)
{
    PyFrameObject *at = PyEval_GetFrame(), *back;

    Py_XINCREF(at);
    while (at && at != frame) {
        back = PyFrame_GetBack(at);
        if (back == frame) {
            Py_DECREF(back);
            return at;
        }
        Py_SETREF(at, back);
    }
    Py_XDECREF(at);
    return NULL;
}

/* The code of a function or of a method, borrowed; or NULL. */
static PyObject *
code_of(const stk_interp *state, PyObject *tracer)
{
    if (tracer && stk_carrier_check(state, tracer))
        tracer = stk_carrier_function(tracer);
    if (tracer && PyMethod_Check(tracer))
        tracer = PyMethod_GET_FUNCTION(tracer);
    return tracer && PyFunction_Check(tracer) ? PyFunction_GET_CODE(tracer)
                                              : NULL;
}

/*
 * `frame` was called to trace the one outside it, as that frame's tracer or
 * as the thread's. A function of the program's is seen on the stack. One of
 * the standard library's does what the object that it is bound to says.
 */
static bool
is_own_tracer(const stk_interp *state, PyFrameObject *frame, PyObject *tracer)
{
    const char *name =
        stk_importer_get(stk_frame_tag(state, frame).importer).name;
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool own =
        name && !stk_policy_in_stdlib(name) &&
        ((PyObject *)code == code_of(state, tracer) ||
         (PyObject *)code == code_of(state, PyThreadState_Get()->c_traceobj));

    Py_DECREF(code);
    return own;
}

enum stk_traced
stk_traced_by(const stk_interp *state, PyFrameObject *frame)
{
    enum stk_traced traced;
    PyFrameObject *within;
    PyObject *tracer;

    if (PyThreadState_Get()->tracing == 0)
        return STK_TRACED_NO;
    within = frame_within(frame);
    tracer = tracer_of(frame);
    traced = tracer ? STK_TRACED_UNKNOWN : STK_TRACED_NO;
    if (within && is_own_tracer(state, within, tracer))
        traced = STK_TRACED_OWN;
    Py_XDECREF(within);
    Py_XDECREF(tracer);
    return traced;
}
