/* SPDX-License-Identifier: Apache-2.0 */
/* Notes the import system as it is, for pins.c to compare. */
#include "python/load/pins.h"

#include "python/asks/tag.h"
#include "python/object/loaded.h"
#include "python/object/name.h"

/* One behind the other: a tuple for each is an object more that the collector
 * goes over, again and again. */
static int
add_pin(PyObject *pins, PyObject *owner, PyObject *name, PyObject *value)
{
    return PyList_Append(pins, owner) < 0 || PyList_Append(pins, name) < 0 ||
                   PyList_Append(pins, value) < 0
               ? -1
               : 0;
}

#define IS_ONE_OF(name, names)                                                \
    stk_name_is_among(name, names, sizeof(names) / sizeof *(names))

/* What honest code adds and takes away, and nothing is loaded with: copyreg
 * keeps notes in a class, importlib_metadata takes the place of its
 * predecessor, and importlib counts invalidate_caches(). */
static bool
is_harmless(PyObject *name)
{
    static const stk_literal names[] = { STK_LITERAL("__slotnames__"),
                                         STK_LITERAL("_epoch"),
                                         STK_LITERAL("find_distributions") };

    return IS_ONE_OF(name, names);
}

Py_ssize_t
stk_pins_count(PyObject *dict)
{
    PyObject *name, *value;
    Py_ssize_t at = 0, n = 0;

    while (PyDict_Next(dict, &at, &name, &value))
        n += !is_harmless(name);
    return n;
}

/* ---- functions ------------------------------------------------------- */

/* importlib wraps functions in functions: a few deep. */
#define WRAPPED_MAX 4

static int pin_callable(stk_interp *state, PyObject *value, int depth);

static int
pin_cells(stk_interp *state, PyObject *cells, int depth)
{
    for (Py_ssize_t i = 0; cells && i < PyTuple_GET_SIZE(cells); i++) {
        PyObject *cell = PyTuple_GET_ITEM(cells, i);
        PyObject *held = PyCell_GET(cell);

        if (held && (add_pin(state->cell_pins, cell, Py_None, held) < 0 ||
                     pin_callable(state, held, depth + 1) < 0))
            return -1;
    }
    return 0;
}

/* A function stays the same one when it gets other code. */
static int
pin_callable(stk_interp *state, PyObject *value, int depth)
{
    PyObject *function;
    int result = 0;

    if (depth > WRAPPED_MAX)
        return 0;
    function = stk_code_plain_function(value);
    if (!function)
        return -1;
    if (PyFunction_Check(function))
        result = add_pin(state->more_pins, function, Py_None,
                         PyFunction_GET_CODE(function)) < 0 ||
                         pin_cells(state, PyFunction_GET_CLOSURE(function),
                                   depth) < 0
                     ? -1
                     : 0;
    Py_DECREF(function);
    return result;
}

/* ---- classes --------------------------------------------------------- */

static bool
is_python_class(PyObject *value)
{
    return PyType_Check(value) &&
           (((PyTypeObject *)value)->tp_flags & Py_TPFLAGS_HEAPTYPE);
}

/* A method of its own would stand before an inherited one, and so would
 * those of one base more. */
static int
pin_shape(stk_interp *state, PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class;
    PyObject *size = PyLong_FromSsize_t(stk_pins_count(type->tp_dict));
    PyObject *owner = PyTuple_Pack(1, class);
    int result = -1;

    if (size && owner && add_pin(state->pins, class, Py_None, size) == 0)
        result = add_pin(state->more_pins, owner, Py_None, type->tp_mro);
    Py_XDECREF(size);
    Py_XDECREF(owner);
    return result;
}

static int
pin_class(stk_interp *state, PyObject *class)
{
    PyObject *dict = ((PyTypeObject *)class)->tp_dict, *name, *value;
    Py_ssize_t at = 0;

    stk_watch_add(&state->pinned, state->watch_id, dict);
    while (PyDict_Next(dict, &at, &name, &value))
        /* every one: a name taken away would make room for another */
        if (!is_harmless(name) &&
            (add_pin(state->pins, class, name, value) < 0 ||
             pin_callable(state, value, 0) < 0))
            return -1;
    return pin_shape(state, class);
}

/* ---- namespaces ------------------------------------------------------ */

/* C functions there are our own layers, which the tripwire watches; what
 * importlib is called and keeps lists of is none of our business. */
static bool
is_worth_pinning(PyObject *name, PyObject *value)
{
    static const stk_literal tools[] = {
        STK_LITERAL("__builtins__"), STK_LITERAL("_bootstrap"),
        STK_LITERAL("_imp"),         STK_LITERAL("_bootstrap_external"),
        STK_LITERAL("_io"),          STK_LITERAL("_os"),
        STK_LITERAL("marshal"),      STK_LITERAL("sys"),
    };

    if (IS_ONE_OF(name, tools))
        return true;
    if (PyUnicode_Check(name) && PyUnicode_ReadChar(name, 0) == '_' &&
        PyUnicode_ReadChar(name, 1) == '_')
        return false;
    return PyFunction_Check(value) || PyType_Check(value) ||
           PyUnicode_Check(value) || PyBytes_Check(value) ||
           PyObject_TypeCheck(value, &PyClassMethod_Type) ||
           PyObject_TypeCheck(value, &PyStaticMethod_Type);
}

static int
pin_namespace(stk_interp *state, PyObject *dict)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    stk_watch_add(&state->pinned, state->watch_id, dict);
    while (PyDict_Next(dict, &at, &name, &value)) {
        if (!PyUnicode_Check(name) || PyUnicode_GET_LENGTH(name) < 2 ||
            !is_worth_pinning(name, value))
            continue;
        if (add_pin(state->pins, dict, name, value) < 0 ||
            pin_callable(state, value, 0) < 0 ||
            (is_python_class(value) && pin_class(state, value) < 0))
            return -1;
    }
    return 0;
}

/* ---- what importlib uses --------------------------------------------- */

static int
pin_named(PyObject *pins, PyObject *dict, const char *text)
{
    PyObject *name = PyUnicode_InternFromString(text);
    PyObject *value = name ? PyDict_GetItemWithError(dict, name) : NULL;
    int result = name && value ? add_pin(pins, dict, name, value) : 0;

    Py_XDECREF(name);
    return PyErr_Occurred() ? -1 : result;
}

/* What it reads files with, beside its own functions. */
static int
pin_readers(stk_interp *state)
{
    static const struct {
        const char *module, *name;
    } readers[] = {
        { "_io", "open_code" },
        { "_io", "FileIO" },
        { "_io", "BytesIO" },
        { "marshal", "loads" },
    };
    PyObject *last = NULL;

    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        PyObject *dict = stk_module_namespace(readers[i].module);

        if (dict && dict != last)
            stk_watch_add(&state->pinned, state->watch_id, dict);
        last = dict;
        if (dict && pin_named(state->pins, dict, readers[i].name) < 0)
            return -1;
    }
    return 0;
}

/* A global of the same name would stand before the builtin. */
static int
pin_absence(PyObject *pins, PyObject *dict, const char *text)
{
    PyObject *name = PyUnicode_InternFromString(text);
    int result = -1;

    if (name && PyDict_GetItemWithError(dict, name))
        result = 0;
    else if (name && !PyErr_Occurred())
        result = add_pin(pins, dict, name, dict);
    Py_XDECREF(name);
    return result;
}

/* The builtins through which paths, bytes and code go. */
static int
pin_builtins(stk_interp *state, PyObject *external)
{
    static const char *const names[] = {
        "any",   "bytes",      "compile", "exec",    "getattr", "hasattr",
        "int",   "isinstance", "len",     "list",    "map",     "memoryview",
        "range", "reversed",   "set",     "setattr", "str",     "super",
        "tuple", "type",       "zip",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pin_named(state->builtin_pins, state->builtins_dict, names[i]) <
                0 ||
            pin_absence(state->pins, external, names[i]) < 0 ||
            pin_absence(state->pins, state->bootstrap_dict, names[i]) < 0)
            return -1;
    return 0;
}

static int
keep_class(PyObject **slot, PyObject *external, const char *name)
{
    PyObject *class = PyDict_GetItemString(external, name);

    Py_XINCREF(class);
    Py_XSETREF(*slot, class);
    return PyErr_Occurred() ? -1 : 0;
}

static int
keep_finders(stk_interp *state, PyObject *external)
{
    return keep_class(&state->path_finder, external, "PathFinder") < 0 ||
                   keep_class(&state->file_finder, external, "FileFinder") < 0
               ? -1
               : 0;
}

static int
keep_loaders(stk_interp *state, PyObject *external)
{
    for (size_t i = 0; i < STK_FILE_LOADERS; i++) {
        PyObject *class =
            PyDict_GetItemWithError(external, state->str_file_loaders[i]);

        if (!class)
            return PyErr_Occurred() ? -1 : 0;
        Py_INCREF(class);
        Py_XSETREF(state->file_loaders[i], class);
    }
    return 0;
}

static int
pin_all(stk_interp *state, PyObject *external)
{
    return keep_loaders(state, external) < 0 ||
                   keep_finders(state, external) < 0 ||
                   pin_namespace(state, external) < 0 ||
                   pin_namespace(state, state->bootstrap_dict) < 0 ||
                   pin_readers(state) < 0 || pin_builtins(state, external) < 0
               ? -1
               : 0;
}

int
stk_pins_set(stk_interp *state)
{
    PyObject *external, *prefix;

    if (state->pins)
        return 0;
    external = stk_module_namespace("_frozen_importlib_external");
    /* without it there are no files yet, and nothing to pin */
    if (!external || !PyDict_GetItemString(external, "SourceFileLoader"))
        return 0;
    stk_watch_clear(&state->pinned, &state->writes[STK_WATCH_PINS]);
    prefix = PyDict_GetItemString(state->sys_dict, "pycache_prefix");
    Py_XINCREF(prefix);
    Py_XSETREF(state->pycache_prefix, prefix);
    Py_XSETREF(state->more_pins, PyList_New(0));
    Py_XSETREF(state->cell_pins, PyList_New(0));
    Py_XSETREF(state->builtin_pins, PyList_New(0));
    state->builtins_version = 0;
    state->pins = PyList_New(0);
    if (state->pins && state->more_pins && state->cell_pins &&
        state->builtin_pins && pin_all(state, external) == 0)
        return 0;
    Py_CLEAR(state->pins);
    return -1;
}
