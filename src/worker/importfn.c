/* SPDX-License-Identifier: Apache-2.0 */
/* What stands before the import of a worker's Python: what is loaded already
 * is asked for, too. */
#include "worker/importfn.h"

#include <limits.h>

#include "worker/compat.h"
#include "worker/granted.h"
#include "worker/importing.h"
#include "worker/kept.h"
#include "worker/library.h"
#include "worker/serve.h"
#include "worker/words.h"

static PyObject *real_find; /* strong; importlib's _find_and_load() */

/* ---- what was refused ------------------------------------------------ */

/* {name: message}, strong, of the innermost `from package import` that runs;
 * NULL: of none. Threads take turns in the midst of an import. */
static _Thread_local PyObject *refusals;
static _Thread_local unsigned within; /* how many of those run */

/* Not the exception: it has hold of whatever frames it goes through. */
static void
note_refusal(PyObject *exception)
{
    PyObject *name = PyObject_GetAttrString(exception, "name");
    PyObject *message = name ? PyObject_Str(exception) : NULL;

    if (!refusals)
        refusals = PyDict_New();
    if (refusals && message)
        PyDict_SetItem(refusals, name, message);
    Py_XDECREF(name);
    Py_XDECREF(message);
}

void
stk_importfn_see_refusal(void)
{
    PyObject *type, *value, *traceback;

    if (within == 0 || !PyErr_ExceptionMatches(PyExc_ModuleNotFoundError))
        return;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value)
        note_refusal(value);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

/* importlib takes what was refused for an attribute that is missing. */
static int
tell_refusal(PyObject *module, PyObject *item)
{
    PyObject *base, *full, *message;

    if (!refusals)
        return 0;
    base = PyModule_GetNameObject(module);
    full = base ? PyUnicode_FromFormat("%U.%U", base, item) : NULL;
    PyErr_Clear();
    message = full ? PyDict_GetItemWithError(refusals, full) : NULL;
    if (message)
        PyErr_SetImportErrorSubclass(PyExc_ModuleNotFoundError, message, full,
                                     NULL);
    Py_XDECREF(base);
    Py_XDECREF(full);
    return PyErr_Occurred() ? -1 : 0;
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
        result = stk_granted_ask(name);
    else if (PyUnicode_CheckExact(name) && stk_kept_is(name, value))
        result = stk_granted_ask_kept(name);
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
        result = is_loaded_as(value, full) ? stk_granted_ask(full)
                                           : ask_for_alias(value);
    Py_DECREF(base);
    Py_XDECREF(full);
    return result;
}

static int
ask_for_item(PyObject *module, PyObject *item)
{
    PyObject *value = PyDict_GetItemWithError(PyModule_GetDict(module), item);
    int result;

    if (!value && !PyErr_Occurred())
        return tell_refusal(module, item);
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

/* `value` is taken, and may be NULL. */
static PyObject *
exact_text(PyObject *value)
{
    PyObject *text =
        value && PyUnicode_Check(value) ? PyUnicode_FromObject(value) : NULL;

    Py_XDECREF(value);
    PyErr_Clear();
    return text;
}

/* Of globals without a `__package__`. */
static PyObject *
package_by_name(PyObject *dict)
{
    PyObject *name =
        exact_text(Py_XNewRef(PyDict_GetItemString(dict, "__name__")));
    Py_ssize_t dot;

    if (!name || PyDict_GetItemString(dict, "__path__"))
        return name;
    dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    Py_SETREF(name, dot < 0 ? NULL : PyUnicode_Substring(name, 0, dot));
    return name;
}

/* Where CPython looks for it. */
static PyObject *
package_of(PyObject *dict)
{
    PyObject *package = PyDict_GetItemString(dict, "__package__");
    PyObject *spec = PyDict_GetItemString(dict, "__spec__");

    if (package && package != Py_None)
        return exact_text(Py_NewRef(package));
    if (spec && spec != Py_None)
        return exact_text(PyObject_GetAttrString(spec, "parent"));
    return package_by_name(dict);
}

/* Of a relative import; NULL without an exception: CPython says what is wrong
 * with it. */
static PyObject *
absolute_name(PyObject *const *args, long level)
{
    PyObject *dict = args[GLOBALS];
    PyObject *package = dict && PyDict_Check(dict) ? package_of(dict) : NULL;
    PyObject *base, *name;
    Py_ssize_t end = package ? PyUnicode_GET_LENGTH(package) : 0;

    for (; level > 1 && end > 0; level--)
        end = PyUnicode_FindChar(package, '.', 0, end, -1);
    base = end > 0 ? PyUnicode_Substring(package, 0, end) : NULL;
    Py_XDECREF(package);
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
        return stk_granted_ask(args[NAME]);
    name = absolute_name(args, level);
    if (!name)
        return PyErr_Occurred() ? -1 : 0;
    result = stk_granted_ask(name);
    Py_DECREF(name);
    return result;
}

static PyObject *
import_as_ever(PyObject *const *args, long level)
{
    return PyImport_ImportModuleLevelObject(
        args[NAME], args[GLOBALS], args[LOCALS], args[ITEMS], (int)level);
}

/* `exempt`: what is lying about is not asked for. */
static PyObject *
import_items(PyObject *const *args, long level, bool exempt)
{
    PyObject *outer = refusals, *module;

    refusals = NULL;
    within++;
    module = import_as_ever(args, level);
    within--;
    if (module && !exempt && ask_for_items(module, args[ITEMS]) < 0)
        Py_CLEAR(module);
    Py_XDECREF(refusals);
    refusals = outer;
    return module;
}

static PyObject *
import_native(PyObject *const *args)
{
    PyObject *before = stk_granted_set_native(args[NAME]);
    PyObject *module = import_as_ever(args, 0);

    stk_granted_set_native(before);
    return module;
}

/* The one that runs. */
static bool
is_librarys_frame(void)
{
    PyObject *dict = PyEval_GetGlobals();
    PyObject *name =
        dict ? PyDict_GetItemWithError(dict, stk_word(STK_WORD_NAME)) : NULL;

    return name && stk_library_has(name);
}

static PyObject *
import_asked(PyObject *const *args)
{
    long level = args[LEVEL] ? PyLong_AsLong(args[LEVEL]) : 0;
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
    return args[ITEMS] && args[ITEMS] != Py_None
               ? import_items(args, level, exempt)
               : import_as_ever(args, level);
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
           stk_granted_has(values[NAME]);
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
        return PyErr_Format(PyExc_TypeError, "module name must be a string");
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
    PyObject *name, *import, *module = NULL;

    if (!PyArg_ParseTuple(args, "UO:_find_and_load", &name, &import))
        return NULL;
    name = PyUnicode_FromObject(name);
    if (name && stk_granted_ask(name) == 0)
        module = stk_importing_find(name);
    if (name && !module && !PyErr_Occurred())
        module = PyObject_CallFunctionObjArgs(real_find, name, import, NULL);
    Py_XDECREF(name);
    return module;
}

static int
replace(PyObject *dict, PyMethodDef *method)
{
    PyObject *function = PyCFunction_New(method, NULL);
    int result =
        function ? PyDict_SetItemString(dict, method->ml_name, function) : -1;

    Py_XDECREF(function);
    return result;
}

int
stk_importfn_install(void)
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

    real_find = stk_broker_bootstrap("_find_and_load");
    if (!real_find || stk_library_init() < 0 || stk_granted_init() < 0 ||
        replace(PyModule_GetDict(bootstrap), &find) < 0)
        return -1;
    return replace(PyEval_GetBuiltins(), &import);
}
