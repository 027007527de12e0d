/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a string of code begins with, whatever the one before it did: the
 * settings of the interpreter, of the thread and of C. What modules hold
 * stays as it is left. For honest code: another one puts its own in the place
 * of this.
 */
#include "worker/serve.h"

#include <locale.h>
#include <string.h>

#include "worker/compat.h"
#include "worker/kept.h"

/* What is in these, too, is as it was. */
static const struct {
    const char *module, *name;
} lists[] = {
    { "gc", "callbacks" }, { "sys", "argv" },       { "sys", "meta_path" },
    { "sys", "path" },     { "sys", "path_hooks" }, { "sys", "warnoptions" },
};
/* Names of sys that Python knows, and has not at first. */
static const char *const passing[] = {
    "last_exc", "last_traceback", "last_type", "last_value", "ps1",
    "ps2",      "tracebacklimit",
};
/* Those that codecs have, and everybody decodes by. */
static const char *const handlers[] = {
    "backslashreplace", "ignore",
    "namereplace",      "replace",
    "strict",           "surrogateescape",
    "surrogatepass",    "xmlcharrefreplace",
};
/* Functions of a module: what the first says, the second sets. */
static const struct {
    const char *module, *get, *set;
} settings[] = {
    { "sys", "getrecursionlimit", "setrecursionlimit" },
    { "sys", "getswitchinterval", "setswitchinterval" },
    { "sys", "get_int_max_str_digits", "set_int_max_str_digits" },
    { "sys", "get_asyncgen_hooks", "set_asyncgen_hooks" },
    { "sys", "get_coroutine_origin_tracking_depth",
      "set_coroutine_origin_tracking_depth" },
    { "sys", "getdlopenflags", "setdlopenflags" },
    { "_thread", "stack_size", "stack_size" },
    { "gc", "get_threshold", "set_threshold" },
    { "gc", "get_debug", "set_debug" },
};

#define N_LISTS    (sizeof lists / sizeof *lists)
#define N_PASSING  (sizeof passing / sizeof *passing)
#define N_HANDLERS (sizeof handlers / sizeof *handlers)
#define N_SETTINGS (sizeof settings / sizeof *settings)

static struct {
    bool known;
    PyObject *sys, *system;   /* strong; its names, and a copy */
    PyObject *lists[N_LISTS]; /* strong; NULL: there was none */
    PyObject *items[N_LISTS]; /* strong; tuples */
    PyObject *handlers[N_HANDLERS];
    PyObject *set[N_SETTINGS], *values[N_SETTINGS];
    PyObject *builtins; /* strong; a copy */
    PyObject *warnings; /* strong; _warnings */
    PyObject *filters;  /* strong; a tuple, of that */
    PyObject *gc_enable;
    char locale[200];
    PyObject *context; /* strong; that was entered, or NULL */
} before;

/* ---- as it is at first ----------------------------------------------- */

static PyObject *
attribute_of(const char *module, const char *name)
{
    PyObject *object = stk_kept_import(module);
    PyObject *found = object ? PyObject_GetAttrString(object, name) : NULL;

    Py_XDECREF(object);
    PyErr_Clear();
    return found;
}

static void
remember_sys(void)
{
    PyObject *sys = PyDict_GetItemString(PyImport_GetModuleDict(), "sys");

    if (sys && PyModule_Check(sys)) {
        before.sys = Py_NewRef(PyModule_GetDict(sys));
        before.system = PyDict_Copy(before.sys);
    }
    for (size_t i = 0; i < N_LISTS; i++) {
        PyObject *list = attribute_of(lists[i].module, lists[i].name);

        if (list && PyList_CheckExact(list))
            before.items[i] = PySequence_Tuple(list);
        before.lists[i] = list;
    }
    for (size_t i = 0; i < N_HANDLERS; i++)
        before.handlers[i] = PyCodec_LookupError(handlers[i]);
    PyErr_Clear();
}

/* As arguments of the function that sets it. */
static void
remember_settings(void)
{
    for (size_t i = 0; i < N_SETTINGS; i++) {
        PyObject *get = attribute_of(settings[i].module, settings[i].get);
        PyObject *value = get ? PyObject_CallObject(get, NULL) : NULL;

        if (value)
            before.set[i] = attribute_of(settings[i].module, settings[i].set);
        if (value && PyTuple_Check(value))
            before.values[i] = Py_NewRef(value);
        else if (value)
            before.values[i] = PyTuple_Pack(1, value);
        Py_XDECREF(get);
        Py_XDECREF(value);
        PyErr_Clear();
    }
}

static void
remember(void)
{
    PyObject *filters;
    const char *locale = setlocale(LC_ALL, NULL);

    remember_sys();
    remember_settings();
    stk_held_begin();
    before.warnings = stk_kept_import("_warnings");
    filters = before.warnings
                  ? PyObject_GetAttrString(before.warnings, "filters")
                  : NULL;
    before.builtins = PyDict_Copy(PyEval_GetBuiltins());
    before.filters = filters ? PySequence_Tuple(filters) : NULL;
    before.gc_enable = attribute_of("gc", "enable");
    if (locale && strlen(locale) < sizeof before.locale)
        memcpy(before.locale, locale, strlen(locale) + 1);
    Py_XDECREF(filters);
    PyErr_Clear();
    before.known = true;
}

/* ---- as it was ------------------------------------------------------- */

/* Of the pages that a worker shares with its zygote, those that are written to
 * are copied: what is as it was is not touched. */
static bool
is_same_list(PyObject *list, PyObject *tuple)
{
    if (!list || !PyList_CheckExact(list) ||
        PyList_GET_SIZE(list) != PyTuple_GET_SIZE(tuple))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++)
        if (PyList_GET_ITEM(list, i) != PyTuple_GET_ITEM(tuple, i))
            return false;
    return true;
}

/* A wrapper around it that ends closes it. */
static bool
is_open(PyObject *stream)
{
    PyObject *closed = PyObject_GetAttrString(stream, "closed");
    bool open = closed == Py_False;

    Py_XDECREF(closed);
    PyErr_Clear();
    return open;
}

static void
restore_input(void)
{
    PyObject *stream = PyDict_GetItemString(before.system, "stdin");

    if (stream && !is_open(stream)) {
        stream = stk_output_input();
        if (stream) {
            PyDict_SetItemString(before.system, "stdin", stream);
            PyDict_SetItemString(before.system, "__stdin__", stream);
        }
        Py_XDECREF(stream);
        PyErr_Clear();
    }
}

static bool
is_as_before(PyObject *dict, PyObject *copy)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (PyDict_GET_SIZE(dict) != PyDict_GET_SIZE(copy))
        return false;
    while (PyDict_Next(copy, &at, &key, &value))
        if (PyDict_GetItemWithError(dict, key) != value)
            return false;
    return true;
}

/* What is not needed to put them back is taken out first. */
static void
restore_names(PyObject *dict, PyObject *copy)
{
    PyObject *keys, *key;

    if (!copy || is_as_before(dict, copy))
        return;
    keys = PyDict_Keys(dict);
    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        key = PyList_GET_ITEM(keys, i);
        if (!PyDict_Contains(copy, key))
            PyDict_DelItem(dict, key);
        PyErr_Clear();
    }
    Py_XDECREF(keys);
    PyDict_Update(dict, copy);
}

static void
restore_lists(void)
{
    for (size_t i = 0; i < N_LISTS; i++)
        if (before.items[i] && !is_same_list(before.lists[i], before.items[i]))
            PyList_SetSlice(before.lists[i], 0, PY_SSIZE_T_MAX,
                            before.items[i]);
    PyErr_Clear();
}

static void
restore_handlers(void)
{
    for (size_t i = 0; i < N_HANDLERS; i++) {
        PyObject *now = PyCodec_LookupError(handlers[i]);

        if (before.handlers[i] && now != before.handlers[i])
            PyCodec_RegisterError(handlers[i], before.handlers[i]);
        Py_XDECREF(now);
        PyErr_Clear();
    }
}

/* A name of the code's own stays. */
static void
restore_system(void)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(before.system, &at, &key, &value))
        if (PyDict_GetItemWithError(before.sys, key) != value)
            PyDict_SetItem(before.sys, key, value);
    for (size_t i = 0; i < N_PASSING; i++)
        if (!PyDict_GetItemString(before.system, passing[i]) &&
            PyDict_GetItemString(before.sys, passing[i]))
            PyDict_DelItemString(before.sys, passing[i]);
    PyErr_Clear();
}

static void
restore_sys(void)
{
    if (before.system) {
        restore_input();
        restore_system();
    }
    restore_lists();
    restore_handlers();
}

static void
restore_settings(void)
{
    const PyThreadState *thread = PyThreadState_Get();
    PyObject *done;

    for (size_t i = 0; i < N_SETTINGS; i++) {
        done = before.set[i] && before.values[i]
                   ? PyObject_Call(before.set[i], before.values[i], NULL)
                   : NULL;
        Py_XDECREF(done);
        PyErr_Clear();
    }
    done =
        before.gc_enable ? PyObject_CallObject(before.gc_enable, NULL) : NULL;
    Py_XDECREF(done);
    if (thread->c_tracefunc)
        PyEval_SetTrace(NULL, NULL);
    if (thread->c_profilefunc)
        PyEval_SetProfile(NULL, NULL);
}

static bool
is_of(PyObject *module, PyObject *filters)
{
    PyObject *found =
        module ? PyObject_GetAttrString(module, "filters") : NULL;

    PyErr_Clear();
    Py_XDECREF(found);
    return !module || found == filters;
}

static void
restore_warnings(void)
{
    PyObject *module =
        PyDict_GetItemString(PyImport_GetModuleDict(), "warnings");
    PyObject *list, *done;

    list = before.warnings ? PyObject_GetAttrString(before.warnings, "filters")
                           : NULL;
    if (list && before.filters && PyList_Check(list) &&
        !(is_same_list(list, before.filters) && is_of(module, list))) {
        PyList_SetSlice(list, 0, PY_SSIZE_T_MAX, before.filters);
        if (module)
            PyObject_SetAttrString(module, "filters", list);
        PyErr_Clear();
        done = PyObject_CallMethod(before.warnings, "_filters_mutated", NULL);
        Py_XDECREF(done);
    }
    PyErr_Clear();
    Py_XDECREF(list);
    /* what was shown once, and is not again */
    list = before.warnings
               ? PyObject_GetAttrString(before.warnings, "_onceregistry")
               : NULL;
    if (list && PyDict_Check(list) && PyDict_GET_SIZE(list) > 0)
        PyDict_Clear(list);
    PyErr_Clear();
    Py_XDECREF(list);
}

static void
empty(PyObject *object, const char *name)
{
    PyObject *list = PyObject_GetAttrString(object, name);

    if (list && PyList_Check(list) && PyList_GET_SIZE(list) > 0)
        PyList_SetSlice(list, 0, PY_SSIZE_T_MAX, NULL);
    Py_XDECREF(list);
    PyErr_Clear();
}

/* basicConfig() does nothing where there is a handler. */
static void
restore_logging(void)
{
    PyObject *module =
        PyDict_GetItemString(PyImport_GetModuleDict(), "logging");
    PyObject *root, *done;

    root = module ? PyObject_GetAttrString(module, "root") : NULL;
    if (!root) {
        PyErr_Clear();
        return;
    }
    empty(root, "handlers");
    empty(root, "filters");
    if (PyObject_SetAttrString(root, "disabled", Py_False) < 0)
        PyErr_Clear();
    done = PyObject_CallMethod(root, "setLevel", "s", "WARNING");
    Py_XDECREF(done);
    PyErr_Clear();
    done = PyObject_CallMethod(module, "disable", "i", 0);
    Py_XDECREF(done);
    Py_DECREF(root);
    PyErr_Clear();
}

/* Tools that watch what runs, from 3.12 on. */
static void
restore_monitoring(void)
{
    PyObject *monitoring = PySys_GetObject("monitoring");

    for (int tool = 0; monitoring && tool < 6; tool++) {
        PyObject *name =
                     PyObject_CallMethod(monitoring, "get_tool", "i", tool),
                 *done;

        if (name && name != Py_None) {
            done =
                PyObject_CallMethod(monitoring, "set_events", "ii", tool, 0);
            Py_XDECREF(done);
            done = PyObject_CallMethod(monitoring, "free_tool_id", "i", tool);
            Py_XDECREF(done);
        }
        Py_XDECREF(name);
        PyErr_Clear();
    }
}

/* It makes everything that is allocated slower. */
static void
restore_tracing(void)
{
    PyObject *module =
        PyDict_GetItemString(PyImport_GetModuleDict(), "_tracemalloc");
    PyObject *done = module ? PyObject_CallMethod(module, "stop", NULL) : NULL;

    Py_XDECREF(done);
    PyErr_Clear();
}

/* Of its own: decimal's is in it. It stays for what the host calls of what
 * this code leaves. */
static void
renew_context(void)
{
    PyObject *context = PyContext_New();

    if (before.context)
        PyContext_Exit(before.context);
    PyErr_Clear();
    Py_CLEAR(before.context);
    if (context && PyContext_Enter(context) == 0)
        before.context = Py_NewRef(context);
    Py_XDECREF(context);
}

void
stk_fresh(void)
{
    if (!before.known) {
        remember();
    } else {
        restore_sys();
        restore_settings();
        restore_names(PyEval_GetBuiltins(), before.builtins);
        stk_held_restore();
        restore_warnings();
        restore_logging();
        restore_monitoring();
        restore_tracing();
        if (*before.locale &&
            strcmp(setlocale(LC_ALL, NULL), before.locale) != 0)
            setlocale(LC_ALL, before.locale);
    }
    renew_context();
    PyErr_Clear();
}
