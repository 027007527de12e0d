/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame that what the host calls has above it: code that asks who calls
 * it finds a module `__main__` with nothing in it, and nothing of the host's.
 * It costs a call 500 instructions: only a function whose own code asks has
 * one.
 */
#include "worker/serve.h"

#include <frameobject.h>

#include "worker/compat.h"
#include "worker/words.h"

static const char text[] = "def call(callable, args):\n"
                           "    return callable(*args)\n"
                           "def call_named(callable, args, named):\n"
                           "    return callable(*args, **named)\n";

static PyObject *plain, *named; /* strong; functions */

int
stk_caller_init(void)
{
    PyObject *dict = PyDict_New(), *code = NULL, *done = NULL, *name;

    name = dict ? PyUnicode_FromString("__main__") : NULL;
    if (name && PyDict_SetItemString(dict, "__name__", name) == 0 &&
        PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins()) == 0)
        code = Py_CompileString(text, "<host>", Py_file_input);
    if (code)
        done = PyEval_EvalCode(code, dict, dict);
    if (done) {
        plain = Py_XNewRef(PyDict_GetItemString(dict, "call"));
        named = Py_XNewRef(PyDict_GetItemString(dict, "call_named"));
        if (PyDict_DelItemString(dict, "call") < 0 ||
            PyDict_DelItemString(dict, "call_named") < 0)
            Py_CLEAR(done);
    }
    Py_XDECREF(code);
    Py_XDECREF(done);
    Py_XDECREF(name);
    Py_XDECREF(dict);
    return done ? 0 : -1;
}

static bool
is_ours(PyObject *traceback)
{
    PyObject *frame = (PyObject *)((PyTracebackObject *)traceback)->tb_frame;
    PyObject *code = PyObject_GetAttr(frame, stk_word(STK_WORD_CODE));
    bool ours = code && (code == PyFunction_GET_CODE(plain) ||
                         code == PyFunction_GET_CODE(named));

    PyErr_Clear();
    Py_XDECREF(code);
    return ours;
}

/* What users see begins with the plugin's own line. */
static void
hide(void)
{
    PyObject *type, *value, *traceback, *next;

    PyErr_Fetch(&type, &value, &traceback);
    if (traceback && PyTraceBack_Check(traceback) && is_ours(traceback)) {
        next = (PyObject *)((PyTracebackObject *)traceback)->tb_next;
        Py_XINCREF(next);
        Py_SETREF(traceback, next);
        if (value && PyExceptionInstance_Check(value))
            PyException_SetTraceback(value, next ? next : Py_None);
    }
    PyErr_Restore(type, value, traceback);
}

/* ---- who asks -------------------------------------------------------- */

static bool
is_asking(PyObject *name)
{
    static const char *const words[] = {
        "_getframe",    "_getframemodulename",
        "currentframe", "extract_stack",
        "stack",        "warn",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (PyUnicode_CompareWithASCIIString(name, words[i]) == 0)
            return true;
    return false;
}

static bool
look(PyObject *code)
{
    PyObject *names = ((PyCodeObject *)code)->co_names;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++)
        if (is_asking(PyTuple_GET_ITEM(names, i)))
            return true;
    return false;
}

/* The same function is mostly called again. */
static bool
asks(PyObject *callable)
{
    static PyObject *last; /* strong; code */
    static bool asked;

    if (PyMethod_Check(callable))
        callable = PyMethod_GET_FUNCTION(callable);
    if (!plain || !PyFunction_Check(callable))
        return false;
    if (PyFunction_GET_CODE(callable) != last) {
        Py_XSETREF(last, Py_NewRef(PyFunction_GET_CODE(callable)));
        asked = look(last);
    }
    return asked;
}

PyObject *
stk_caller_call(PyObject *callable, PyObject *args, PyObject *keywords)
{
    PyObject *all[] = { callable, args, keywords }, *result;

    if (!asks(callable))
        return PyObject_Call(callable, args, keywords);
    result = keywords ? PyObject_Vectorcall(named, all, 3, NULL)
                      : PyObject_Vectorcall(plain, all, 2, NULL);
    if (!result)
        hide();
    return result;
}
