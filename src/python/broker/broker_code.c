/* SPDX-License-Identifier: Apache-2.0 */
/* The code of a module that a worker imports, as its loader here has it. */
#include "python/broker/broker.h"

#include <marshal.h>
#include <string.h>

#include "python/asks/mark.h"
#include "python/load/cached.h"
#include "python/load/sourcefile.h"

PyObject *
stk_broker_found(const char *kind, PyObject *package, PyObject *data,
                 PyObject *origin)
{
    return data ? Py_BuildValue("[sONO]", kind, package, data, origin) : NULL;
}

static bool
is_text(PyObject *object, const char *text)
{
    return object && PyUnicode_Check(object) &&
           PyUnicode_CompareWithASCIIString(object, text) == 0;
}

/* Extensions of CPython's whose import does not do what they are for. */
static const struct {
    const char *name, *note;
} notes[] = {
    { "_curses", "no profile lets it have a terminal" },
    { "_multiprocessing", "no profile lets it start processes" },
    { "_posixshmem", "no profile lets it start processes" },
    { "_posixsubprocess", "no profile lets it start programs" },
    { "_socket", "to connect it takes `syscalls = @network` and `network`, "
                 "too" },
    { "_ssl", "to connect it takes `syscalls = @network` and `network`, "
              "too" },
    { "_tkinter", "no profile lets it have a display" },
    { "nis", "no profile lets it resolve names" },
    { "ossaudiodev", "no profile lets it have a device" },
    { "readline", "no profile lets it have a terminal" },
    { "select", "to wait it takes `syscalls = @asyncio`, too" },
    { "syslog", "no profile lets it reach the system log" },
    { "termios", "no profile lets it have a terminal" },
};

static const char *
note_for(PyObject *name)
{
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (PyUnicode_CompareWithASCIIString(name, notes[i].name) == 0)
            return notes[i].note;
    return NULL;
}

PyObject *
stk_broker_refuse_extension(PyObject *name)
{
    const char *note = note_for(name);

    return PyErr_Format(PyExc_ImportError,
                        "%U is no Python code, and a worker loads no machine "
                        "code: name it in `preload` of its profile%s%s",
                        name, note ? " to import it; " : "", note ? note : "");
}

static PyObject *
refuse(PyObject *name, bool *machine)
{
    if (machine)
        *machine = true;
    return stk_broker_refuse_extension(name);
}

static PyObject *
marshalled_code(PyObject *name, PyObject *loader, bool *machine)
{
    PyObject *data = stk_cached_code(name, loader), *code;

    if (data)
        return data;
    code = PyObject_CallMethod(loader, "get_code", "O", name);
    if (!code)
        return NULL;
    if (!PyCode_Check(code)) {
        Py_DECREF(code);
        return refuse(name, machine);
    }
    data = PyMarshal_WriteObjectToString(code, Py_MARSHAL_VERSION);
    Py_DECREF(code);
    return data;
}

/* The text of the package's own modules is sent: tracebacks show it. */
static PyObject *
source_of(PyObject *loader, PyObject *origin)
{
    PyObject *suffix = PyUnicode_FromString(".py"), *data;
    bool is_source =
        suffix && PyUnicode_Check(origin) &&
        PyUnicode_Tailmatch(origin, suffix, 0, PY_SSIZE_T_MAX, 1) == 1;

    Py_XDECREF(suffix);
    if (!is_source)
        return NULL;
    data = stk_sourcefile_read(loader, origin);
    if (data)
        return data;
    data = PyObject_CallMethod(loader, "get_data", "O", origin);
    if (data && PyBytes_CheckExact(data))
        return data;
    Py_XDECREF(data);
    PyErr_Clear();
    return NULL;
}

typedef struct module_fields {
    PyObject *loader, *origin, *package; /* strong */
} module_fields;

static int
read_fields(module_fields *out, PyObject *spec)
{
    PyObject *folders;

    memset(out, 0, sizeof *out);
    folders = PyObject_GetAttrString(spec, "submodule_search_locations");
    if (!folders)
        return -1;
    out->package = PyBool_FromLong(folders != Py_None);
    Py_DECREF(folders);
    out->loader = PyObject_GetAttrString(spec, "loader");
    out->origin = PyObject_GetAttrString(spec, "origin");
    if (out->origin && !PyUnicode_CheckExact(out->origin))
        Py_SETREF(out->origin, Py_NewRef(Py_None));
    return out->loader && out->origin && out->package ? 0 : -1;
}

static void
clear_fields(module_fields *fields)
{
    Py_CLEAR(fields->loader);
    Py_CLEAR(fields->origin);
    Py_CLEAR(fields->package);
}

static PyObject *
code_of(PyObject *name, const module_fields *fields, bool own, bool *machine)
{
    PyObject *data;

    if (is_text(fields->origin, "built-in"))
        return stk_broker_found("builtin", Py_False, Py_NewRef(Py_None),
                                Py_None);
    if (is_text(fields->origin, "frozen"))
        return stk_broker_found("frozen", Py_False, Py_NewRef(Py_None),
                                Py_None);
    /* a namespace package has no code */
    if (fields->loader == Py_None ||
        !PyObject_HasAttrString(fields->loader, "get_code") ||
        (fields->origin == Py_None && fields->package == Py_True))
        return fields->package == Py_True
                   ? stk_broker_found("empty", Py_True, Py_NewRef(Py_None),
                                      Py_None)
                   : refuse(name, machine);
    data = own ? source_of(fields->loader, fields->origin) : NULL;
    if (data)
        return stk_broker_found("source", fields->package, data,
                                fields->origin);
    return stk_broker_found("code", fields->package,
                            marshalled_code(name, fields->loader, machine),
                            fields->origin);
}

PyObject *
stk_broker_code(PyObject *name, PyObject *spec, bool own, bool *machine)
{
    stk_mark *lookup =
        stk_mark_begin(stk_interp_find(), STK_MARK_LOOKUP, name);
    module_fields fields;
    PyObject *result = NULL;

    if (!lookup)
        return NULL;
    if (read_fields(&fields, spec) == 0)
        result = code_of(name, &fields, own, machine);
    clear_fields(&fields);
    stk_mark_end(lookup);
    return result;
}
