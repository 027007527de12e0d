/* SPDX-License-Identifier: Apache-2.0 */
/* Cached statements that need no more thought. */
#include "python/layers/hot.h"

#include "python/object/loaded.h"

static stk_hot *
slot_of(stk_interp *state, const stk_hot_key *key)
{
    uintptr_t hash = (uintptr_t)key->name >> 4;

    hash ^= (uintptr_t)key->fromlist >> 5;
    hash ^= (uintptr_t)key->importer * 2654435761u;
    return &state->hot[hash & (STK_HOT_SIZE - 1)];
}

stk_hot *
stk_hot_find(stk_interp *state, const stk_hot_key *key)
{
    stk_hot *hot = slot_of(state, key);

    if (hot->name != key->name || hot->fromlist != key->fromlist ||
        hot->importer != key->importer ||
        hot->generation != stk_guard_generation(stk_process_guard()))
        return NULL;
    return hot;
}

static bool
writes_repeats(stk_guard *guard)
{
    stk_policy *policy = stk_guard_policy(guard);
    bool all = stk_policy_cached(policy) == STK_CACHED_ALL;

    stk_policy_free(policy);
    return all;
}

/* The objects are held, so that their addresses stay theirs. */
void
stk_hot_keep(stk_interp *state, const stk_hot_key *key, uint64_t generation)
{
    stk_guard *guard = stk_process_guard();
    stk_hot *hot = slot_of(state, key);
    PyObject *old_name = hot->name, *old_list = hot->fromlist;

    if (writes_repeats(guard))
        return;
    hot->name = Py_NewRef(key->name);
    hot->fromlist = Py_XNewRef(key->fromlist);
    hot->ready = NULL;
    hot->importer = key->importer;
    hot->generation = generation;
    Py_XDECREF(old_name);
    Py_XDECREF(old_list);
}

bool
stk_hot_is_ready(const stk_interp *state, const stk_hot *hot, PyObject *module)
{
    return hot->ready == module && hot->loads == state->loads;
}

/* Asked of the plain fields alone: a spec may answer as it likes. */
static bool
is_initialised(const stk_interp *state, PyObject *module)
{
    PyObject *spec = stk_dict_get(PyModule_GetDict(module), state->str_spec);
    PyObject *dict = NULL, *value;
    bool done;

    if (spec && (PyObject *)Py_TYPE(spec) == state->spec_class)
        dict = PyObject_GenericGetDict(spec, NULL);
    Py_XDECREF(spec);
    if (!dict) {
        PyErr_Clear();
        return false;
    }
    value = PyDict_GetItemString(dict, "_initializing");
    done = !value || value == Py_False;
    Py_DECREF(dict);
    return done;
}

/*
 * Only the address is kept, and only until the next module is loaded: that
 * one may come to lie there, and not be initialised. `import a.b` gives a,
 * and is never ready.
 */
void
stk_hot_note(const stk_interp *state, stk_hot *hot, PyObject *module)
{
    Py_ssize_t length = PyUnicode_GetLength(hot->name);

    hot->loads = state->loads;
    hot->ready = NULL;
    if (!hot->fromlist && PyModule_CheckExact(module) &&
        PyUnicode_FindChar(hot->name, '.', 0, length, 1) < 0 &&
        is_initialised(state, module))
        hot->ready = module;
}
