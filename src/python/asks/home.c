/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespace that a module's own code runs in. A function of a library's
 * that somebody runs with globals of his own does what they say: its import
 * statements are no longer the library's.
 */
#include "python/asks/home.h"

#include <stdlib.h>
#include <string.h>

#include "python/later/weak.h"
#include "python/object/class.h"
#include "python/object/importer.h"
#include "python/object/loaded.h"
#include "python/object/watch.h"

/* A module that is taken out of sys.modules and imported again has another
 * one: the last few count. */
#define HOMES_MAX 4

/*
 * A dict may lie where one that is gone has lain. It is the same while its
 * module is there, which never gets another; and after that, where functions
 * are left of a module, while nobody writes to it: each dict has numbers of
 * its own for what was written (PEP 509).
 *
 * It is the weak reference to the module itself: one object for each module
 * that the collector goes over, again and again.
 */
typedef struct home {
    PyWeakReference base;
    const void *dict; /* for identity alone */
    uint64_t version; /* of the dict when the module went; 0: it did not */
} home;

/* ---- one home -------------------------------------------------------- */

/* The module goes, and still has its dict. Python code can find and call
 * this, too. */
static PyObject *
note_end(PyObject *type, PyObject *reference)
{
    PyObject *module = NULL;
    home *at;

    if ((PyObject *)Py_TYPE(reference) != type)
        Py_RETURN_NONE;
    at = (home *)reference;
    if (at->dict && at->version == 0 &&
        PyWeakref_GetRef(reference, &module) == 0)
        at->version = stk_watch_version(at->dict);
    Py_XDECREF(module);
    Py_RETURN_NONE;
}

static PyMethodDef end_def = { "end", note_end, METH_O, NULL };

static PyType_Slot home_slots[] = {
    { Py_tp_doc, (void *)(uintptr_t) "Where the code of a module runs." },
    { 0, NULL },
};

static PyType_Spec home_spec = { "stockade.Home", sizeof(home), 0,
                                 Py_TPFLAGS_DEFAULT, home_slots };

/* Its type and what is called at its end, for all of them. */
static int
prepare_homes(stk_interp *state)
{
    PyObject *bases, *type;

    if (state->home_end)
        return 0;
    bases = PyTuple_Pack(1, (PyObject *)&_PyWeakref_RefType);
    type = bases ? PyType_FromSpecWithBases(&home_spec, bases) : NULL;
    type = stk_class_seal(type);
    Py_XDECREF(bases);
    if (!type)
        return -1;
    Py_XSETREF(state->home_type, type);
    state->home_end = PyCFunction_New(&end_def, type);
    return state->home_end ? 0 : -1;
}

/* The module of that number, where the dict is its. New reference, or NULL
 * without an exception. */
static PyObject *
module_of(uint32_t number, PyObject *dict)
{
    const char *name = stk_importer_get(number).name;
    PyObject *key = name ? PyUnicode_FromString(name) : NULL;
    PyObject *module = key ? stk_module_loaded(key) : NULL;

    Py_XDECREF(key);
    PyErr_Clear();
    if (module && PyModule_Check(module) && PyModule_GetDict(module) == dict)
        return module;
    Py_XDECREF(module);
    return NULL;
}

/* None without a module: then nobody is at home there. */
static PyObject *
new_home(stk_interp *state, PyObject *module, PyObject *dict)
{
    PyObject *args, *reference;

    if (!module)
        return Py_NewRef(Py_None);
    if (prepare_homes(state) < 0)
        return NULL;
    /* not by a call of the type, which anybody may give another __new__ */
    args = PyTuple_Pack(2, module, state->home_end);
    reference =
        args ? stk_weak_own((PyTypeObject *)state->home_type, args) : NULL;
    Py_XDECREF(args);
    if (reference) {
        ((home *)reference)->dict = dict;
        return reference;
    }
    PyErr_Clear();
    return Py_NewRef(Py_None);
}

static bool
is_home(PyObject *reference, PyObject *dict)
{
    const home *at = (const home *)reference;
    PyObject *module = NULL;
    bool same;

    if (reference == Py_None || at->dict != dict ||
        PyWeakref_GetRef(reference, &module) < 0) {
        PyErr_Clear();
        return false;
    }
    same = module ? PyModule_GetDict(module) == dict
                  : at->version != 0 && at->version == stk_watch_version(dict);
    Py_XDECREF(module);
    return same;
}

/* ---- those of a module ----------------------------------------------- */

/* A home, or a tuple of some, the newest first. Borrowed, or NULL. */
static PyObject *
homes_of(const stk_interp *state, uint32_t number)
{
    return number < state->n_homes ? state->homes[number] : NULL;
}

static bool
is_among(PyObject *homes, PyObject *dict)
{
    if (!PyTuple_CheckExact(homes))
        return is_home(homes, dict);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(homes); i++)
        if (is_home(PyTuple_GET_ITEM(homes, i), dict))
            return true;
    return false;
}

static Py_ssize_t
count_homes(PyObject *homes)
{
    return PyTuple_CheckExact(homes) ? PyTuple_GET_SIZE(homes) : 1;
}

static PyObject *
home_at(PyObject *homes, Py_ssize_t i)
{
    return PyTuple_CheckExact(homes) ? PyTuple_GET_ITEM(homes, i) : homes;
}

/* The newest first, without the oldest. Takes `newest`. */
static PyObject *
with_home(PyObject *homes, PyObject *newest)
{
    Py_ssize_t n = homes ? count_homes(homes) + 1 : 1;
    PyObject *all;

    if (n == 1)
        return newest;
    all = PyTuple_New(n < HOMES_MAX ? n : HOMES_MAX);
    if (!all) {
        Py_DECREF(newest);
        return NULL;
    }
    PyTuple_SET_ITEM(all, 0, newest);
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(all); i++)
        PyTuple_SET_ITEM(all, i, Py_NewRef(home_at(homes, i - 1)));
    return all;
}

static int
make_room(stk_interp *state, uint32_t number)
{
    uint32_t n = number + number / 2 + 64;
    PyObject **grown;

    if (number < state->n_homes)
        return 0;
    grown = realloc(state->homes, n * sizeof *grown);
    if (!grown) {
        PyErr_NoMemory();
        return -1;
    }
    memset(grown + state->n_homes, 0, (n - state->n_homes) * sizeof *grown);
    state->homes = grown;
    state->n_homes = n;
    return 0;
}

/* `module` is the one that `dict` is of, or NULL. */
static int
add_home(stk_interp *state, uint32_t number, PyObject *module, PyObject *dict)
{
    PyObject *newest, *all;

    if (make_room(state, number) < 0)
        return -1;
    newest = new_home(state, module, dict);
    all = newest ? with_home(homes_of(state, number), newest) : NULL;
    if (!all)
        return -1;
    Py_XSETREF(state->homes[number], all);
    return 0;
}

static bool
is_noted(const stk_interp *state, uint32_t number, PyObject *dict)
{
    PyObject *homes = Py_XNewRef(homes_of(state, number));
    bool noted = homes && is_among(homes, dict);

    Py_XDECREF(homes);
    return noted;
}

int
stk_home_note(stk_interp *state, uint32_t number, PyObject *dict)
{
    PyObject *module;
    int result;

    if (number == 0 || is_noted(state, number, dict))
        return 0;
    module = module_of(number, dict);
    result = add_home(state, number, module, dict);
    Py_XDECREF(module);
    return result;
}

int
stk_home_note_module(stk_interp *state, uint32_t number, PyObject *module)
{
    PyObject *dict = PyModule_GetDict(module);

    if (number == 0 || is_noted(state, number, dict))
        return 0;
    return add_home(state, number, module, dict);
}

void
stk_home_forget(stk_interp *state)
{
    PyObject **homes = state->homes;
    uint32_t n = state->n_homes;

    state->homes = NULL;
    state->n_homes = 0;
    for (uint32_t i = 0; i < n; i++)
        Py_XDECREF(homes[i]);
    free(homes);
    Py_CLEAR(state->home_end);
    Py_CLEAR(state->home_type);
}

/* ---- what importlib executes ----------------------------------------- */

/* What _call_with_frames_removed() passes on: (code, module.__dict__) to
 * exec(), (module) to our loader. */
static PyObject *
executed_with(PyObject *args)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);

    if (n == 1 && PyModule_Check(PyTuple_GET_ITEM(args, 0)))
        return PyModule_GetDict(PyTuple_GET_ITEM(args, 0));
    return n > 1 && PyDict_Check(PyTuple_GET_ITEM(args, 1))
               ? PyTuple_GET_ITEM(args, 1)
               : NULL;
}

/* The locals of the function that runs: a new reference to a dict, or NULL. */
static PyObject *
running_locals(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *locals = PyEval_GetFrameLocals();
#else
    PyObject *locals = Py_XNewRef(PyEval_GetLocals());
#endif

    if (locals && !PyDict_Check(locals))
        Py_CLEAR(locals);
    if (!locals)
        PyErr_Clear();
    return locals;
}

/* What importlib's frame executes in: _call_with_frames_removed(exec, code,
 * module.__dict__), or exec(code, module.__dict__). Borrowed from `locals`. */
static PyObject *
executed_in(const stk_interp *state, PyObject *locals)
{
    PyObject *const names[] = { state->str_module, state->str_mod };
    PyObject *args = PyDict_GetItemWithError(locals, state->str_args), *module;

    if (args && PyTuple_Check(args))
        return executed_with(args);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        module = PyDict_GetItemWithError(locals, names[i]);
        if (module && PyModule_Check(module))
            return PyModule_GetDict(module);
    }
    PyErr_Clear();
    return NULL;
}

int
stk_home_note_body(stk_interp *state, uint32_t number)
{
    PyObject *locals = running_locals();
    PyObject *dict = locals ? executed_in(state, locals) : NULL;
    int result = dict ? stk_home_note(state, number, dict) : 0;

    Py_XDECREF(locals);
    return result;
}

bool
stk_home_holds(const stk_interp *state, PyFrameObject *frame, uint32_t number)
{
    PyObject *homes = homes_of(state, number), *globals;
    bool holds;

    if (!homes)
        return true;
    Py_INCREF(homes);
    globals = PyFrame_GetGlobals(frame);
    holds = globals && is_among(homes, globals);
    Py_XDECREF(globals);
    Py_DECREF(homes);
    return holds;
}
