/* SPDX-License-Identifier: Apache-2.0 */
/* How a program ends that `python -m stockade run` runs: told without us. */
#include "python/process/ending.h"

#include <stdbool.h>

static bool
is_of_file(PyTracebackObject *at, PyObject *file)
{
    PyCodeObject *code = PyFrame_GetCode(at->tb_frame);
    bool same = PyUnicode_Compare(code->co_filename, file) == 0;

    Py_DECREF(code);
    return same;
}

/* What of a traceback comes after the frames of `file`; NULL for nothing. */
static PyTracebackObject *
skip_runner(PyTracebackObject *at, PyObject *file)
{
    while (at && !is_of_file(at, file))
        at = at->tb_next;
    while (at && is_of_file(at, file))
        at = at->tb_next;
    return at;
}

static PyObject *
show_exception(PyObject *self, PyObject *args)
{
    PyObject *hook = PyTuple_GET_ITEM(self, 0);
    PyObject *kind, *value, *traceback, *rest = Py_None, *result;

    if (!PyArg_ParseTuple(args, "OOO:excepthook", &kind, &value, &traceback))
        return NULL;
    if (PyTraceBack_Check(traceback))
        rest = (PyObject *)skip_runner((PyTracebackObject *)traceback,
                                       PyTuple_GET_ITEM(self, 1));
    rest = Py_NewRef(rest ? rest : Py_None);
    if (PySys_SetObject("excepthook", hook) < 0 ||
        (PyExceptionInstance_Check(value) &&
         PyException_SetTraceback(value, rest) < 0))
        result = NULL;
    else
        result = PyObject_CallFunctionObjArgs(hook, kind, value, rest, NULL);
    Py_DECREF(rest);
    return result;
}

static PyMethodDef show_def = { "excepthook", show_exception, METH_VARARGS,
                                NULL };

PyObject *
stk_ending_shown_by(PyObject *hook)
{
    while (PyCFunction_Check(hook) &&
           PyCFunction_GET_FUNCTION(hook) == show_exception)
        hook = PyTuple_GET_ITEM(PyCFunction_GET_SELF(hook), 0);
    return hook;
}

const char stk_ending_hide_runner_doc[] =
    "_hide_runner($module, hook, file, /)\n"
    "--\n"
    "\n"
    "Return a sys.excepthook for the exception that ends a program: it calls\n"
    "hook without the frames of file and those before them.";

PyObject *
stk_ending_hide_runner(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *hook, *file;

    if (!PyArg_ParseTuple(args, "OU:_hide_runner", &hook, &file))
        return NULL;
    /* the arguments are what it needs, and in this order */
    return PyCFunction_New(&show_def, args);
}
