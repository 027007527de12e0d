/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespace that a module's own code runs in. A function of a library's
 * that somebody runs with globals of his own does what they say: its import
 * statements are no longer the library's.
 */
#include "python/home.h"

#include "python/importer.h"
#include "python/loaded.h"
#include "python/watch.h"

/* A module that is taken out of sys.modules and imported again has another
 * one: the last few count. */
#define HOMES_MAX 4

#define HOME "stockade home"

/*
 * A dict may lie where one that is gone has lain. It is the same while its
 * module is there, which never gets another; and after that, where functions
 * are left of a module, while nobody writes to it: each dict has numbers of
 * its own for what was written (PEP 509).
 */
typedef struct home {
    const void *dict;       /* for identity alone */
    const PyObject *module; /* its weak reference, for identity alone */
    uint64_t version;       /* of the dict when the module went; 0: it did
                               not */
} home;

static home *
home_of(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, HOME);
}

static void
free_home(PyObject *capsule)
{
    PyMem_Free(home_of(capsule));
}

/* The module goes, and still has its dict. Python code can find and call
 * this, too. */
static PyObject *
note_end(PyObject *capsule, PyObject *reference)
{
    home *at = home_of(capsule);
    PyObject *module = NULL;

    if (at && at->module == reference && at->version == 0 &&
        PyWeakref_GetRef(reference, &module) == 0)
        at->version = stk_watch_version(at->dict);
    Py_XDECREF(module);
    Py_RETURN_NONE;
}

static PyMethodDef end_def = { "end", note_end, METH_O, NULL };

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

/* NULL without a module: then nobody is at home there. */
static PyObject *
new_reference(PyObject *capsule, uint32_t number)
{
    PyObject *module = module_of(number, (PyObject *)home_of(capsule)->dict);
    PyObject *call = module ? PyCFunction_New(&end_def, capsule) : NULL;
    PyObject *reference = call ? PyWeakref_NewRef(module, call) : NULL;

    Py_XDECREF(call);
    Py_XDECREF(module);
    return reference;
}

/* (what is known of the home, a weak reference to its module or None) */
static PyObject *
new_home(uint32_t number, PyObject *dict)
{
    home *at = PyMem_Calloc(1, sizeof *at);
    PyObject *capsule = at ? PyCapsule_New(at, HOME, free_home) : NULL;
    PyObject *reference, *pair;

    if (!capsule) {
        PyMem_Free(at);
        return at ? NULL : PyErr_NoMemory();
    }
    at->dict = dict;
    reference = new_reference(capsule, number);
    at->module = reference;
    if (!reference)
        PyErr_Clear();
    pair = PyTuple_Pack(2, capsule, reference ? reference : Py_None);
    Py_XDECREF(reference);
    Py_DECREF(capsule);
    return pair;
}

static bool
is_home(PyObject *pair, PyObject *dict)
{
    const home *at = home_of(PyTuple_GET_ITEM(pair, 0));
    PyObject *module = NULL;
    bool same;

    if (!at || at->dict != dict || !at->module ||
        PyWeakref_GetRef(PyTuple_GET_ITEM(pair, 1), &module) < 0) {
        PyErr_Clear();
        return false;
    }
    same = module ? PyModule_GetDict(module) == dict
                  : at->version != 0 && at->version == stk_watch_version(dict);
    Py_XDECREF(module);
    return same;
}

static PyObject *
homes_of(const stk_interp *state, uint32_t number)
{
    PyObject *key = PyLong_FromUnsignedLong(number);
    PyObject *homes = key ? PyDict_GetItemWithError(state->homes, key) : NULL;

    Py_XDECREF(key);
    return homes;
}

static bool
is_among(PyObject *homes, PyObject *dict)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(homes); i++)
        if (is_home(PyTuple_GET_ITEM(homes, i), dict))
            return true;
    return false;
}

/* The newest first, without the oldest. */
static PyObject *
with_home(PyObject *homes, uint32_t number, PyObject *dict)
{
    Py_ssize_t old = homes ? PyTuple_GET_SIZE(homes) : 0;
    Py_ssize_t n = old + 1 < HOMES_MAX ? old + 1 : HOMES_MAX;
    PyObject *all = PyTuple_New(n), *newest = new_home(number, dict);

    if (!all || !newest) {
        Py_XDECREF(all);
        Py_XDECREF(newest);
        return NULL;
    }
    PyTuple_SET_ITEM(all, 0, newest);
    for (Py_ssize_t i = 1; i < n; i++)
        PyTuple_SET_ITEM(all, i, Py_NewRef(PyTuple_GET_ITEM(homes, i - 1)));
    return all;
}

int
stk_home_note(stk_interp *state, uint32_t number, PyObject *dict)
{
    PyObject *homes, *all, *key;
    int result;

    if (number == 0)
        return 0;
    if (!state->homes && !(state->homes = PyDict_New()))
        return -1;
    homes = Py_XNewRef(homes_of(state, number));
    if (homes && is_among(homes, dict)) {
        Py_DECREF(homes);
        return 0;
    }
    all = with_home(homes, number, dict);
    key = PyLong_FromUnsignedLong(number);
    result = all && key ? PyDict_SetItem(state->homes, key, all) : -1;
    Py_XDECREF(homes);
    Py_XDECREF(all);
    Py_XDECREF(key);
    return result;
}

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
    PyObject *homes = state->homes ? homes_of(state, number) : NULL;
    PyObject *globals;
    bool holds;

    if (!homes)
        return true;
    Py_INCREF(homes);
    globals = PyObject_GetAttrString((PyObject *)frame, "f_globals");
    holds = globals && is_among(homes, globals);
    if (!globals)
        PyErr_Clear();
    Py_XDECREF(globals);
    Py_DECREF(homes);
    return holds;
}
