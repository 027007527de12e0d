/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions across the border. A worker names a built-in exception; of a
 * fixed table, or it is a RemoteError. Nothing that could end or stall the
 * host is in that table: no SystemExit, KeyboardInterrupt, StopIteration.
 */
#include "python/remote/remote.h"

#include <string.h>

#include "python/object/convert.h"
#include "python/object/printable.h"

#define PLACE_MAX  10000 /* lines, columns, letters of a line */
#define NOTES_MAX  32
#define NOTES_LONG 16384 /* characters, all in all */

/* Exceptions in a group and in all that are in it, and groups in each other:
 * who shows one goes through all of them. */
#define GROUP_MAX  64
#define GROUPS_MAX 8

static PyObject *
table_class(PyObject *name)
{
    const struct {
        const char *name;
        PyObject *class;
    } table[] = {
        { "ArithmeticError", PyExc_ArithmeticError },
        { "AssertionError", PyExc_AssertionError },
        { "AttributeError", PyExc_AttributeError },
        { "BlockingIOError", PyExc_BlockingIOError },
        { "BrokenPipeError", PyExc_BrokenPipeError },
        { "BufferError", PyExc_BufferError },
        { "BytesWarning", PyExc_BytesWarning },
        { "ChildProcessError", PyExc_ChildProcessError },
        { "ConnectionAbortedError", PyExc_ConnectionAbortedError },
        { "ConnectionError", PyExc_ConnectionError },
        { "ConnectionRefusedError", PyExc_ConnectionRefusedError },
        { "ConnectionResetError", PyExc_ConnectionResetError },
        { "DeprecationWarning", PyExc_DeprecationWarning },
        { "EOFError", PyExc_EOFError },
#if PY_VERSION_HEX >= 0x030A0000
        { "EncodingWarning", PyExc_EncodingWarning },
#endif
        { "FileExistsError", PyExc_FileExistsError },
        { "FileNotFoundError", PyExc_FileNotFoundError },
        { "FloatingPointError", PyExc_FloatingPointError },
        { "FutureWarning", PyExc_FutureWarning },
        { "ImportError", PyExc_ImportError },
        { "ImportWarning", PyExc_ImportWarning },
        { "IndentationError", PyExc_IndentationError },
        { "IndexError", PyExc_IndexError },
        { "InterruptedError", PyExc_InterruptedError },
        { "IsADirectoryError", PyExc_IsADirectoryError },
        { "KeyError", PyExc_KeyError },
        { "LookupError", PyExc_LookupError },
        { "MemoryError", PyExc_MemoryError },
        { "ModuleNotFoundError", PyExc_ModuleNotFoundError },
        { "NameError", PyExc_NameError },
        { "NotADirectoryError", PyExc_NotADirectoryError },
        { "NotImplementedError", PyExc_NotImplementedError },
        { "OSError", PyExc_OSError },
        { "OverflowError", PyExc_OverflowError },
        { "PendingDeprecationWarning", PyExc_PendingDeprecationWarning },
        { "PermissionError", PyExc_PermissionError },
        { "ProcessLookupError", PyExc_ProcessLookupError },
#if PY_VERSION_HEX >= 0x030D0000
        { "PythonFinalizationError", PyExc_PythonFinalizationError },
#endif
        { "RecursionError", PyExc_RecursionError },
        { "ReferenceError", PyExc_ReferenceError },
        { "ResourceWarning", PyExc_ResourceWarning },
        { "RuntimeError", PyExc_RuntimeError },
        { "RuntimeWarning", PyExc_RuntimeWarning },
        { "SyntaxError", PyExc_SyntaxError },
        { "SyntaxWarning", PyExc_SyntaxWarning },
        { "SystemError", PyExc_SystemError },
        { "TabError", PyExc_TabError },
        { "TimeoutError", PyExc_TimeoutError },
        { "TypeError", PyExc_TypeError },
        { "UnboundLocalError", PyExc_UnboundLocalError },
        { "UnicodeDecodeError", PyExc_UnicodeDecodeError },
        { "UnicodeEncodeError", PyExc_UnicodeEncodeError },
        { "UnicodeError", PyExc_UnicodeError },
        { "UnicodeTranslateError", PyExc_UnicodeTranslateError },
        { "UnicodeWarning", PyExc_UnicodeWarning },
        { "UserWarning", PyExc_UserWarning },
        { "ValueError", PyExc_ValueError },
        { "Warning", PyExc_Warning },
        { "ZeroDivisionError", PyExc_ZeroDivisionError },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (PyUnicode_CompareWithASCIIString(name, table[i].name) == 0)
            return table[i].class;
    return NULL;
}

/* type, nearest built-in type, message, traceback, arguments; and a dict of
 * what it has besides, where it has any */
enum { TYPE, BASE, MESSAGE, TRACEBACK, ARGUMENTS, PARTS, FIELDS = PARTS };

static bool
is_text_or_none(PyObject *value)
{
    return value == Py_None || PyUnicode_CheckExact(value);
}

static bool
is_number(PyObject *value)
{
    return PyLong_CheckExact(value);
}

static bool
are_notes(PyObject *value)
{
    Py_ssize_t n = PyList_CheckExact(value) ? PyList_GET_SIZE(value) : -1;
    Py_ssize_t length = 0;

    for (Py_ssize_t i = 0; i < n; i++) {
        if (!PyUnicode_CheckExact(PyList_GET_ITEM(value, i)))
            return false;
        length += PyUnicode_GET_LENGTH(PyList_GET_ITEM(value, i));
    }
    return n >= 0 && n <= NOTES_MAX && length <= NOTES_LONG;
}

static const struct {
    const char *name;
    bool (*check)(PyObject *value);
} known_fields[] = {
    { "kept", is_number },       /* of a function of the host's */
    { "name", is_text_or_none }, /* of an ImportError, an AttributeError */
    { "notes", are_notes },
    { "path", is_text_or_none }, /* of an ImportError */
};

static bool
is_field(PyObject *name, PyObject *value)
{
    size_t n = sizeof known_fields / sizeof *known_fields;

    for (size_t i = 0; PyUnicode_CheckExact(name) && i < n; i++)
        if (!PyUnicode_CompareWithASCIIString(name, known_fields[i].name))
            return known_fields[i].check(value);
    return false;
}

static bool
are_fields(PyObject *fields)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    if (!PyDict_CheckExact(fields))
        return false;
    while (PyDict_Next(fields, &at, &name, &value))
        if (!is_field(name, value))
            return false;
    return true;
}

/* Borrowed, or NULL. */
static PyObject *
field_of(PyObject *raised, const char *name)
{
    return PyList_GET_SIZE(raised) == PARTS
               ? NULL
               : PyDict_GetItemString(PyList_GET_ITEM(raised, FIELDS), name);
}

static bool
is_well_formed(PyObject *raised)
{
    Py_ssize_t n = PyList_CheckExact(raised) ? PyList_GET_SIZE(raised) : 0;

    if (n != PARTS &&
        (n != PARTS + 1 || !are_fields(PyList_GET_ITEM(raised, FIELDS))))
        return false;
    for (Py_ssize_t i = TYPE; i <= TRACEBACK; i++)
        if (!PyUnicode_CheckExact(PyList_GET_ITEM(raised, i)))
            return false;
    return PyTuple_CheckExact(PyList_GET_ITEM(raised, ARGUMENTS));
}

typedef struct making {
    const stk_isolation *isolation;
    const stk_remote *remote;
    unsigned left; /* that may be in groups still */
} making;

/* "TYPE: MESSAGE", as a terminal may show it. New reference. */
static PyObject *
show_headline(PyObject *raised)
{
    PyObject *text =
        PyUnicode_FromFormat("%U: %U", PyList_GET_ITEM(raised, TYPE),
                             PyList_GET_ITEM(raised, MESSAGE));
    PyObject *shown = text ? stk_printable(text, true) : NULL;

    Py_XDECREF(text);
    return shown;
}

/* A RemoteError that says `text`. New reference. */
static PyObject *
new_remote_error(const making *m, PyObject *raised, PyObject *text,
                 PyObject *traceback)
{
    PyObject *type = PyList_GET_ITEM(raised, TYPE);
    PyObject *error =
        PyObject_CallFunctionObjArgs(m->isolation->remote_error, text, NULL);

    if (error &&
        (stk_attr_take(error, "remote_type", Py_NewRef(type)) < 0 ||
         stk_attr_take(error, "remote_traceback", Py_NewRef(traceback)) < 0))
        Py_CLEAR(error);
    return error;
}

/* Shows the whole traceback wherever causes are shown. New reference. */
static PyObject *
new_cause(const making *m, PyObject *raised, PyObject *headline,
          PyObject *traceback)
{
    PyObject *text = PyUnicode_FromFormat("%U\n%U", headline, traceback);
    PyObject *cause =
        text ? new_remote_error(m, raised, text, traceback) : NULL;

    Py_XDECREF(text);
    return cause;
}

/* ---- arguments that the host would fall over ------------------------- */

static bool
is_within(PyObject *number, Py_ssize_t least, Py_ssize_t most)
{
    Py_ssize_t value =
        PyLong_CheckExact(number) ? PyLong_AsSsize_t(number) : least - 1;

    PyErr_Clear();
    return value >= least && value <= most;
}

/* str() of one reads where they point to: a negative start is a crash. */
static bool
is_codec_error(PyObject *const *at, bool decode)
{
    Py_ssize_t length;

    if (!PyUnicode_CheckExact(at[3]) ||
        (decode ? !PyBytes_CheckExact(at[0]) : !PyUnicode_CheckExact(at[0])))
        return false;
    length = PyObject_Size(at[0]);
    return is_within(at[1], 0, length) && is_within(at[2], 0, length) &&
           PyLong_AsSsize_t(at[1]) <= PyLong_AsSsize_t(at[2]);
}

static bool
is_place(PyObject *at)
{
    return at == Py_None || is_within(at, -1, PLACE_MAX);
}

static bool
is_line(PyObject *text)
{
    return text == Py_None || (PyUnicode_CheckExact(text) &&
                               PyUnicode_GET_LENGTH(text) <= PLACE_MAX);
}

/* (file, line, column, text [, line, column]): who prints one writes as many
 * blanks and marks as the columns say. */
static bool
is_source_place(PyObject *place)
{
    Py_ssize_t n = PyTuple_CheckExact(place) ? PyTuple_GET_SIZE(place) : 0;

    if (n != 4 && n != 6)
        return false;
    for (Py_ssize_t i = 0; i < n; i++)
        if (i == 0 || i == 3 ? !is_line(PyTuple_GET_ITEM(place, i))
                             : !is_place(PyTuple_GET_ITEM(place, i)))
            return false;
    return true;
}

static bool can_show(PyObject *value);

static bool
can_show_all(PyObject *iterable)
{
    PyObject *iterator = PyObject_GetIter(iterable), *item;
    bool can = iterator != NULL;

    while (can && (item = PyIter_Next(iterator))) {
        can = can_show(item);
        Py_DECREF(item);
    }
    Py_XDECREF(iterator);
    return can && !PyErr_Occurred();
}

/* Of an int with thousands of digits there is no str(): whoever shows what he
 * has caught would raise another one. */
static bool
can_show(PyObject *value)
{
    PyObject *text;

    if (PyLong_CheckExact(value))
        return PyLong_AsDouble(value) != -1.0 || !PyErr_Occurred();
    if (PyUnicode_CheckExact(value) || PyBytes_CheckExact(value) ||
        PyByteArray_CheckExact(value))
        return true;
    if (PyDict_CheckExact(value)) {
        PyObject *items = PyDict_Items(value);
        bool can = items && can_show_all(items);

        Py_XDECREF(items);
        return can;
    }
    if (PyTuple_CheckExact(value) || PyList_CheckExact(value) ||
        PyAnySet_CheckExact(value))
        return can_show_all(value);
    text = PyObject_Repr(value);
    Py_XDECREF(text);
    return text != NULL;
}

static bool
are_sane(PyObject *class, PyObject *args)
{
    PyObject *const *at = PySequence_Fast_ITEMS(args);
    Py_ssize_t n = PyTuple_GET_SIZE(args);

    if (!can_show(args))
        return false;
    if (class == PyExc_UnicodeDecodeError || class == PyExc_UnicodeEncodeError)
        return n == 5 && PyUnicode_CheckExact(at[0]) &&
               is_codec_error(at + 1, class == PyExc_UnicodeDecodeError);
    if (class == PyExc_UnicodeTranslateError)
        return n == 4 && is_codec_error(at, false);
    if (n > 1 && PyObject_IsSubclass(class, PyExc_SyntaxError))
        return n == 2 && is_source_place(at[1]);
    return true;
}

static int
set_field(PyObject *exception, PyObject *raised, const char *name)
{
    PyObject *value = field_of(raised, name);

    return value ? PyObject_SetAttrString(exception, name, value) : 0;
}

/* Not what else a traceback is shown by: showing one imports the `name`
 * of an ImportError with `name_from`, and looks for a NameError's in the
 * frames of the host. */
static int
set_fields(PyObject *exception, PyObject *raised)
{
    PyTypeObject *type = Py_TYPE(exception);

    if (PyType_IsSubtype(type, (PyTypeObject *)PyExc_ImportError) &&
        (set_field(exception, raised, "name") < 0 ||
         set_field(exception, raised, "path") < 0))
        return -1;
#if PY_VERSION_HEX >= 0x030A0000
    if (PyType_IsSubtype(type, (PyTypeObject *)PyExc_AttributeError))
        return set_field(exception, raised, "name");
#endif
    return 0;
}

static int
set_notes(PyObject *exception, PyObject *raised)
{
    PyObject *notes = field_of(raised, "notes");

    return notes ? PyObject_SetAttrString(exception, "__notes__", notes) : 0;
}

/* The nearest type that takes what it says. */
static PyObject *
new_by_message(PyObject *class, PyObject *message)
{
    PyObject *exception = NULL;

    while (!exception && class != PyExc_Exception) {
        PyErr_Clear();
        exception = PyObject_CallFunctionObjArgs(class, message, NULL);
        class = (PyObject *)((PyTypeObject *)class)->tp_base;
    }
    return exception;
}

/* An exception of the table; NULL without one where it is a RemoteError. */
static PyObject *
new_inbuilt(PyObject *raised)
{
    PyObject *class = table_class(PyList_GET_ITEM(raised, BASE));
    PyObject *exception, *args;

    if (!class)
        return NULL;
    args = PyList_GET_ITEM(raised, ARGUMENTS);
    exception =
        are_sane(class, args) ? PyObject_Call(class, args, NULL) : NULL;
    if (!exception)
        exception = new_by_message(class, PyList_GET_ITEM(raised, MESSAGE));
    if (exception && set_fields(exception, raised) < 0)
        Py_CLEAR(exception);
    if (!exception)
        PyErr_Clear();
    return exception;
}

static PyObject *make(making *m, PyObject *raised, unsigned depth);

#if PY_VERSION_HEX >= 0x030B0000
/* A list of exceptions, or NULL. */
static PyObject *
make_all(making *m, PyObject *rows, unsigned depth)
{
    PyObject *list = NULL;

    if (PyList_GET_SIZE(rows) <= m->left) {
        m->left -= (unsigned)PyList_GET_SIZE(rows);
        list = PyList_New(0);
    }

    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(rows); i++) {
        PyObject *row = PyList_GET_ITEM(rows, i);
        PyObject *made = is_well_formed(row) ? make(m, row, depth + 1) : NULL;

        if (!made || PyList_Append(list, made) < 0)
            Py_CLEAR(list);
        Py_XDECREF(made);
    }
    return list;
}

/* (message, [raised, ...]); NULL where it is told in no such way. All that
 * is in it is an Exception, and so is it. */
static PyObject *
new_group(making *m, PyObject *raised, unsigned depth)
{
    PyObject *args = PyList_GET_ITEM(raised, ARGUMENTS), *list, *group;

    if (PyUnicode_CompareWithASCIIString(PyList_GET_ITEM(raised, BASE),
                                         "BaseExceptionGroup") != 0 ||
        depth > GROUPS_MAX || PyTuple_GET_SIZE(args) != 2 ||
        !PyUnicode_CheckExact(PyTuple_GET_ITEM(args, 0)) ||
        !PyList_CheckExact(PyTuple_GET_ITEM(args, 1)))
        return NULL;
    list = make_all(m, PyTuple_GET_ITEM(args, 1), depth);
    group = list ? PyObject_CallFunctionObjArgs(PyExc_BaseExceptionGroup,
                                                PyTuple_GET_ITEM(args, 0),
                                                list, NULL)
                 : NULL;
    Py_XDECREF(list);
    PyErr_Clear();
    return group;
}
#else
static PyObject *
new_group(making *m, PyObject *raised, unsigned depth)
{
    (void)m, (void)raised, (void)depth;
    return NULL;
}
#endif

/* One that a function of the host's raised, and the worker lets through. New
 * reference. */
static PyObject *
find_own(const making *m, PyObject *raised)
{
    PyObject *number = field_of(raised, "kept"), *found = NULL;
    unsigned long long value = number ? PyLong_AsUnsignedLongLong(number) : 0;

    if (number && !PyErr_Occurred())
        found = stk_remote_find_kept(m->remote, value);
    PyErr_Clear();
    return found;
}

/* It is the host's, and says what it said; where in the worker it came
 * through is told where it has room for it. `told` is taken. */
static PyObject *
tell_where(const making *m, PyObject *exception, PyObject *told)
{
    PyObject *cause = PyException_GetCause(exception);
    PyObject *context = PyException_GetContext(exception);

    if (!cause && !context &&
        !((PyBaseExceptionObject *)(void *)exception)->suppress_context &&
        !PyErr_GivenExceptionMatches(exception, m->isolation->sandbox_error))
        PyException_SetCause(exception, Py_NewRef(told));
    Py_XDECREF(cause);
    Py_XDECREF(context);
    Py_DECREF(told);
    return exception;
}

static PyObject *
make_shown(making *m, PyObject *raised, unsigned depth, PyObject *headline,
           PyObject *traceback)
{
    PyObject *told = new_cause(m, raised, headline, traceback), *exception;

    if (!told)
        return NULL;
    exception = find_own(m, raised);
    if (exception)
        return tell_where(m, exception, told);
    exception = new_inbuilt(raised);
    if (!exception)
        exception = new_group(m, raised, depth);
    if (!exception)
        exception = new_remote_error(m, raised, headline, traceback);
    if (exception)
        PyException_SetCause(exception, told); /* takes it */
    else
        Py_DECREF(told);
    if (exception && set_notes(exception, raised) < 0)
        PyErr_Clear();
    return exception;
}

/* What a well-formed one comes to. New reference. */
static PyObject *
make(making *m, PyObject *raised, unsigned depth)
{
    PyObject *headline = show_headline(raised), *exception = NULL;
    PyObject *traceback =
        headline ? stk_printable(PyList_GET_ITEM(raised, TRACEBACK), true)
                 : NULL;

    if (traceback)
        exception = make_shown(m, raised, depth, headline, traceback);
    Py_XDECREF(headline);
    Py_XDECREF(traceback);
    return exception;
}

int
stk_remote_raise(const stk_remote *remote, PyObject *raised)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *exception;

    if (!isolation)
        return 0;
    if (!is_well_formed(raised)) {
        PyErr_SetString(PyExc_ValueError, "an exception that cannot be");
        return -1;
    }
    exception = make(&(making){ isolation, remote, GROUP_MAX }, raised, 0);
    if (!exception)
        return 0;
    PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_DECREF(exception);
    return 0;
}
