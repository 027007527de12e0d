/* SPDX-License-Identifier: Apache-2.0 */
/* The names that the host has allowed to the code of a worker. */
#include "worker/granted.h"

#include "worker/compat.h"
#include "worker/kept.h"
#include "worker/library.h"
#include "worker/serve.h"

static PyObject *granted; /* strong; set of names, and of (name, who) */
static PyObject *own;     /* strong; set of names of modules */
/* Borrowed; what nobody asks for. Threads take turns in the midst of an
 * import. */
static _Thread_local PyObject *native;

/* ---- what the worker is for ------------------------------------------ */

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

int
stk_granted_init(void)
{
    granted = PySet_New(NULL);
    own = PySet_New(NULL);
    return granted && own ? grant_own() : -1;
}

/* ---- what nobody asks for -------------------------------------------- */

PyObject *
stk_granted_who(PyObject *name)
{
    return native && PyUnicode_Compare(native, name) == 0
               ? PyUnicode_InternFromString("builtins")
               : stk_who_imports();
}

PyObject *
stk_granted_set_native(PyObject *name)
{
    PyObject *before = native;

    native = name;
    return before;
}

PyObject *
stk_granted_import(const char *name)
{
    PyObject *import = stk_broker_bootstrap("_gcd_import");
    PyObject *text = PyUnicode_InternFromString(name);
    PyObject *before = stk_granted_set_native(text), *module = NULL;

    if (import && text)
        module = PyObject_CallOneArg(import, text);
    stk_granted_set_native(before);
    Py_XDECREF(import);
    Py_XDECREF(text);
    return module;
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
    int mine = stk_library_has(who) ? -1 : is_own(who);

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
        return stk_library_add(who);
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

bool
stk_granted_has(PyObject *name)
{
    return PySet_Contains(granted, name) == 1;
}

static int
ask_as_it_stands(PyObject *name)
{
    PyObject *who;
    int mine;

    if (stk_kept_is_loading() || name == native ||
        !stk_serve_current()->channel)
        return 0;
    who = stk_who_imports();
    if (!who)
        return -1;
    mine = stk_library_has(who) ? 1 : has_pair(name, who);
    if (mine == 0)
        return ask_as(name, who);
    Py_DECREF(who);
    return mine < 0 ? -1 : 0;
}

int
stk_granted_ask_kept(PyObject *name)
{
    int found = PySet_Contains(granted, name);

    if (found != 0)
        return found < 0 ? -1 : 0;
    return ask_as_it_stands(name);
}

int
stk_granted_ask(PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);

    if (!module || module == Py_None)
        return PyErr_Occurred() ? -1 : 0;
    return stk_granted_ask_kept(name);
}
