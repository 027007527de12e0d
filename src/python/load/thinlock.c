/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of a module that is imported wholly in C. */
#include "python/load/thinlock.h"

#include <pythread.h>
#include <stdlib.h>

#include "python/object/carry.h"
#include "python/object/convert.h"
#include "python/object/loaded.h"

/* On the heap: greenlets copy stacks away. */
struct stk_thin {
    struct stk_thin *next;
    PyObject *name; /* strong */
    unsigned long thread;
    Py_ssize_t count;
    PyObject *lock; /* strong: importlib's, held for `thread`, when somebody
                       asked for it; else NULL */
};

static struct stk_thin *
find_thin(const stk_interp *state, PyObject *name)
{
    struct stk_thin *at = state->thin;

    while (at && at->name != name && PyUnicode_Compare(at->name, name) != 0)
        at = at->next;
    return at;
}

/* ---- importlib's locks ----------------------------------------------- */

/* An entry, dead or alive: then importlib's own lock is used. */
static bool
has_lock(const stk_interp *state, PyObject *name)
{
    PyObject *locks = stk_dict_get(state->bootstrap_dict,
                                   state->words[STK_WORD_MODULE_LOCKS]);
    bool has =
        !locks || !PyDict_Check(locks) || PyDict_Contains(locks, name) != 0;

    Py_XDECREF(locks);
    return has;
}

/* As if `thread` had acquired it: an int counts, from 3.12 on a list does. */
static int
give_lock(PyObject *lock, unsigned long thread)
{
    PyObject *count = PyObject_GetAttrString(lock, "count"), *taken;

    if (!count)
        return -1;
    taken = PyList_Check(count) ? Py_BuildValue("[O]", Py_True)
                                : PyLong_FromLong(1);
    Py_DECREF(count);
    if (stk_attr_take(lock, "owner", PyLong_FromUnsignedLong(thread)) < 0) {
        Py_XDECREF(taken);
        return -1;
    }
    return stk_attr_take(lock, "count", taken);
}

/* ---- what stands in importlib ---------------------------------------- */

/* Whoever asks for the lock of a note gets a real one, held by the one who
 * made the note. Making it runs Python code: the note is looked for again. */
static PyObject *
get_module_lock(PyObject *self, PyObject *name)
{
    stk_interp *state = stk_interp_find();
    struct stk_thin *thin =
        state && PyUnicode_Check(name) ? find_thin(state, name) : NULL;
    PyObject *lock;

    if (thin && thin->lock)
        return Py_NewRef(thin->lock);
    lock = PyObject_CallOneArg(stk_carried(self), name);
    thin = lock && thin ? find_thin(state, name) : NULL;
    if (!thin || thin->lock)
        return lock;
    if (give_lock(lock, thin->thread) < 0) {
        Py_DECREF(lock);
        return NULL;
    }
    thin->lock = Py_NewRef(lock);
    return lock;
}

/* Waits until nobody imports it any more. */
static PyObject *
lock_unlock_module(PyObject *self, PyObject *name)
{
    stk_interp *state = stk_interp_find();
    const struct stk_thin *thin =
        state && PyUnicode_Check(name) ? find_thin(state, name) : NULL;

    if (thin && thin->thread == PyThread_get_thread_ident())
        Py_RETURN_NONE;
    return PyObject_CallOneArg(stk_carried(self), name);
}

static PyMethodDef get_def = { "_get_module_lock", get_module_lock, METH_O,
                               "Get or create the module lock for a given "
                               "module name." };
static PyMethodDef unlock_def = { "_lock_unlock_module", lock_unlock_module,
                                  METH_O,
                                  "Acquires then releases the module lock "
                                  "for a given module name." };

static int
stand_before(const stk_interp *state, PyMethodDef *def)
{
    PyObject *found =
        PyDict_GetItemString(state->bootstrap_dict, def->ml_name);
    PyObject *ours;
    int result;

    if (!found)
        return 0;
    if (stk_carry_check(found, def))
        return 1;
    ours = stk_carry_new(def, found, "importlib._bootstrap");
    result =
        ours ? PyDict_SetItemString(state->bootstrap_dict, def->ml_name, ours)
             : -1;
    Py_XDECREF(ours);
    return result < 0 ? -1 : 1;
}

int
stk_thinlock_install(stk_interp *state)
{
    int result = stand_before(state, &get_def);

    return result > 0 ? stand_before(state, &unlock_def) : result;
}

void
stk_thinlock_forget(stk_interp *state)
{
    while (state->thin) {
        struct stk_thin *thin = state->thin;

        state->thin = thin->next;
        Py_CLEAR(thin->name);
        Py_CLEAR(thin->lock);
        free(thin);
    }
}

/* ---- holding one ----------------------------------------------------- */

static int
enter_real(stk_held *out, const stk_interp *state, PyObject *name)
{
    PyObject *result;

    out->lock = stk_namespace_call(state->bootstrap_dict, "_get_module_lock",
                                   name, NULL);
    if (!out->lock)
        return -1;
    result = PyObject_CallMethod(out->lock, "acquire", NULL);
    if (!result) {
        Py_CLEAR(out->lock);
        return -1;
    }
    Py_DECREF(result);
    out->name = Py_NewRef(name);
    return 0;
}

static int
enter_new(stk_held *out, stk_interp *state, PyObject *name)
{
    struct stk_thin *thin = malloc(sizeof *thin);

    if (!thin) {
        PyErr_NoMemory();
        return -1;
    }
    *thin = (struct stk_thin){ state->thin, Py_NewRef(name),
                               PyThread_get_thread_ident(), 1, NULL };
    state->thin = thin;
    out->name = Py_NewRef(name);
    return 0;
}

int
stk_thinlock_enter(stk_held *out, stk_interp *state, PyObject *name)
{
    struct stk_thin *thin = find_thin(state, name);

    *out = (stk_held){ NULL, NULL };
    if (thin && thin->thread == PyThread_get_thread_ident()) {
        thin->count++;
        out->name = Py_NewRef(name);
        return 0;
    }
    if (thin || has_lock(state, name))
        return enter_real(out, state, name);
    return enter_new(out, state, name);
}

static void
unlink_thin(stk_interp *state, const struct stk_thin *thin)
{
    struct stk_thin **link = &state->thin;

    while (*link && *link != thin)
        link = &(*link)->next;
    if (*link)
        *link = thin->next;
}

/* The lock that the note became, if it did. */
static PyObject *
leave_thin(stk_interp *state, PyObject *name)
{
    struct stk_thin *thin = find_thin(state, name);
    PyObject *lock;

    if (!thin || --thin->count > 0)
        return NULL;
    unlink_thin(state, thin);
    lock = thin->lock;
    Py_DECREF(thin->name);
    free(thin);
    return lock;
}

void
stk_thinlock_leave(stk_held *held, stk_interp *state)
{
    PyObject *type, *value, *traceback, *result;
    PyObject *lock = held->lock ? held->lock : leave_thin(state, held->name);

    held->lock = NULL;
    if (lock) {
        PyErr_Fetch(&type, &value, &traceback);
        result = PyObject_CallMethod(lock, "release", NULL);
        if (!result)
            stk_write_unraisable("the lock of a module", lock);
        Py_XDECREF(result);
        Py_DECREF(lock);
        PyErr_Restore(type, value, traceback);
    }
    Py_CLEAR(held->name);
}
