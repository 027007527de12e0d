/* SPDX-License-Identifier: Apache-2.0 */
/* What the code of a worker may import though it is loaded already. */
#include "worker/granted.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "worker/compat.h"
#include "worker/interpreter.h"
#include "worker/kept.h"
#include "worker/serve.h"

static PyObject *granted;   /* strong; set of names, and of (name, who) */
static PyObject *own;       /* strong; set of names of modules */
static PyObject *library;   /* strong; set of names of modules */
static PyObject *real_find; /* strong; importlib's _find_and_load() */
/* Borrowed; see is_native(). Threads take turns in the midst of an import. */
static _Thread_local PyObject *native;
static char folder[PATH_MAX];

/* ---- whose a module is ----------------------------------------------- */

static bool
begins(const char *text, const char *head)
{
    return !strncmp(text, head, strlen(head));
}

static bool
is_of_library(PyObject *origin)
{
    const char *text =
        origin && PyUnicode_Check(origin) ? PyUnicode_AsUTF8(origin) : NULL;
    size_t n = strlen(folder);

    PyErr_Clear();
    if (!text)
        return false;
    if (!strcmp(text, "built-in") || !strcmp(text, "frozen"))
        return true;
    return n > 0 && !strncmp(text, folder, n) && text[n] == '/' &&
           !begins(text + n, "/site-packages/") &&
           !begins(text + n, "/dist-packages/");
}

int
stk_granted_note(PyObject *name, PyObject *origin)
{
    return is_of_library(origin) ? PySet_Add(library, name) : 0;
}

bool
stk_granted_is_library(PyObject *name)
{
    int found = PyUnicode_CheckExact(name) ? PySet_Contains(library, name) : 0;

    PyErr_Clear();
    return found == 1;
}

int
stk_granted_own(PyObject *name)
{
    return PySet_Add(own, name) < 0 ? -1 : PySet_Add(granted, name);
}

/* Of the package that the worker is for: 1, 0, -1. */
static int
is_own(PyObject *who)
{
    Py_ssize_t end = PyUnicode_CheckExact(who) ? PyUnicode_GET_LENGTH(who) : 0;
    int result = who == Py_None;

    for (; result == 0 && end > 0;
         end = PyUnicode_FindChar(who, '.', 0, end, -1)) {
        PyObject *part = PyUnicode_Substring(who, 0, end);

        result = part ? PySet_Contains(own, part) : -1;
        Py_XDECREF(part);
    }
    return result;
}

PyObject *
stk_granted_who(PyObject *name)
{
    return native && PyUnicode_Compare(native, name) == 0
               ? PyUnicode_InternFromString("builtins")
               : stk_who_imports();
}

/* The one that runs. */
static bool
is_librarys_frame(void)
{
    PyObject *dict = PyEval_GetGlobals();
    PyObject *name = dict ? PyDict_GetItemString(dict, "__name__") : NULL;

    return name && stk_granted_is_library(name);
}

/* ---- asking ---------------------------------------------------------- */

/* (`name`, `who`): what a module may import for itself. New reference. */
static PyObject *
pair_of(PyObject *name, PyObject *who)
{
    return PyTuple_Pack(2, name, who);
}

static int
add_pair(PyObject *name, PyObject *who)
{
    PyObject *pair = pair_of(name, who);
    int result = pair ? PySet_Add(granted, pair) : -1;

    Py_XDECREF(pair);
    return result;
}

static int
has_pair(PyObject *name, PyObject *who)
{
    PyObject *pair = PyUnicode_CheckExact(who) ? pair_of(name, who) : NULL;
    int result = pair ? PySet_Contains(granted, pair) : 0;

    Py_XDECREF(pair);
    return PyErr_Occurred() ? -1 : result;
}

int
stk_granted_to(PyObject *name, PyObject *who)
{
    int mine = stk_granted_is_library(who) ? -1 : is_own(who);

    if (mine < 0)
        return PyErr_Occurred() ? -1 : 0;
    return mine || !PyUnicode_CheckExact(who) ? PySet_Add(granted, name)
                                              : add_pair(name, who);
}

/* True: it is granted now. False: what asks is the standard library's. None:
 * it is the business of what asks, and of nobody else. */
static int
note_answer(PyObject *name, PyObject *who, PyObject *answer)
{
    if (answer == Py_None && PyUnicode_CheckExact(who))
        return add_pair(name, who);
    if (answer == Py_True)
        return PySet_Add(granted, name);
    if (answer == Py_False && PyUnicode_CheckExact(who))
        return PySet_Add(library, who);
    PyErr_SetString(PyExc_ImportError, "the host answered nonsense");
    return -1;
}

/* `who` is taken. */
static int
ask_as(PyObject *name, PyObject *who)
{
    PyObject *question, *answer = NULL;
    int result = -1;

    question = who ? Py_BuildValue("[OOO]", name, who, Py_None) : NULL;
    if (question)
        answer = stk_serve_ask(stk_serve_current(), STK_OP_IMPORT, question);
    if (answer)
        result = note_answer(name, who, answer);
    Py_XDECREF(question);
    Py_XDECREF(answer);
    Py_XDECREF(who);
    return result;
}

/* 0: it may go on; -1 with what the host refused it by. What is not loaded
 * is asked for by the finder. */
static int
ask_for(PyObject *name)
{
    PyObject *module, *who;
    int found = PySet_Contains(granted, name), mine;

    if (found != 0)
        return found < 0 ? -1 : 0;
    module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
    if (!module || module == Py_None)
        return PyErr_Occurred() ? -1 : 0;
    if (stk_kept_is_loading() || name == native ||
        !stk_serve_current()->channel)
        return 0;
    who = stk_who_imports();
    if (!who)
        return -1;
    mine = stk_granted_is_library(who) ? 1 : has_pair(name, who);
    if (mine == 0)
        return ask_as(name, who);
    Py_DECREF(who);
    return mine < 0 ? -1 : 0;
}

/* ---- from package import item ---------------------------------------- */

static bool
is_loaded_as(PyObject *module, PyObject *name)
{
    return PyDict_GetItemWithError(PyImport_GetModuleDict(), name) == module;
}

/* `from tempfile import _os`: a module that another one has lying about. */
static int
ask_for_alias(PyObject *value)
{
    PyObject *name = PyModule_GetNameObject(value);
    int result = 0;

    if (!name) {
        PyErr_Clear();
        return 0;
    }
    if (PyUnicode_CheckExact(name) && is_loaded_as(value, name))
        result = ask_for(name);
    Py_DECREF(name);
    return PyErr_Occurred() ? -1 : result;
}

/* One without a name has parts without one. */
static int
ask_for_part(PyObject *module, PyObject *item, PyObject *value)
{
    PyObject *base = PyModule_GetNameObject(module), *full;
    int result = -1;

    if (!base) {
        PyErr_Clear();
        return ask_for_alias(value);
    }
    full = PyUnicode_FromFormat("%U.%U", base, item);
    if (full)
        result =
            is_loaded_as(value, full) ? ask_for(full) : ask_for_alias(value);
    Py_DECREF(base);
    Py_XDECREF(full);
    return result;
}

static int
ask_for_item(PyObject *module, PyObject *item)
{
    PyObject *value = PyDict_GetItemWithError(PyModule_GetDict(module), item);
    int result;

    if (!value || !PyModule_Check(value)) /* nothing that was loaded */
        return PyErr_Occurred() ? -1 : 0;
    Py_INCREF(value);
    result = ask_for_part(module, item, value);
    Py_DECREF(value);
    return result;
}

static int
ask_for_items(PyObject *module, PyObject *items)
{
    int result = 0;

    if (!PyModule_Check(module) || !PyTuple_CheckExact(items))
        return 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(items); i++)
        if (PyUnicode_CheckExact(PyTuple_GET_ITEM(items, i)))
            result = ask_for_item(module, PyTuple_GET_ITEM(items, i));
    return result;
}

/* ---- builtins.__import__ --------------------------------------------- */

enum { NAME, GLOBALS, LOCALS, ITEMS, LEVEL, N_ARGS };

/* What CPython and functions written in C import for themselves. They have no
 * frame: whoever calls datetime.strftime() did not ask for `time`. */
static bool
is_native(PyObject *const *args)
{
    static const char *const names[] = {
        "_codecs", "_compat_pickle", "_io",       "_strptime", "builtins",
        "codecs",  "copyreg",        "encodings", "io",        "re",
        "time",    "unicodedata",
    };

    /* PyImport_Import() */
    if (!args[ITEMS] || !PyList_CheckExact(args[ITEMS]) ||
        PyList_GET_SIZE(args[ITEMS]) > 0)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!PyUnicode_CompareWithASCIIString(args[NAME], names[i]))
            return true;
    return false;
}

/* Of a relative import; NULL without an exception: CPython says what is wrong
 * with it. */
static PyObject *
absolute_name(PyObject *const *args, long level)
{
    PyObject *dict = args[GLOBALS];
    PyObject *package = dict && PyDict_Check(dict)
                            ? PyDict_GetItemString(dict, "__package__")
                            : NULL;
    PyObject *base, *name;
    Py_ssize_t end;

    if (!package || !PyUnicode_CheckExact(package))
        return NULL;
    end = PyUnicode_GET_LENGTH(package);
    for (; level > 1 && end > 0; level--)
        end = PyUnicode_FindChar(package, '.', 0, end, -1);
    if (end <= 0)
        return NULL;
    base = PyUnicode_Substring(package, 0, end);
    if (!base || PyUnicode_GET_LENGTH(args[NAME]) == 0)
        return base;
    name = PyUnicode_FromFormat("%U.%U", base, args[NAME]);
    Py_DECREF(base);
    return name;
}

static int
ask_before(PyObject *const *args, long level)
{
    PyObject *name;
    int result;

    if (level <= 0)
        return ask_for(args[NAME]);
    name = absolute_name(args, level);
    if (!name)
        return PyErr_Occurred() ? -1 : 0;
    result = ask_for(name);
    Py_DECREF(name);
    return result;
}

static PyObject *
import_as_ever(PyObject *const *args, long level)
{
    return PyImport_ImportModuleLevelObject(
        args[NAME], args[GLOBALS], args[LOCALS], args[ITEMS], (int)level);
}

static PyObject *
import_native(PyObject *const *args)
{
    PyObject *before = native, *module;

    native = args[NAME];
    module = import_as_ever(args, 0);
    native = before;
    return module;
}

PyObject *
stk_granted_import(const char *name)
{
    PyObject *import = stk_broker_bootstrap("_gcd_import");
    PyObject *text = PyUnicode_InternFromString(name), *before = native;
    PyObject *module = NULL;

    native = text;
    if (import && text)
        module = PyObject_CallOneArg(import, text);
    native = before;
    Py_XDECREF(import);
    Py_XDECREF(text);
    return module;
}

static PyObject *
import_asked(PyObject *const *args)
{
    long level = args[LEVEL] ? PyLong_AsLong(args[LEVEL]) : 0;
    PyObject *module;
    bool exempt;

    if (level == -1 && PyErr_Occurred())
        return NULL;
    if (level > INT_MAX || level < INT_MIN)
        return PyErr_Format(PyExc_OverflowError, "level is too large");
    exempt = is_librarys_frame();
    if (!exempt && level == 0 && is_native(args))
        return import_native(args);
    if (!exempt && ask_before(args, level) < 0)
        return NULL;
    module = import_as_ever(args, level);
    if (module && !exempt && args[ITEMS] &&
        ask_for_items(module, args[ITEMS]) < 0)
        Py_CLEAR(module);
    return module;
}

static int
take_keywords(PyObject *args[N_ARGS], PyObject *const *values, PyObject *names)
{
    static const char *const known[] = { "name", "globals", "locals",
                                         "fromlist", "level" };

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        size_t at = 0;

        while (at < N_ARGS &&
               PyUnicode_CompareWithASCIIString(name, known[at]) != 0)
            at++;
        if (at == N_ARGS || args[at]) {
            PyErr_Format(PyExc_TypeError,
                         "__import__() got an argument '%U' that it does not "
                         "take, or has already",
                         name);
            return -1;
        }
        args[at] = values[i];
    }
    return 0;
}

static bool
is_zero(PyObject *level)
{
    int overflow;

    return PyLong_CheckExact(level) &&
           PyLong_AsLongAndOverflow(level, &overflow) == 0;
}

/* `import name`, for a name that is granted. */
static bool
is_plain(PyObject *const *values, Py_ssize_t n, PyObject *names)
{
    return !names && n == N_ARGS && values[ITEMS] == Py_None &&
           PyUnicode_CheckExact(values[NAME]) && is_zero(values[LEVEL]) &&
           PySet_Contains(granted, values[NAME]) == 1;
}

static PyObject *
import_name(PyObject *Py_UNUSED(self), PyObject *const *values, Py_ssize_t n,
            PyObject *names)
{
    PyObject *args[N_ARGS] = { NULL }, *exact, *module;

    if (is_plain(values, n, names))
        return import_as_ever(values, 0);
    if (n > N_ARGS)
        return PyErr_Format(PyExc_TypeError,
                            "__import__() takes at most 5 arguments");
    for (Py_ssize_t i = 0; i < n; i++)
        args[i] = values[i];
    if (names && take_keywords(args, values + n, names) < 0)
        return NULL;
    if (!args[NAME] || !PyUnicode_Check(args[NAME]))
        return PyErr_Format(PyExc_TypeError,
                            "__import__() takes the name of a module");
    exact = PyUnicode_FromObject(args[NAME]);
    args[NAME] = exact;
    module = exact ? import_asked(args) : NULL;
    Py_XDECREF(exact);
    return module;
}

/* ---- importlib's _find_and_load() ------------------------------------ */

/* What import_module() comes to. */
static PyObject *
find_and_load(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *name, *import;

    if (!PyArg_ParseTuple(args, "UO:_find_and_load", &name, &import))
        return NULL;
    if (PyUnicode_CheckExact(name) && ask_for(name) < 0)
        return NULL;
    return PyObject_CallFunctionObjArgs(real_find, name, import, NULL);
}

/* ---- installing ------------------------------------------------------ */

static int
replace(PyObject *dict, PyMethodDef *method)
{
    PyObject *function = PyCFunction_New(method, NULL);
    int result =
        function ? PyDict_SetItemString(dict, method->ml_name, function) : -1;

    Py_XDECREF(function);
    return result;
}

static PyObject *
origin_of(PyObject *module)
{
    PyObject *spec = PyObject_GetAttrString(module, "__spec__");
    PyObject *origin = spec && spec != Py_None
                           ? PyObject_GetAttrString(spec, "origin")
                           : NULL;

    Py_XDECREF(spec);
    PyErr_Clear();
    return origin;
}

/* Those that there are, but for what `preload` has of others. */
static int
note_loaded(void)
{
    PyObject *modules = PyDict_Copy(PyImport_GetModuleDict()), *name, *module;
    Py_ssize_t at = 0;
    int result = modules ? 0 : -1;

    while (result == 0 && PyDict_Next(modules, &at, &name, &module)) {
        PyObject *origin = origin_of(module);

        result =
            PyUnicode_CheckExact(name) ? stk_granted_note(name, origin) : 0;
        Py_XDECREF(origin);
    }
    Py_XDECREF(modules);
    return result;
}

/* Every worker has them, without an import, and its namespace. */
static int
grant_own(void)
{
    static const char *const names[] = { "__main__", "builtins", "sys" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        PyObject *name = PyUnicode_InternFromString(names[i]);
        int result = name ? stk_granted_own(name) : -1;

        Py_XDECREF(name);
        if (result < 0)
            return -1;
    }
    return 0;
}

static void
find_folder(void)
{
    stk_folders folders;

    if (stk_interpreter_folders(&folders))
        snprintf(folder, sizeof folder, "%s", folders.library);
}

int
stk_granted_install(void)
{
    static PyMethodDef import = {
        "__import__", (PyCFunction)(void (*)(void))import_name,
        METH_FASTCALL | METH_KEYWORDS,
        "__import__(name, globals=None, locals=None, fromlist=(), level=0)"
    };
    static PyMethodDef find = { "_find_and_load", find_and_load, METH_VARARGS,
                                "Find and load the module." };
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *bootstrap = PyDict_GetItemString(modules, "_frozen_importlib");

    find_folder();
    granted = PySet_New(NULL);
    own = PySet_New(NULL);
    library = PySet_New(NULL);
    real_find = stk_broker_bootstrap("_find_and_load");
    if (!granted || !own || !library || !real_find || note_loaded() < 0 ||
        grant_own() < 0 || replace(PyModule_GetDict(bootstrap), &find) < 0)
        return -1;
    return replace(PyEval_GetBuiltins(), &import);
}
