/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the `logging` of a worker would write to its output: told to the host
 * with its level and its logger. A handler that writes elsewhere, and a
 * string of code, whose output is wanted as text, are left alone.
 */
#include "worker/serve.h"

#include "worker/compat.h"

/* basicConfig()'s format has what is told beside the text: it would be there
 * twice. */
static const char wrapper[] =
    "def wrap(plain, tell):\n"
    "    def emit(self, record):\n"
    "        try:\n"
    "            if tell(self.stream):\n"
    "                bare = self.formatter is None or (\n"
    "                    type(self.formatter) is Formatter\n"
    "                    and self.formatter._fmt == BASIC_FORMAT)\n"
    "                bare = bare and type(self).format is Handler.format\n"
    "                text = (_defaultFormatter if bare else self).format(\n"
    "                    record)\n"
    "                tell(self.stream, text, record.levelno, record.name)\n"
    "                return\n"
    "        except RecursionError:\n"
    "            raise\n"
    "        except Exception:\n"
    "            self.handleError(record)\n"
    "            return\n"
    "        plain(self, record)\n"
    "    emit.of_stockade = True\n"
    "    return emit\n";

/* 1, 2, or 0: it is none of the worker's. */
static int
stream_number(const stk_serving *serving, PyObject *stream)
{
    for (Py_ssize_t i = 0; serving && !serving->strings && serving->output &&
                           i < PyTuple_GET_SIZE(serving->output);
         i++)
        if (PyTuple_GET_ITEM(serving->output, i) == stream)
            return (int)i + 1;
    return 0;
}

/* All but the last in a frame that is full. */
static void
send_pieces(stk_serving *serving, int number, PyObject *text, long level,
            PyObject *name)
{
    bool is_named = PyUnicode_GET_LENGTH(name) <= STK_OUTPUT_LOGGER_MAX;
    PyObject *told = is_named ? Py_NewRef(name) : PyUnicode_FromString("");
    Py_ssize_t at = 0, length = PyUnicode_GET_LENGTH(text);

    do {
        PyObject *piece = told ? stk_output_piece(serving, text, at) : NULL;
        PyObject *value =
            piece ? Py_BuildValue("[iOlO]", number, piece, level, told) : NULL;

        at = piece ? at + PyUnicode_GET_LENGTH(piece) : length;
        /* a thread's, when nobody listens: it is lost, as what it prints */
        if (!value || stk_serve_tell(serving, STK_OP_OUTPUT, value) < 0)
            at = length;
        Py_XDECREF(piece);
        Py_XDECREF(value);
    } while (at < length);
    Py_XDECREF(told);
    PyErr_Clear();
}

static int
send_record(stk_serving *serving, int number, PyObject *args)
{
    PyObject *text, *level, *name, *value;
    int overflow;
    long n;

    if (!PyArg_UnpackTuple(args, "tell", 4, 4, &value, &text, &level, &name))
        return -1;
    n = PyLong_AsLongAndOverflow(level, &overflow);
    if (PyErr_Occurred())
        return -1;
    n = overflow > 0 || n > STK_OUTPUT_LEVEL_MAX ? STK_OUTPUT_LEVEL_MAX
        : n < 1                                  ? 1
                                                 : n;
    if (!PyUnicode_CheckExact(text) || !PyUnicode_CheckExact(name)) {
        PyErr_SetString(PyExc_TypeError, "a record's texts are str");
        return -1;
    }
    send_pieces(serving, number, text, n, name);
    return 0;
}

/* With the stream alone: whether records for it are told. */
static PyObject *
tell(PyObject *Py_UNUSED(self), PyObject *args)
{
    stk_serving *serving = stk_serve_current();
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    int number = n > 0 ? stream_number(serving, PyTuple_GET_ITEM(args, 0)) : 0;

    if (n > 1 && number > 0 && send_record(serving, number, args) < 0)
        return NULL;
    return PyBool_FromLong(number > 0);
}

static PyMethodDef tell_method = { "tell", tell, METH_VARARGS,
                                   "Tell the host of a record." };

static PyObject *
make_emit(PyObject *dict, PyObject *plain)
{
    PyObject *names = PyDict_New(), *made = NULL, *done = NULL, *function;

    if (names)
        done = PyRun_String(wrapper, Py_file_input, dict, names);
    function = done ? PyCFunction_New(&tell_method, NULL) : NULL;
    if (function)
        made = PyObject_CallFunctionObjArgs(
            PyDict_GetItemString(names, "wrap"), plain, function, NULL);
    Py_XDECREF(function);
    Py_XDECREF(done);
    Py_XDECREF(names);
    return made;
}

int
stk_logs_give(PyObject *dict)
{
    PyObject *class = PyDict_GetItemString(dict, "StreamHandler");
    PyObject *plain = class ? PyObject_GetAttrString(class, "emit") : NULL;
    PyObject *made = NULL;
    int result = -1;

    if (plain && PyObject_HasAttrString(plain, "of_stockade")) {
        Py_DECREF(plain);
        return 0;
    }
    made = plain ? make_emit(dict, plain) : NULL;
    if (made)
        result = PyObject_SetAttrString(class, "emit", made);
    Py_XDECREF(plain);
    Py_XDECREF(made);
    if (result < 0 && !PyErr_Occurred())
        result = 0;
    return result;
}
