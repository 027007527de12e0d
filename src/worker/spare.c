/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules of the standard library that ask the machine, as soon as they are
 * imported, for what a worker has not: spared the asking. Else honest code
 * would be refused, recorded, and killed in the end for it.
 */
#include "worker/serve.h"

#include <stockade/sandbox.h>

#include "worker/compat.h"
#include "worker/kept.h"

/* Where CPython looks unless it was built otherwise. */
#define ZONE_FOLDERS                                                          \
    "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:"          \
    "/etc/zoneinfo"

/* Of the profile. */
static bool numberless; /* it lacks @process-info */
static bool fileless;   /* and @files-read */

/* logging would ask for the number of the process with each record. */
static int
spare_logging(PyObject *dict)
{
    if (numberless && PyDict_SetItemString(dict, "logProcesses", Py_False) < 0)
        return -1;
    return stk_logs_give(dict);
}

/* What os.uname() says, or platform's own for what cannot be determined: an
 * empty text. */
static PyObject *
uname_fields(PyObject *dict)
{
    PyObject *os = PyDict_GetItemString(dict, "os");

    if (numberless || !os)
        return Py_BuildValue("(sssss)", "Linux", "", "", "", "");
    return PyObject_CallMethod(os, "uname", NULL);
}

/* 3.8 runs a program for one field more, and has it as an argument. */
static int
spare_platform(PyObject *dict)
{
    bool runs = PY_VERSION_HEX < 0x03090000;
    PyObject *class = PyDict_GetItemString(dict, "uname_result");
    PyObject *fields, *more, *all, *known;
    int result;

    if ((!numberless && !runs) || !class)
        return 0;
    fields = uname_fields(dict);
    more = runs ? Py_BuildValue("(s)", "") : PyTuple_New(0);
    all = fields && more ? PySequence_Concat(fields, more) : NULL;
    known = all ? PyObject_CallObject(class, all) : NULL;
    result = known ? PyDict_SetItemString(dict, "_uname_cache", known) : -1;
    Py_XDECREF(fields);
    Py_XDECREF(more);
    Py_XDECREF(all);
    Py_XDECREF(known);
    return result;
}

/* threading has none where _thread has none. */
static int
spare_threading(void)
{
    PyObject *module;
    int result = 0;

    if (!numberless)
        return 0;
    module = PyImport_ImportModule("_thread");
    if (module && PyObject_HasAttrString(module, "get_native_id"))
        result = PyObject_DelAttrString(module, "get_native_id");
    Py_XDECREF(module);
    return module ? result : -1;
}

/* For the marks below a line that is no expression, it would compile that,
 * and have the error that it gets look for a file. */
static int
spare_traceback(PyObject *dict)
{
    static const char name[] = "_extract_caret_anchors_from_line_segment";
    PyObject *nothing;
    int result;

    if (!PyDict_GetItemString(dict, name))
        return 0;
    nothing = PyRun_String("lambda *a: None", Py_eval_input, dict, dict);
    result = nothing ? PyDict_SetItemString(dict, name, nothing) : -1;
    Py_XDECREF(nothing);
    return result;
}

/* ---- time zones ------------------------------------------------------ */

static PyObject *
refuse_zone(PyObject *dict, PyObject *key)
{
    PyObject *class = PyDict_GetItemString(dict, "ZoneInfoNotFoundError");

    return PyErr_Format(class ? class : PyExc_KeyError,
                        "No time zone found with key %U: the host has none "
                        "in its /usr/share/zoneinfo",
                        key);
}

/* zoneinfo._common.load_tzdata, which has looked for a package else. */
static PyObject *
load_zone(PyObject *dict, PyObject *key)
{
    PyObject *question, *answer, *io, *stream = NULL;

    if (!PyUnicode_Check(key))
        return PyErr_Format(PyExc_TypeError, "the key of a zone is str");
    question = Py_BuildValue("[sO]", "zoneinfo", key);
    answer = question ? stk_serve_ask(stk_serve_current(), STK_OP_RESOURCE,
                                      question)
                      : NULL;
    Py_XDECREF(question);
    if ((answer && !PyBytes_CheckExact(answer)) ||
        (!answer && PyErr_ExceptionMatches(PyExc_UnicodeError))) {
        Py_XDECREF(answer);
        PyErr_Clear();
        return refuse_zone(dict, key);
    }
    io = answer ? PyImport_ImportModule("io") : NULL;
    if (io)
        stream = PyObject_CallMethod(io, "BytesIO", "O", answer);
    Py_XDECREF(io);
    Py_XDECREF(answer);
    return stream;
}

static int
spare_zones(PyObject *dict)
{
    static PyMethodDef method = { "load_tzdata", load_zone, METH_O,
                                  "The time zone, as the host has it." };
    PyObject *function = PyCFunction_New(&method, dict);
    int result =
        function ? PyDict_SetItemString(dict, "load_tzdata", function) : -1;

    Py_XDECREF(function);
    return result;
}

/* The host has the files that zoneinfo would look for, and who asks for the
 * names has not asked for the package tzdata. */
static PyObject *
list_zones(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    PyObject *question = Py_BuildValue("[ss]", "zoneinfo", ""), *answer, *set;

    answer = question ? stk_serve_ask(stk_serve_current(), STK_OP_RESOURCE,
                                      question)
                      : NULL;
    Py_XDECREF(question);
    set = answer ? PySet_New(answer == Py_None ? NULL : answer) : NULL;
    Py_XDECREF(answer);
    return set;
}

static int
spare_zone_names(PyObject *dict)
{
    static PyMethodDef method = {
        "available_timezones", list_zones, METH_NOARGS,
        "The keys of the time zones that the host has."
    };
    PyObject *function;
    int result;

    if (!PyDict_GetItemString(dict, method.ml_name))
        return 0;
    function = PyCFunction_New(&method, NULL);
    result =
        function ? PyDict_SetItemString(dict, method.ml_name, function) : -1;
    Py_XDECREF(function);
    return result;
}

static PyObject *
get_config_var(PyObject *Py_UNUSED(self), PyObject *name)
{
    if (!PyUnicode_Check(name) ||
        PyUnicode_CompareWithASCIIString(name, "TZPATH"))
        Py_RETURN_NONE;
    return PyUnicode_FromString(fileless ? "" : ZONE_FOLDERS);
}

/* zoneinfo._tzpath wants one word of sysconfig, which looks at a dozen files
 * for it. */
static int
fill_sysconfig(PyObject *module)
{
    static PyMethodDef method = { "get_config_var", get_config_var, METH_O,
                                  "What zoneinfo asks for." };
    PyObject *function = PyCFunction_New(&method, NULL);
    int result = function
                     ? PyObject_SetAttrString(module, method.ml_name, function)
                     : -1;

    Py_XDECREF(function);
    return result;
}

/* platform of 3.9 and 3.10 imports subprocess, whose machine code a worker
 * has not, for what it takes to be missing where a program does not start. */
static int
fill_subprocess(PyObject *module)
{
    static const char text[] =
        "DEVNULL = -3\n"
        "class CalledProcessError(Exception): pass\n"
        "def check_output(*args, **more):\n"
        "    raise OSError(1, 'a worker starts no program')\n";
    PyObject *dict = PyModule_GetDict(module), *done = NULL;

    if (PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins()) == 0)
        done = PyRun_String(text, Py_file_input, dict, dict);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* email.utils, which importlib.metadata imports, up to 3.12: for one function,
 * the name that a message id has. Its machine code opens connections. */
static int
fill_socket(PyObject *module)
{
    static const char text[] = "def getfqdn(name=''): return 'localhost'\n";
    PyObject *dict = PyModule_GetDict(module), *done = NULL;

    if (PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins()) == 0)
        done = PyRun_String(text, Py_file_input, dict, dict);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static const struct {
    const char *name, *lent; /* while the code of `name` runs */
    int (*fill)(PyObject *module);
} lendings[] = {
    { "zoneinfo._tzpath", "sysconfig", fill_sysconfig },
    { "platform", "subprocess", fill_subprocess },
    { "email.utils", "socket", fill_socket },
};

static int
lend(const char *name, int (*fill)(PyObject *module))
{
    PyObject *module = PyModule_New(name);
    int result = -1;

    if (module && fill(module) == 0)
        result = PyDict_SetItemString(PyImport_GetModuleDict(), name, module);
    Py_XDECREF(module);
    return result;
}

/* ---- around the code of a module ------------------------------------- */

static bool
is_called(PyObject *name, const char *text)
{
    return PyUnicode_CompareWithASCIIString(name, text) == 0;
}

static bool
is_preloaded(const char *name)
{
    PyObject *text = PyUnicode_FromString(name);
    bool found = text && stk_kept_has(text);

    PyErr_Clear();
    Py_XDECREF(text);
    return found;
}

int
stk_spare_before(PyObject *name, const char **lent)
{
    PyObject *modules = PyImport_GetModuleDict();

    *lent = NULL;
    if (is_called(name, "sysconfig") && stk_paths_hold() < 0)
        return -1;
    for (size_t i = 0; i < sizeof lendings / sizeof *lendings; i++) {
        if (!is_called(name, lendings[i].name) ||
            PyDict_GetItemString(modules, lendings[i].lent) ||
            (lendings[i].fill == fill_socket && is_preloaded("socket")))
            continue;
        *lent = lendings[i].lent;
        return lend(*lent, lendings[i].fill);
    }
    return 0;
}

static void
take_back(const char *lent)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (PyDict_DelItemString(PyImport_GetModuleDict(), lent) < 0)
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

static const struct {
    const char *name;
    int (*spare)(PyObject *dict);
} spared[] = {
    { "linecache", stk_lines_give },
    { "logging", spare_logging },
    { "os", stk_paths_root },
    { "platform", spare_platform },
    { "posix", stk_paths_root },
    { "posixpath", stk_paths_give },
    { "sysconfig", stk_paths_config },
    { "traceback", spare_traceback },
    { "zoneinfo", spare_zone_names },
    { "zoneinfo._common", spare_zones },
    { "zoneinfo._tzpath", spare_zone_names },
};

int
stk_spare_after(PyObject *name, PyObject *dict, const char *lent)
{
    if (lent)
        take_back(lent);
    if (is_called(name, "sysconfig"))
        stk_paths_let_go();
    for (size_t i = 0; dict && i < sizeof spared / sizeof *spared; i++)
        if (is_called(name, spared[i].name))
            return spared[i].spare(dict);
    return 0;
}

int
stk_spare_init(uint32_t calls)
{
    PyObject *modules = PyImport_GetModuleDict();
    int result;

    numberless = !(calls & STK_CALLS_PROCESS);
    fileless = !(calls & (STK_CALLS_FILES_READ | STK_CALLS_FILES_WRITE));
    result = spare_threading();
    stk_paths_init(fileless);
    if (result == 0 && fileless)
        result = stk_lines_blind();
    for (size_t i = 0; result == 0 && i < sizeof spared / sizeof *spared;
         i++) {
        PyObject *module = PyDict_GetItemString(modules, spared[i].name);

        /* platform has asked the machine then, before it was left */
        if (module && spared[i].spare != spare_platform)
            result = spared[i].spare(PyModule_GetDict(module));
    }
    return result;
}
