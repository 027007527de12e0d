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

/* Names of sys: as they were. */
enum { STDIN, OWN_STDIN };
static const char *const plain[] = {
    "stdin",          "__stdin__",      "stdout",      "stderr",
    "__stdout__",     "__stderr__",     "displayhook", "excepthook",
    "unraisablehook", "breakpointhook", "ps1",         "ps2",
    "tracebacklimit",
};
/* The same, with what is in them. */
static const char *const lists[] = { "argv", "path", "meta_path",
                                     "path_hooks" };
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
    { "gc", "get_threshold", "set_threshold" },
    { "gc", "get_debug", "set_debug" },
};

#define N_PLAIN    (sizeof plain / sizeof *plain)
#define N_LISTS    (sizeof lists / sizeof *lists)
#define N_SETTINGS (sizeof settings / sizeof *settings)

static struct {
    bool known;
    PyObject *plain[N_PLAIN]; /* strong; NULL: there was none */
    PyObject *lists[N_LISTS]; /* strong; tuples */
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
    for (size_t i = 0; i < N_PLAIN; i++)
        before.plain[i] = Py_XNewRef(PySys_GetObject(plain[i]));
    for (size_t i = 0; i < N_LISTS; i++) {
        PyObject *list = PySys_GetObject(lists[i]);

        before.lists[i] = list ? PySequence_Tuple(list) : NULL;
    }
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
    PyObject *stream = before.plain[STDIN];

    if (stream && !is_open(stream)) {
        Py_SETREF(before.plain[STDIN], stk_output_input());
        PyErr_Clear();
        Py_XDECREF(before.plain[OWN_STDIN]);
        before.plain[OWN_STDIN] = Py_XNewRef(before.plain[STDIN]);
    }
}

static void
restore_sys(void)
{
    restore_input();
    for (size_t i = 0; i < N_PLAIN; i++)
        if (PySys_GetObject(plain[i]) != before.plain[i])
            PySys_SetObject(plain[i], before.plain[i]);
    for (size_t i = 0; i < N_LISTS; i++) {
        PyObject *tuple = before.lists[i], *list;

        if (!tuple || is_same_list(PySys_GetObject(lists[i]), tuple))
            continue;
        list = PySequence_List(tuple);
        if (list)
            PySys_SetObject(lists[i], list);
        Py_XDECREF(list);
    }
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
is_as_before(PyObject *builtins)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (PyDict_GET_SIZE(builtins) != PyDict_GET_SIZE(before.builtins))
        return false;
    while (PyDict_Next(before.builtins, &at, &key, &value))
        if (PyDict_GetItemWithError(builtins, key) != value)
            return false;
    return true;
}

/* What is not needed to put them back is taken out first. */
static void
restore_builtins(void)
{
    PyObject *builtins = PyEval_GetBuiltins(), *keys, *key;

    if (!before.builtins || is_as_before(builtins))
        return;
    keys = PyDict_Keys(builtins);
    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        key = PyList_GET_ITEM(keys, i);
        if (!PyDict_Contains(before.builtins, key))
            PyDict_DelItem(builtins, key);
        PyErr_Clear();
    }
    Py_XDECREF(keys);
    PyDict_Update(builtins, before.builtins);
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
}

/* basicConfig() does nothing where there is a handler. */
static void
restore_logging(void)
{
    PyObject *module =
        PyDict_GetItemString(PyImport_GetModuleDict(), "logging");
    PyObject *root, *handlers, *done;

    root = module ? PyObject_GetAttrString(module, "root") : NULL;
    if (!root) {
        PyErr_Clear();
        return;
    }
    handlers = PyObject_GetAttrString(root, "handlers");
    if (handlers && PyList_Check(handlers))
        PyList_SetSlice(handlers, 0, PY_SSIZE_T_MAX, NULL);
    PyErr_Clear();
    done = PyObject_CallMethod(root, "setLevel", "s", "WARNING");
    Py_XDECREF(done);
    PyErr_Clear();
    done = PyObject_CallMethod(module, "disable", "i", 0);
    Py_XDECREF(done);
    Py_XDECREF(handlers);
    Py_DECREF(root);
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
        restore_builtins();
        restore_warnings();
        restore_logging();
        if (*before.locale &&
            strcmp(setlocale(LC_ALL, NULL), before.locale) != 0)
            setlocale(LC_ALL, before.locale);
    }
    renew_context();
    PyErr_Clear();
}
