/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs in the midst of anything: tracers, profilers, audit hooks,
 * callbacks of sys.monitoring. Only what has no frame of its own needs to be
 * carried, and what a library lends.
 */
#include "python/later/hooks.h"

#include <string.h>

#include "python/asks/frame.h"
#include "python/asks/tag.h"
#include "python/later/handover.h"
#include "python/object/carry.h"
#include "python/object/importer.h"

/* What a tracer returns is called, too: its own code does not tell whose that
 * is. The standard library's (bdb, trace) and the program's return their own,
 * or what they have got themselves. */
static bool
is_free_tracer(const stk_interp *state, PyObject *function)
{
    PyCodeObject *code = stk_handover_code(function);
    const char *name =
        code ? stk_importer_get(stk_code_tag_get(state, code).importer).name
             : NULL;

    return name && stk_handover_is_own(state, function) &&
           (stk_policy_in_stdlib(name) || !strcmp(name, "__main__"));
}

static const stk_handover tracer = { 0, "function", STK_CARRIER_TRACER,
                                     is_free_tracer };
static const stk_handover hook = { 0, "hook", STK_CARRIER_CALL,
                                   stk_handover_is_known };
static const stk_handover callback = { 2, "func", STK_CARRIER_CALL,
                                       stk_handover_is_known };

/* A thread sets what it finds in an attribute of threading's: what somebody
 * has handed over is carried there already, a bare callable is whose? */
static bool
is_left(const stk_interp *state, PyObject *args)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyObject *function =
        PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : NULL;

    return frame && function && PyCallable_Check(function) &&
           !stk_carrier_check(state, function) &&
           !stk_handover_code(function) &&
           stk_frame_is_named(frame, "_bootstrap_inner") &&
           stk_frame_tag(state, frame).importer ==
               stk_importer_number("threading", 0, 0);
}

static PyObject *
set_left(stk_interp *state, PyObject *original, PyObject *function)
{
    PyObject *carrier = stk_carrier_left(state, function, STK_CARRIER_TRACER);
    PyObject *result = carrier ? PyObject_CallOneArg(original, carrier) : NULL;

    Py_XDECREF(carrier);
    return result;
}

static PyObject *
set_tracer(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_handover_state();

    if (state && is_left(state, args))
        return set_left(state, stk_carried(self), PyTuple_GET_ITEM(args, 0));
    return stk_handover_call(&tracer, stk_carried(self), args, kwargs);
}

static PyObject *
get_tracer(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return stk_handover_ask(STK_BACK_CODE, stk_carried(self), args, kwargs);
}

static PyObject *
add_hook(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return stk_handover_call(&hook, stk_carried(self), args, kwargs);
}

static PyObject *
set_callback(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return stk_handover_call(&callback, stk_carried(self), args, kwargs);
}

/* Their docs are those of CPython's own. */
static PyMethodDef of_monitoring =
    STK_HANDOVER_DEFINE("register_callback", set_callback);
static PyMethodDef of_sys[] = {
    STK_HANDOVER_DEFINE("settrace", set_tracer),
    STK_HANDOVER_DEFINE("setprofile", set_tracer),
    STK_HANDOVER_DEFINE("_settraceallthreads", set_tracer),
    STK_HANDOVER_DEFINE("_setprofileallthreads", set_tracer),
    STK_HANDOVER_DEFINE("addaudithook", add_hook),
    STK_HANDOVER_DEFINE("gettrace", get_tracer),
    STK_HANDOVER_DEFINE("getprofile", get_tracer),
};

int
stk_hooks_mend_sys(PyObject *dict)
{
    PyObject *monitoring = PyDict_GetItemString(dict, "monitoring");

    for (size_t i = 0; i < sizeof of_sys / sizeof *of_sys; i++)
        if (stk_handover_builtin(dict, "sys", &of_sys[i]) < 0)
            return -1;
    return monitoring && PyModule_Check(monitoring)
               ? stk_handover_builtin(PyModule_GetDict(monitoring),
                                      "sys.monitoring", &of_monitoring)
               : 0;
}

/* It is set in each thread that is started from then on. */
static PyObject *
set_threads_tracer(PyObject *function, PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 0, "func", STK_CARRIER_TRACER,
                                      is_free_tracer };

    return stk_handover_call(&how, function, args, kwargs);
}

/* C's own way to have something called in the midst of anything, by the main
 * thread: CPython's test modules have it. */
static PyObject *
add_pending(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const stk_handover how = { 0, "callback", STK_CARRIER_CALL,
                                      stk_handover_is_known };

    return stk_handover_call(&how, stk_carried(self), args, kwargs);
}

int
stk_hooks_mend_testcapi(PyObject *dict)
{
    static PyMethodDef defs[] = {
        STK_HANDOVER_DEFINE("_pending_threadfunc", add_pending),
        STK_HANDOVER_DEFINE("pending_threadfunc", add_pending)
    };

    return stk_handover_builtin(dict, "_testcapi", &defs[0]) < 0 ||
                   stk_handover_builtin(dict, "_testinternalcapi", &defs[1]) <
                       0
               ? -1
               : 0;
}

int
stk_hooks_mend_threading(PyObject *dict)
{
    return stk_handover_function(dict, "settrace", set_threads_tracer) < 0 ||
                   stk_handover_function(dict, "setprofile",
                                         set_threads_tracer) < 0
               ? -1
               : 0;
}
