/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions as values: what they are called, what they say, where. */
#include "worker/serve.h"

#include <string.h>

#include "worker/compat.h"
#include "worker/kept.h"

#define TRACEBACK_MAX 16384 /* characters; the end of it */
#define MESSAGE_MAX   65536
#define NAME_LONG     4096
#define NOTES_MAX     32
#define NOTES_LONG    16384 /* characters, all in all */
#define OBJECT_LONG   20000 /* what could not be decoded: else a part */
#define OBJECT_WRONG  1000
#define OBJECT_AROUND 100
#define GROUP_MAX     32 /* exceptions in groups, all in all */

/* An attribute: which exception of the host's it is. */
#define HOST_CALL "__host_call__"

/* Where the rest of it begins: with a line, or else with a word. */
static Py_ssize_t
begin_of_rest(PyObject *text, Py_ssize_t start)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    Py_ssize_t at = PyUnicode_FindChar(text, '\n', start, length - 1, 1);

    if (at < 0)
        at = PyUnicode_FindChar(text, ' ', start, length - 1, 1);
    return at < 0 ? start : at + 1;
}

/* The end of a traceback; takes it. */
static PyObject *
shorten_traceback(PyObject *text)
{
    Py_ssize_t length = text ? PyUnicode_GET_LENGTH(text) : 0;
    PyObject *end;

    if (!text || length <= TRACEBACK_MAX)
        return text;
    end = PyUnicode_Substring(
        text, begin_of_rest(text, length - TRACEBACK_MAX), length);
    Py_DECREF(text);
    return end;
}

/* The beginning of a message; takes it. */
static PyObject *
shorten_message(PyObject *text)
{
    PyObject *begin;

    if (!text || PyUnicode_GET_LENGTH(text) <= MESSAGE_MAX)
        return text;
    begin = PyUnicode_Substring(text, 0, MESSAGE_MAX);
    Py_DECREF(text);
    return begin;
}

static PyObject *
or_empty(PyObject *text)
{
    if (text && PyUnicode_CheckExact(text))
        return text;
    Py_XDECREF(text);
    PyErr_Clear();
    return PyUnicode_FromString("");
}

/* ---- out ------------------------------------------------------------- */

static PyObject *
format_traceback(PyObject *type, PyObject *value, PyObject *traceback)
{
    PyObject *module = stk_kept_import("traceback");
    PyObject *lines = NULL, *empty, *text = NULL;

    if (module)
        lines = PyObject_CallMethod(module, "format_exception", "OOO", type,
                                    value, traceback ? traceback : Py_None);
    empty = lines ? PyUnicode_FromString("") : NULL;
    if (empty)
        text = PyUnicode_Join(empty, lines);
    Py_XDECREF(module);
    Py_XDECREF(lines);
    Py_XDECREF(empty);
    return or_empty(shorten_traceback(or_empty(text)));
}

static bool
is_inbuilt(PyObject *type)
{
    return PyType_Check(type) &&
           !(((PyTypeObject *)type)->tp_flags & Py_TPFLAGS_HEAPTYPE);
}

/* "ValueError", "plugins.reports.Late": text for people. */
static PyObject *
name_of(PyObject *type)
{
    PyObject *module, *name, *full = NULL;

    if (is_inbuilt(type))
        return PyUnicode_FromString(((PyTypeObject *)type)->tp_name);
    module = PyObject_GetAttrString(type, "__module__");
    name = PyObject_GetAttrString(type, "__qualname__");
    if (module && name && PyUnicode_Check(module) && PyUnicode_Check(name))
        full = !PyUnicode_CompareWithASCIIString(module, "builtins")
                   ? PyUnicode_FromFormat("%U", name)
                   : PyUnicode_FromFormat("%U.%U", module, name);
    Py_XDECREF(module);
    Py_XDECREF(name);
    return or_empty(full);
}

/* The host makes none of these of what comes from here. */
static bool
is_ours_alone(PyObject *type)
{
    PyObject *const alone[] = { PyExc_Exception, PyExc_BaseException,
                                PyExc_StopIteration,
                                PyExc_StopAsyncIteration };

    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        if (type == alone[i])
            return true;
    return !PyExceptionClass_Check(type);
}

/* The first of its order of bases that says more than Exception. A module of
 * C may have such types, too: those have a dot. */
static PyObject *
inbuilt_base(PyObject *type)
{
    PyObject *order = ((PyTypeObject *)type)->tp_mro;
    PyTypeObject *at = (PyTypeObject *)type;

    for (Py_ssize_t i = 0; order && i < PyTuple_GET_SIZE(order); i++) {
        PyObject *base = PyTuple_GET_ITEM(order, i);

        if (is_inbuilt(base) && !is_ours_alone(base) &&
            *((PyTypeObject *)base)->tp_name != '_' &&
            !strchr(((PyTypeObject *)base)->tp_name, '.'))
            return PyUnicode_FromString(((PyTypeObject *)base)->tp_name);
    }
    while (at && !is_inbuilt((PyObject *)at))
        at = at->tp_base;
    return PyUnicode_FromString(at ? at->tp_name : "Exception");
}

/* Those of an OSError leave out which file it was, and which other one. Takes
 * the arguments. */
static PyObject *
add_files(PyObject *args, PyObject *value)
{
    PyObject *file = PyObject_GetAttrString(value, "filename");
    PyObject *other = PyObject_GetAttrString(value, "filename2");
    PyObject *number = PyTuple_GET_ITEM(args, 0);
    PyObject *text = PyTuple_GET_ITEM(args, 1), *longer = NULL;

    PyErr_Clear();
    if (file && other && other != Py_None)
        longer = PyTuple_Pack(5, number, text, file, Py_None, other);
    else if (file && file != Py_None)
        longer = PyTuple_Pack(3, number, text, file);
    if (longer)
        Py_SETREF(args, longer);
    Py_XDECREF(file);
    Py_XDECREF(other);
    return args;
}

/* Of [..., object, start, end, reason], as many letters as are wrong, or a
 * part of them, with some around. Takes the arguments; `at`: of the object. */
static PyObject *
cut_object(PyObject *args, Py_ssize_t at)
{
    PyObject *object = PyTuple_GET_ITEM(args, at), *reason, *tail, *head;
    Py_ssize_t start =
        PyNumber_AsSsize_t(PyTuple_GET_ITEM(args, at + 1), NULL);
    Py_ssize_t end = PyNumber_AsSsize_t(PyTuple_GET_ITEM(args, at + 2), NULL);
    Py_ssize_t size = PyObject_Size(object), begin;

    if (size <= OBJECT_LONG || start < 0 || start > end || end > size)
        return args;
    begin = start < OBJECT_AROUND ? 0 : start - OBJECT_AROUND;
    end = end - start > OBJECT_WRONG ? start + OBJECT_WRONG : end;
    reason =
        PyUnicode_FromFormat("%S; at %zd of %zd, which is too long to be here",
                             PyTuple_GET_ITEM(args, at + 3), start, size);
    tail = Py_BuildValue(
        "(NnnN)", PySequence_GetSlice(object, begin, end + OBJECT_AROUND),
        start - begin, end - begin, reason);
    head = tail ? PyTuple_GetSlice(args, 0, at) : NULL;
    Py_DECREF(args);
    args = head ? PySequence_Concat(head, tail) : NULL;
    Py_XDECREF(head);
    Py_XDECREF(tail);
    return args;
}

static PyObject *
args_of(PyObject *value)
{
    PyObject *args = PyObject_GetAttrString(value, "args");
    Py_ssize_t n =
        args && PyTuple_CheckExact(args) ? PyTuple_GET_SIZE(args) : 0;

    if (n == 2 && PyObject_TypeCheck(value, (PyTypeObject *)PyExc_OSError))
        return add_files(args, value);
    if ((n == 5 && PyObject_TypeCheck(
                       value, (PyTypeObject *)PyExc_UnicodeDecodeError)) ||
        (n == 5 && PyObject_TypeCheck(
                       value, (PyTypeObject *)PyExc_UnicodeEncodeError)) ||
        (n == 4 && PyObject_TypeCheck(
                       value, (PyTypeObject *)PyExc_UnicodeTranslateError)))
        return cut_object(args, n - 4);
    return args;
}

/* What it says, and what helps: `told` is taken. */
static PyObject *
add_advice(PyObject *told, const char *advice)
{
    PyObject *longer = NULL;

    if (told && advice && PyUnicode_CheckExact(told))
        longer = PyUnicode_FromFormat(
            "%U%s%s", told, PyUnicode_GET_LENGTH(told) ? "; " : "", advice);

    if (!longer)
        return told;
    Py_DECREF(told);
    return longer;
}

/* The same in its arguments, which are taken: of an OSError behind what its
 * number means. */
static PyObject *
advise_args(PyObject *args, const char *advice)
{
    Py_ssize_t at = args && PyTuple_GET_SIZE(args) > 1 ? 1 : 0;
    PyObject *list, *text;

    if (!args || !advice || PyTuple_GET_SIZE(args) == 0)
        return args;
    text = add_advice(Py_NewRef(PyTuple_GET_ITEM(args, at)), advice);
    list = PySequence_List(args);
    Py_DECREF(args);
    args = NULL;
    if (list && text && PyList_SetItem(list, at, Py_NewRef(text)) == 0)
        args = PyList_AsTuple(list);
    Py_XDECREF(list);
    Py_XDECREF(text);
    return args;
}

/* By a `__str__` of its class: the built-in type would say something else of
 * the same arguments. Not where those are more than text to it. */
static bool
speaks_for_itself(PyObject *value)
{
    const reprfunc usual = ((PyTypeObject *)PyExc_BaseException)->tp_str;
    PyObject *order = Py_TYPE(value)->tp_mro;

    for (Py_ssize_t i = 0; order && i < PyTuple_GET_SIZE(order); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(order, i);

        if (is_inbuilt((PyObject *)base) && base != &PyBaseObject_Type &&
            base->tp_str != usual)
            return false;
    }
    return Py_TYPE(value)->tp_str != usual;
}

/* Arguments that are plain values; else what it says. */
static PyObject *
plain_args(PyObject *value, PyObject *message)
{
    PyObject *args = speaks_for_itself(value) ? NULL : args_of(value);

    if (args && PyTuple_CheckExact(args) &&
        stk_values_is_plain(args, MESSAGE_MAX))
        return args;
    PyErr_Clear();
    Py_XDECREF(args);
    return PyTuple_Pack(1, message);
}

/* ---- groups ---------------------------------------------------------- */

static PyObject *tell(PyObject *value, unsigned *left);

#if PY_VERSION_HEX >= 0x030B0000
static bool
is_group(PyObject *value)
{
    return PyObject_TypeCheck(value, (PyTypeObject *)PyExc_BaseExceptionGroup);
}

/* (message, [[...], ...]): what is in it, as far as is told. */
static PyObject *
group_args(PyObject *value, unsigned *left)
{
    PyObject *held = PyObject_GetAttrString(value, "exceptions");
    PyObject *message = PyObject_GetAttrString(value, "message");
    PyObject *list = PyList_New(0), *args = NULL;
    Py_ssize_t n;

    n = held && PyTuple_CheckExact(held) ? PyTuple_GET_SIZE(held) : 0;
    for (Py_ssize_t i = 0; list && i<n && * left> 0; i++) {
        PyObject *told;

        (*left)--;
        told = tell(PyTuple_GET_ITEM(held, i), left);
        if (!told || PyList_Append(list, told) < 0)
            Py_CLEAR(list);
        Py_XDECREF(told);
    }
    if (list && message && PyUnicode_CheckExact(message))
        args = PyTuple_Pack(2, message, list);
    Py_XDECREF(held);
    Py_XDECREF(message);
    Py_XDECREF(list);
    return args;
}
#endif

static PyObject *
arguments_of(PyObject *value, PyObject *message, unsigned *left)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyObject *args =
        is_group(value) && *left > 0 ? group_args(value, left) : NULL;

    PyErr_Clear();
    if (args)
        return args;
#endif
    (void)left;
    return plain_args(value, message);
}

/* ---- what it has besides --------------------------------------------- */

/* Takes the value; NULL is none. */
static int
put(PyObject *fields, const char *name, PyObject *value)
{
    int result = value ? PyDict_SetItemString(fields, name, value) : 0;

    Py_XDECREF(value);
    PyErr_Clear();
    return result;
}

/* Text, or NULL. */
static PyObject *
text_field(PyObject *value, const char *field)
{
    PyObject *found = PyObject_GetAttrString(value, field);

    if (found && PyUnicode_CheckExact(found) &&
        PyUnicode_GET_LENGTH(found) <= NAME_LONG)
        return found;
    PyErr_Clear();
    Py_XDECREF(found);
    return NULL;
}

/* Of one that a function of the host's raised: its number there. */
static PyObject *
number_field(PyObject *value)
{
    PyObject *found = PyObject_GetAttrString(value, HOST_CALL);

    if (found && PyLong_CheckExact(found))
        return found;
    PyErr_Clear();
    Py_XDECREF(found);
    return NULL;
}

/* As far as they are told; NULL where there are none. */
static PyObject *
notes_of(PyObject *value)
{
    PyObject *notes = PyObject_GetAttrString(value, "__notes__");
    PyObject *list = notes && PyList_CheckExact(notes) ? PyList_New(0) : NULL;
    Py_ssize_t left = NOTES_LONG;

    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(notes) && left > 0 &&
                           PyList_GET_SIZE(list) < NOTES_MAX;
         i++) {
        PyObject *note = PyList_GET_ITEM(notes, i);

        if (!PyUnicode_CheckExact(note))
            continue;
        note = PyUnicode_Substring(note, 0, left);
        left -= note ? PyUnicode_GET_LENGTH(note) : left;
        if (!note || PyList_Append(list, note) < 0)
            Py_CLEAR(list);
        Py_XDECREF(note);
    }
    if (list && PyList_GET_SIZE(list) == 0)
        Py_CLEAR(list);
    PyErr_Clear();
    Py_XDECREF(notes);
    return list;
}

static bool
is_named(PyObject *value)
{
    return PyObject_TypeCheck(value, (PyTypeObject *)PyExc_ImportError) ||
           PyObject_TypeCheck(value, (PyTypeObject *)PyExc_AttributeError);
}

/* [..., {...}]: takes the list. */
static PyObject *
add_fields(PyObject *told, PyObject *value)
{
    PyObject *fields = told ? PyDict_New() : NULL;

    if (!fields)
        return told;
    if (put(fields, "kept", number_field(value)) < 0 ||
        put(fields, "notes", notes_of(value)) < 0 ||
        (is_named(value) &&
         (put(fields, "name", text_field(value, "name")) < 0 ||
          put(fields, "path", text_field(value, "path")) < 0)) ||
        (PyDict_GET_SIZE(fields) && PyList_Append(told, fields) < 0))
        Py_CLEAR(told);
    Py_DECREF(fields);
    return told;
}

/* ---- all of it ------------------------------------------------------- */

static PyObject *
tell(PyObject *value, unsigned *left)
{
    PyObject *type = (PyObject *)Py_TYPE(value), *result = NULL;
    PyObject *traceback = PyException_GetTraceback(value);
    PyObject *message = or_empty(shorten_message(PyObject_Str(value)));
    const char *advice = message ? stk_advice_for(value, message) : NULL;
    PyObject *args = message ? arguments_of(value, message, left) : NULL;

    message = add_advice(message, advice);
    if (message)
        result =
            Py_BuildValue("[NNONN]", name_of(type), inbuilt_base(type),
                          message, format_traceback(type, value, traceback),
                          advise_args(args, advice));
    Py_XDECREF(message);
    Py_XDECREF(traceback);
    return add_fields(result, value);
}

PyObject *
stk_raised_take(void)
{
    PyObject *type, *value, *traceback, *result;
    unsigned left = GROUP_MAX;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (!value) {
        Py_XDECREF(type);
        return NULL;
    }
    if (traceback)
        PyException_SetTraceback(value, traceback);
    result = tell(value, &left);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    PyErr_Clear();
    return result;
}

/* ---- in: the host is believed ---------------------------------------- */

PyObject *
stk_raised_class(PyObject *name)
{
    PyObject *found = PyDict_GetItemWithError(PyEval_GetBuiltins(), name);

    return found && PyExceptionClass_Check(found) ? found : PyExc_RuntimeError;
}

/* What it has besides; its number as an attribute, so that it has it for as
 * long as it is there. */
static void
set_fields(PyObject *exception, PyObject *value)
{
    PyObject *fields =
        PyList_GET_SIZE(value) > 5 ? PyList_GET_ITEM(value, 5) : NULL;
    PyObject *name, *kept;

    if (!fields || !PyDict_CheckExact(fields))
        return;
    name = PyDict_GetItemString(fields, "name");
    kept = PyDict_GetItemString(fields, "kept");
    if ((name && PyObject_SetAttrString(exception, "name", name) < 0) ||
        (kept && PyObject_SetAttrString(exception, HOST_CALL, kept) < 0))
        PyErr_Clear();
}

/* With its arguments; where the type does not take them, the next of its
 * order of bases with what it says. */
static PyObject *
make_raised(PyObject *class, PyObject *message, PyObject *args)
{
    PyObject *order = ((PyTypeObject *)class)->tp_mro, *exception;

    exception = PyObject_Call(class, args, NULL);
    for (Py_ssize_t i = 1; !exception && i < PyTuple_GET_SIZE(order); i++) {
        PyErr_Clear();
        exception = PyObject_CallFunctionObjArgs(PyTuple_GET_ITEM(order, i),
                                                 message, NULL);
    }
    return exception;
}

PyObject *
stk_operate_exception(PyObject *told)
{
    PyObject *exception, *name, *notes;

    if (!PyList_CheckExact(told) || PyList_GET_SIZE(told) != 4 ||
        !PyUnicode_CheckExact(PyList_GET_ITEM(told, 0)) ||
        !PyTuple_CheckExact(PyList_GET_ITEM(told, 2)) ||
        !PyDict_CheckExact(PyList_GET_ITEM(told, 3)))
        return PyErr_Format(PyExc_TypeError, "an exception has four parts");
    exception =
        make_raised(stk_raised_class(PyList_GET_ITEM(told, 0)),
                    PyList_GET_ITEM(told, 1), PyList_GET_ITEM(told, 2));
    name = PyDict_GetItemString(PyList_GET_ITEM(told, 3), "name");
    notes = PyDict_GetItemString(PyList_GET_ITEM(told, 3), "notes");
    if (exception &&
        ((name && PyObject_SetAttrString(exception, "name", name) < 0) ||
         (notes && PyObject_SetAttrString(exception, "__notes__", notes) < 0)))
        PyErr_Clear();
    return exception;
}

void
stk_raised_set(PyObject *value)
{
    PyObject *exception;

    if (!PyList_CheckExact(value) || PyList_GET_SIZE(value) < 5 ||
        !PyTuple_CheckExact(PyList_GET_ITEM(value, 4))) {
        PyErr_SetString(PyExc_RuntimeError, "the host failed");
        return;
    }
    exception =
        make_raised(stk_raised_class(PyList_GET_ITEM(value, 1)),
                    PyList_GET_ITEM(value, 2), PyList_GET_ITEM(value, 4));
    if (exception) {
        set_fields(exception, value);
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    }
    Py_XDECREF(exception);
}
