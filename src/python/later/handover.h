/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that hand a callable over, to be called by somebody else. */
#ifndef STK_PYTHON_HANDOVER_H
#define STK_PYTHON_HANDOVER_H

#include "python/later/carrier.h"
#include "python/object/state.h"

/* Where such a function has the callable. */
typedef struct stk_handover {
    Py_ssize_t at;    /* among the arguments */
    const char *name; /* the same as a keyword, or NULL */
    stk_carrier_kind kind;
    /* the callable asks by itself, or for nobody; or NULL */
    bool (*is_free)(const stk_interp *state, PyObject *function);
} stk_handover;

/* A row of PyMethodDef for a function that stands before one of CPython's,
 * whose doc it has. */
#define STK_HANDOVER_DEFINE(name, function)                                   \
    {                                                                         \
        (name), (PyCFunction)(void (*)(void))(function),                      \
            METH_VARARGS | METH_KEYWORDS, NULL                                \
    }

/* Calls `original` with the callable carried for those who ask now. */
PyObject *stk_handover_call(const stk_handover *how, PyObject *original,
                            PyObject *args, PyObject *kwargs);

/*
 * What whoever asks for it is given of a callable that is carried. Honest
 * code asks whether it is its own still (asyncio, unittest, coverage do).
 */
typedef enum stk_given_back {
    /* What has code of Python's, as it was set. What is bare stays carried,
     * should somebody set it again. */
    STK_BACK_CODE,
    /* All, as it was set. Who sets again what he was given back, to restore
     * it, does not begin to ask for it: the carrier is kept for as long as
     * somebody else has what it carries. */
    STK_BACK_ALL
} stk_given_back;

/* What `original` had set, `result`, which is taken; NULL is an exception that
 * is set. A new reference, or NULL likewise. */
PyObject *stk_handover_back(stk_interp *state, stk_given_back back,
                            PyObject *result);

/* stk_handover_call() where `original` returns what was set before, and all of
 * that is given back. */
PyObject *stk_handover_swap(const stk_handover *how, PyObject *original,
                            PyObject *args, PyObject *kwargs);

/* Calls `original`, which returns what was set, and gives that back. */
PyObject *stk_handover_ask(stk_given_back back, PyObject *original,
                           PyObject *args, PyObject *kwargs);

/* stk_handover_call() in what it would be called with: both are held by the
 * caller, and replaced. 0, or -1 with an exception. */
int stk_handover_carry(stk_interp *state, const stk_handover *how,
                       PyObject **args, PyObject **kwargs);

/* The same, where STK_BACK_ALL may have given the callable back. */
int stk_handover_restore(stk_interp *state, const stk_handover *how,
                         PyObject **args, PyObject **kwargs);

/* The state of a guarded interpreter, where it matters who asks; or NULL. */
stk_interp *stk_handover_state(void);

/* `args` with `function` at `at`: a new reference. */
PyObject *stk_handover_with(PyObject *args, Py_ssize_t at, PyObject *function);

/* The code that a callable runs, borrowed; NULL: none of Python's. */
PyCodeObject *stk_handover_code(PyObject *function);

/* Code that hands a function of its own over asks by itself when that runs.
 */
bool stk_handover_is_own(const stk_interp *state, PyObject *function);

/* The same, or a plain function of a module that is known: it is no method,
 * whose `self` may be anything. */
bool stk_handover_is_known(const stk_interp *state, PyObject *function);

/*
 * In the namespace `dict`, a method of a class of Python's, a function of
 * Python's, a builtin: ours before it. Nothing where there is none. 0, or -1
 * with an exception.
 */
int stk_handover_method(PyObject *dict, const char *class, const char *name,
                        stk_method_call call);
int stk_handover_function(PyObject *dict, const char *name,
                          stk_method_call call);
int stk_handover_builtin(PyObject *dict, const char *module, PyMethodDef *def);

#endif
