/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beside layer 2: what starts a thread goes on asking in it. A bare callable
 * (importlib.import_module) that is handed to a thread has no frame of the
 * code that handed it over.
 */
#include "python/layers/layers.h"

#include "python/later/handover.h"
#include "python/object/carry.h"

static const stk_handover starting = { 0, "function", STK_CARRIER_THREAD,
                                       NULL };

/* Also where no rule asks who imports: what a thread begins with is told from
 * the program by its having a starter. */
static PyObject *
start_thread(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_interp_find();
    PyObject *original = stk_carried(self), *result = NULL;
    PyObject *given = Py_NewRef(args), *named = Py_XNewRef(kwargs);

    if (!state || !state->attached || !stk_process_guard() ||
        stk_handover_carry(state, &starting, &given, &named) == 0)
        result = PyObject_Call(original, given, named);
    Py_DECREF(given);
    Py_XDECREF(named);
    return result;
}

#define START (PyCFunction)(void (*)(void)) start_thread

/* Their docs are those of CPython's own. */
static PyMethodDef definition = { "start_new_thread", START,
                                  METH_VARARGS | METH_KEYWORDS, NULL };
static PyMethodDef old_definition = { "start_new", START,
                                      METH_VARARGS | METH_KEYWORDS, NULL };
static PyMethodDef joinable_definition = { "start_joinable_thread", START,
                                           METH_VARARGS | METH_KEYWORDS,
                                           NULL };

/* Where the functions are kept: _thread, and threading's own aliases. */
static const struct {
    const char *name;
    PyMethodDef *def;
} places[] = {
    { "start_new_thread", &definition },
    { "start_new", &old_definition },
    { "start_joinable_thread", &joinable_definition },
    { "_start_new_thread", &definition },
    { "_start_joinable_thread", &joinable_definition },
};

#define N_PLACES (sizeof places / sizeof *places)

int
stk_thread_mend(PyObject *dict)
{
    for (size_t i = 0; i < N_PLACES; i++) {
        PyObject *found = PyDict_GetItemString(dict, places[i].name), *ours;
        int result;

        if (!found || stk_carry_check(found, &definition))
            continue;
        ours = stk_carry_new(places[i].def, found, "_thread");
        result = ours ? PyDict_SetItemString(dict, places[i].name, ours) : -1;
        Py_XDECREF(ours);
        if (result < 0)
            return -1;
    }
    return 0;
}
