/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling for what CPython 3.8 to 3.13 spell differently. */
#ifndef STK_PYTHON_COMPAT_H
#define STK_PYTHON_COMPAT_H

#include "worker/compat.h"

#include <frameobject.h>

#if PY_VERSION_HEX < 0x03080000
#error "stockade needs CPython 3.8 or newer"
#endif

/* The keyword list of PyArg_ParseTupleAndKeywords(), which lacks a const. */
#define STK_KEYWORDS(names) ((char **)(uintptr_t)(names))

#if PY_VERSION_HEX < 0x030900A4
#define PyObject_Vectorcall    _PyObject_Vectorcall
#define PyInterpreterState_Get _PyInterpreterState_Get

static inline PyCodeObject *
PyFrame_GetCode(PyFrameObject *frame)
{
    Py_INCREF(frame->f_code);
    return frame->f_code;
}

static inline PyFrameObject *
PyFrame_GetBack(PyFrameObject *frame)
{
    Py_XINCREF(frame->f_back);
    return frame->f_back;
}

static inline PyObject *
PyObject_CallNoArgs(PyObject *callable)
{
    return PyObject_CallObject(callable, NULL);
}
#endif

#if PY_VERSION_HEX < 0x030B0000
static inline PyObject *
PyFrame_GetGlobals(PyFrameObject *frame)
{
    return Py_NewRef(frame->f_globals);
}
#endif

#if PY_VERSION_HEX < 0x030C0000
#define PyUnstable_Eval_RequestCodeExtraIndex _PyEval_RequestCodeExtraIndex
#define PyUnstable_Code_GetExtra              _PyCode_GetExtra
#define PyUnstable_Code_SetExtra              _PyCode_SetExtra
#endif

#if PY_VERSION_HEX < 0x030D0000
#define Py_IsFinalizing            _Py_IsFinalizing
#define PyThreadState_GetUnchecked _PyThreadState_UncheckedGet

/* What a weak reference is to: 1; 0 when that is gone; -1. */
static inline int
PyWeakref_GetRef(PyObject *reference, PyObject **out)
{
    PyObject *object = PyWeakref_GetObject(reference);

    *out = object == Py_None ? NULL : Py_XNewRef(object);
    return object ? *out != NULL : -1;
}
#endif

/* "Exception ignored in WHAT OBJECT", with the exception that is set. */
static inline void
stk_write_unraisable(const char *what, PyObject *object)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyErr_FormatUnraisable("Exception ignored in %s %R", what, object);
#else
    char text[64];

    PyOS_snprintf(text, sizeof text, "in %s", what);
    _PyErr_WriteUnraisableMsg(text, object);
#endif
}

#if PY_VERSION_HEX < 0x030B0000
/* The byte offset of the instruction that the frame stands at. */
static inline int
PyFrame_GetLasti(PyFrameObject *frame)
{
#if PY_VERSION_HEX >= 0x030A0000
    return frame->f_lasti < 0 ? -1 : frame->f_lasti * 2;
#else
    return frame->f_lasti;
#endif
}

static inline PyObject *
PyCode_GetCode(PyCodeObject *code)
{
    return Py_NewRef(code->co_code);
}
#endif

/* `python -v`: 3.12 calls the one flag that tells it deprecated. */
static inline bool
stk_is_verbose(void)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return Py_VerboseFlag != 0;
#pragma GCC diagnostic pop
}

#endif
