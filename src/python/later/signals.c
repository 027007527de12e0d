/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers of signals, which run in the midst of anything: they are carried
 * for who set them, and given back as they were set.
 */
#include "python/later/hooks.h"

#include "python/later/handover.h"
#include "python/object/carry.h"

static const stk_handover handler = { 1, NULL, STK_CARRIER_CALL,
                                      stk_handover_is_known };

static PyObject *
set_handler(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return stk_handover_swap(&handler, stk_carried(self), args, kwargs);
}

static PyObject *
get_handler(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return stk_handover_ask(STK_BACK_ALL, stk_carried(self), args, kwargs);
}

/* Their docs are those of CPython's own. */
static PyMethodDef signal_definition = {
    "signal", (PyCFunction)(void (*)(void))set_handler,
    METH_VARARGS | METH_KEYWORDS, NULL
};
static PyMethodDef getsignal_definition = {
    "getsignal", (PyCFunction)(void (*)(void))get_handler,
    METH_VARARGS | METH_KEYWORDS, NULL
};

/* signal.signal() is Python's, and calls this one. */
int
stk_hooks_mend_signal(PyObject *dict)
{
    return stk_handover_builtin(dict, "_signal", &signal_definition) < 0
               ? -1
               : stk_handover_builtin(dict, "_signal", &getsignal_definition);
}
