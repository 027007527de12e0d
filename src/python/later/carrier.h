/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A callable that is handed over to be run later, and the askers of whoever
 * handed it over. It looks as what it stands for, and is equal to it.
 */
#ifndef STK_PYTHON_CARRIER_H
#define STK_PYTHON_CARRIER_H

#include "python/asks/asker.h"
#include "python/object/state.h"

typedef enum stk_carrier_kind {
    STK_CARRIER_THREAD, /* it is what a thread of its own begins with */
    STK_CARRIER_WORK,   /* a thread runs it for whoever handed it over */
    STK_CARRIER_CALL,   /* it is called, among whatever else runs there */
    STK_CARRIER_TRACER  /* the same, and so is what it returns */
} stk_carrier_kind;

/* `function`, carried for those who ask now. New reference. */
PyObject *stk_carrier_new(stk_interp *state, PyObject *function,
                          stk_carrier_kind kind);

/* The same where somebody has left it: for unknown code, too. New reference,
 * or NULL with an exception. */
PyObject *stk_carrier_left(stk_interp *state, PyObject *function,
                           stk_carrier_kind kind);

/* `function`, carried for those whom another carrier carries for. */
PyObject *stk_carrier_like(stk_interp *state, PyObject *function,
                           PyObject *carrier);

bool stk_carrier_check(const stk_interp *state, PyObject *object);

/* What it carries, borrowed. */
PyObject *stk_carrier_function(PyObject *carrier);

/* A function that a class has in place of `function`, a method: `call` is
 * called with both, and with what the method is called with. New reference;
 * `call` may leave with the result of the method. */
typedef PyObject *(*stk_method_call)(PyObject *function, PyObject *args,
                                     PyObject *kwargs);
PyObject *stk_method_new(stk_interp *state, PyObject *function,
                         stk_method_call call);

#endif
