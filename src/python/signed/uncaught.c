/* SPDX-License-Identifier: Apache-2.0 */
/* Source lines in the traceback of an exception that nobody caught. */
#include "python/signed/uncaught.h"

#if PY_VERSION_HEX < 0x030D0000

#include <unistd.h>

#include "python/asks/frame.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"
#include "python/signed/verified.h"

#define CHAIN_MAX 64 /* exceptions that led to one another */

/* ---- is there a line that CPython cannot read? ----------------------- */

static bool
is_of_no_file(const stk_interp *state, PyFrameObject *frame)
{
    PyObject *globals = PyObject_GetAttrString((PyObject *)frame, "f_globals");
    PyObject *loader = globals && PyDict_Check(globals)
                           ? PyDict_GetItemString(globals, "__loader__")
                           : NULL;
    stk_evidence_store *store;
    const stk_evidence *found =
        loader && (PyObject *)Py_TYPE(loader) == state->verified_type
            ? stk_verified_evidence(loader, &store)
            : NULL;
    bool missing = found && found->in_bundle && found->path &&
                   access(found->path, F_OK) < 0;

    Py_XDECREF(globals);
    PyErr_Clear();
    return missing;
}

static bool
has_no_file(const stk_interp *state, PyObject *traceback)
{
    bool found = false;

    while (traceback && PyTraceBack_Check(traceback) && !found) {
        PyTracebackObject *at = (PyTracebackObject *)traceback;

        found = is_of_no_file(state, at->tb_frame);
        traceback = (PyObject *)at->tb_next;
    }
    return found;
}

/* The exception before this one, as it would be printed: new reference. */
static PyObject *
before(PyObject *value)
{
    PyObject *cause = PyException_GetCause(value);

    return cause ? cause : PyException_GetContext(value);
}

static bool
any_has_no_file(const stk_interp *state, PyObject *value, PyObject *traceback)
{
    bool found = has_no_file(state, traceback);

    Py_INCREF(value);
    for (int i = 0;
         i < CHAIN_MAX && !found && PyExceptionInstance_Check(value); i++) {
        PyObject *next = before(value), *of;

        Py_DECREF(value);
        if (!next)
            return false;
        value = next;
        of = PyException_GetTraceback(value);
        found = has_no_file(state, of);
        Py_XDECREF(of);
    }
    Py_DECREF(value);
    return found;
}

/* ---- printing -------------------------------------------------------- */

static PyObject *
print_exception(PyObject *type, PyObject *value, PyObject *traceback)
{
    PyObject *module = PyImport_ImportModule("traceback");
    PyObject *result = module
                           ? PyObject_CallMethod(module, "print_exception",
                                                 "OOO", type, value, traceback)
                           : NULL;

    Py_XDECREF(module);
    return result;
}

static PyObject *
see_exception(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    const stk_interp *state = stk_interp_find();
    PyObject *result = NULL;

    if (state && n == 3 && any_has_no_file(state, args[1], args[2])) {
        result = print_exception(args[0], args[1], args[2]);
        if (!result)
            PyErr_Clear();
    }
    return result
               ? result
               : PyObject_Vectorcall(stk_carried(self), args, (size_t)n, NULL);
}

/* Of a thread: threading.ExceptHookArgs, a tuple. */
static PyObject *
print_of_thread(PyObject *args)
{
    PyObject *thread = PyTuple_GET_ITEM(args, 3), *name = NULL;

    if (thread != Py_None)
        name = PyObject_GetAttrString(thread, "name");
    if (!name)
        return NULL;
    PySys_FormatStderr("Exception in thread %S:\n", name);
    Py_DECREF(name);
    return print_exception(PyTuple_GET_ITEM(args, 0),
                           PyTuple_GET_ITEM(args, 1),
                           PyTuple_GET_ITEM(args, 2));
}

static PyObject *
see_thread(PyObject *self, PyObject *args)
{
    const stk_interp *state = stk_interp_find();
    PyObject *result = NULL;

    if (state && PyTuple_Check(args) && PyTuple_GET_SIZE(args) == 4 &&
        PyTuple_GET_ITEM(args, 0) != PyExc_SystemExit &&
        any_has_no_file(state, PyTuple_GET_ITEM(args, 1),
                        PyTuple_GET_ITEM(args, 2))) {
        result = print_of_thread(args);
        if (!result)
            PyErr_Clear();
    }
    return result ? result : PyObject_CallOneArg(stk_carried(self), args);
}

/* ---- the hooks ------------------------------------------------------- */

static PyMethodDef exception_def = {
    "excepthook", (PyCFunction)(void (*)(void))see_exception, METH_FASTCALL,
    "excepthook($module, exctype, value, traceback, /)\n--\n\n"
    "Handle an exception by displaying it with a traceback on sys.stderr."
};
static PyMethodDef thread_def = { "_excepthook", see_thread, METH_O,
                                  "Handle uncaught Thread.run() exception." };

/* Where it is CPython's own still; both names are the same then. */
static int
mend(PyObject *dict, const char *name, const char *saved, PyMethodDef *def)
{
    PyObject *own = dict ? PyDict_GetItemString(dict, name) : NULL, *ours;
    int result;

    if (!own || !PyCFunction_Check(own) || stk_carry_check(own, def))
        return 0;
    if (saved && PyDict_GetItemString(dict, saved) != own)
        return 0;
    ours = stk_carry_new(def, own, "sys");
    if (!ours)
        return -1;
    result = PyDict_SetItemString(dict, name, ours);
    if (result == 0 && saved)
        result = PyDict_SetItemString(dict, saved, ours);
    Py_DECREF(ours);
    return result;
}

int
stk_uncaught_mend(const stk_interp *state, const stk_guard *guard)
{
    if (!stk_guard_needs_signatures(guard))
        return 0;
    if (mend(state->sys_dict, "excepthook", "__excepthook__", &exception_def) <
            0 ||
        mend(stk_module_namespace("_thread"), "_excepthook", NULL,
             &thread_def) < 0)
        return -1;
    return mend(stk_module_namespace("threading"), "excepthook", NULL,
                &thread_def);
}

#else

int
stk_uncaught_mend(const stk_interp *state, const stk_guard *guard)
{
    (void)state, (void)guard;
    return 0;
}

#endif
