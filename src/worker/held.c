/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of the interpreter that modules in Python hold: as they were when
 * the module had been executed. It may be one string of code that has it
 * loaded, and the next that asks.
 */
#include "worker/serve.h"

#include "worker/compat.h"
#include "worker/kept.h"

/* ---- hooks ----------------------------------------------------------- */

static const struct {
    const char *module, *name;
} hooks[] = {
    { "asyncio.events", "_event_loop_policy" },
    { "logging", "_loggerClass" },
    { "logging", "_logRecordFactory" },
    { "logging", "_warnings_showwarning" },
    { "logging", "lastResort" },
    { "logging", "raiseExceptions" },
    { "threading", "_profile_hook" },
    { "threading", "_trace_hook" },
    { "threading", "excepthook" },
    { "warnings", "_showwarnmsg" },
    { "warnings", "defaultaction" },
    { "warnings", "formatwarning" },
    { "warnings", "showwarning" },
};

#define N_HOOKS (sizeof hooks / sizeof *hooks)

/* Names are made once, and dicts are looked up once: each string of code
 * waits for this. */
static struct {
    PyObject *dict; /* strong; of the module; NULL: not executed yet */
    PyObject *name, *value;
} first[N_HOOKS];

/* ---- contexts of decimal --------------------------------------------- */

static const char *const contexts[] = { "BasicContext", "DefaultContext",
                                        "ExtendedContext" };
static const char *const fields[] = {
    "prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"
};

#define N_CONTEXTS (sizeof contexts / sizeof *contexts)
#define N_FIELDS   (sizeof fields / sizeof *fields)

static PyObject *decimal;               /* strong; its names, or NULL */
static PyObject *field_names[N_FIELDS]; /* strong */
static struct {
    PyObject *object, *fields[N_FIELDS]; /* strong, or NULL */
} numbers[N_CONTEXTS];

/* Flags and traps are a view of the context: as a dict. */
static PyObject *
read_field(PyObject *context, PyObject *name)
{
    PyObject *value = name ? PyObject_GetAttr(context, name) : NULL, *copy;

    if (!value || PyUnicode_Check(value) || PyLong_Check(value))
        return value;
    copy = PyDict_New();
    if (copy && PyDict_Update(copy, value) < 0)
        Py_CLEAR(copy);
    Py_DECREF(value);
    return copy;
}

static void
see_contexts(PyObject *dict)
{
    decimal = Py_NewRef(dict);
    for (size_t j = 0; j < N_FIELDS; j++)
        field_names[j] = PyUnicode_InternFromString(fields[j]);
    for (size_t i = 0; i < N_CONTEXTS; i++) {
        PyObject *context = PyDict_GetItemString(dict, contexts[i]);

        numbers[i].object = Py_XNewRef(context);
        for (size_t j = 0; context && j < N_FIELDS; j++)
            numbers[i].fields[j] = read_field(context, field_names[j]);
        PyErr_Clear();
    }
}

/* What is as it was is not written to: fresh.c. */
static void
restore_field(PyObject *context, PyObject *name, PyObject *value)
{
    PyObject *now = value ? PyObject_GetAttr(context, name) : NULL;

    if (now && PyObject_RichCompareBool(now, value, Py_EQ) == 0)
        PyObject_SetAttr(context, name, value);
    Py_XDECREF(now);
    PyErr_Clear();
}

static void
restore_contexts(void)
{
    for (size_t i = 0; i < N_CONTEXTS && numbers[i].object; i++) {
        if (PyDict_GetItemString(decimal, contexts[i]) != numbers[i].object)
            PyDict_SetItemString(decimal, contexts[i], numbers[i].object);
        for (size_t j = 0; j < N_FIELDS; j++)
            restore_field(numbers[i].object, field_names[j],
                          numbers[i].fields[j]);
    }
}

/* ---- modules --------------------------------------------------------- */

static void
see_hook(size_t i, PyObject *dict)
{
    PyObject *name = PyUnicode_InternFromString(hooks[i].name);
    PyObject *value = name ? PyDict_GetItemWithError(dict, name) : NULL;

    if (value) {
        first[i].dict = Py_NewRef(dict);
        first[i].name = Py_NewRef(name);
        first[i].value = Py_NewRef(value);
    }
    Py_XDECREF(name);
}

void
stk_held_see(PyObject *name, PyObject *dict)
{
    if (!decimal && PyUnicode_CompareWithASCIIString(name, "decimal") == 0)
        see_contexts(dict);
    for (size_t i = 0; i < N_HOOKS; i++)
        if (!first[i].dict &&
            PyUnicode_CompareWithASCIIString(name, hooks[i].module) == 0)
            see_hook(i, dict);
    PyErr_Clear();
}

/* Borrowed; NULL without an exception when it was not executed. */
static PyObject *
dict_of(const char *module)
{
    PyObject *found = stk_kept_executed(module);

    if (!found)
        found = PyDict_GetItemString(PyImport_GetModuleDict(), module);
    return found && PyModule_Check(found) ? PyModule_GetDict(found) : NULL;
}

static void
see_executed(const char *module)
{
    PyObject *name = PyUnicode_FromString(module), *dict = dict_of(module);

    if (name && dict)
        stk_held_see(name, dict);
    Py_XDECREF(name);
}

void
stk_held_begin(void)
{
    see_executed("decimal");
    for (size_t i = 0; i < N_HOOKS; i++)
        see_executed(hooks[i].module);
    PyErr_Clear();
}

void
stk_held_restore(void)
{
    if (decimal)
        restore_contexts();
    for (size_t i = 0; i < N_HOOKS; i++)
        if (first[i].dict &&
            PyDict_GetItemWithError(first[i].dict, first[i].name) !=
                first[i].value)
            PyDict_SetItem(first[i].dict, first[i].name, first[i].value);
    PyErr_Clear();
}
