/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where our finder stands in sys.meta_path: first. Honest code puts finders
 * before it and takes the first away again, which by then is ours.
 */
#include "python/layers/metapath.h"

#include "python/object/loaded.h"

/* ---- what we overtook ------------------------------------------------ */

static Py_ssize_t
find_item(PyObject *list, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        if (PyList_GET_ITEM(list, i) == item)
            return i;
    return -1;
}

/* The list ends with what `snapshot` has from `from` on. */
static bool
ends_with(PyObject *list, PyObject *snapshot, Py_ssize_t from)
{
    Py_ssize_t n = PyTuple_GET_SIZE(snapshot) - from;
    Py_ssize_t start = PyList_GET_SIZE(list) - n;

    for (Py_ssize_t i = 0; start >= 0 && i < n; i++)
        if (PyList_GET_ITEM(list, start + i) !=
            PyTuple_GET_ITEM(snapshot, from + i))
            return false;
    return start >= 0;
}

/* Those that we overtook earlier and that are behind `at` still. */
static Py_ssize_t
still_overtaken(const stk_interp *state, PyObject *list)
{
    return list == state->overtaken_in && ends_with(list, state->overtaken, 1)
               ? state->n_overtaken
               : 0;
}

static void
forget(stk_interp *state)
{
    Py_CLEAR(state->overtaken_in);
    Py_CLEAR(state->overtaken);
    state->n_overtaken = 0;
}

static int
remember(stk_interp *state, PyObject *list, Py_ssize_t n)
{
    PyObject *snapshot;

    if (n == 0) {
        forget(state);
        return 0;
    }
    snapshot = PyList_AsTuple(list);
    if (!snapshot)
        return -1;
    Py_INCREF(list);
    Py_XSETREF(state->overtaken_in, list);
    Py_XSETREF(state->overtaken, snapshot);
    state->n_overtaken = n;
    return 0;
}

static bool
was_overtaken(const stk_interp *state, PyObject *item)
{
    for (Py_ssize_t i = 1; i <= state->n_overtaken; i++)
        if (PyTuple_GET_ITEM(state->overtaken, i) == item)
            return true;
    return false;
}

/* We are first still; some of those behind us may have gone by themselves. */
static int
look_again(stk_interp *state, PyObject *list)
{
    Py_ssize_t n = 0;

    if (still_overtaken(state, list))
        return 0;
    while (list == state->overtaken_in && n + 1 < PyList_GET_SIZE(list) &&
           was_overtaken(state, PyList_GET_ITEM(list, n + 1)))
        n++;
    return remember(state, list, n);
}

/*
 * `sys.meta_path.insert(0, finder)` and then `del sys.meta_path[0]` is what
 * honest code does. When we have overtaken the finder between the two, it is
 * us who are deleted: then the finder goes, too. Returns how many will be
 * overtaken when we come back, or -1.
 */
static Py_ssize_t
drop_deleted(const stk_interp *state, PyObject *list)
{
    if (list != state->overtaken_in)
        return 0;
    for (Py_ssize_t k = 1; k <= state->n_overtaken; k++) {
        Py_ssize_t at =
            PyList_GET_SIZE(list) - (PyTuple_GET_SIZE(state->overtaken) - k);

        if (!ends_with(list, state->overtaken, k))
            continue;
        if (PySequence_DelItem(list, at) < 0)
            return -1;
        return at + state->n_overtaken - k;
    }
    return 0;
}

/* ---- the list -------------------------------------------------------- */

static int
overtake(stk_interp *state, PyObject *list, Py_ssize_t at)
{
    Py_ssize_t n = at + still_overtaken(state, list);

    if (PySequence_DelItem(list, at) < 0 ||
        PyList_Insert(list, 0, state->finder) < 0)
        return -1;
    return remember(state, list, n);
}

static int
come_back(stk_interp *state, PyObject *list)
{
    Py_ssize_t n = drop_deleted(state, list);

    if (n < 0 || PyList_Insert(list, 0, state->finder) < 0)
        return -1;
    return remember(state, list, n);
}

/* importlib iterates over anything; we can only stand first in a list. */
static int
replace_list(stk_interp *state, PyObject *found)
{
    PyObject *list = PySequence_List(found);
    int result = list ? PyList_Insert(list, 0, state->finder) : -1;

    if (result == 0)
        result = PyDict_SetItem(state->sys_dict, state->str_meta_path, list);
    Py_XDECREF(list);
    return result;
}

/* sys.meta_path, a new reference, or NULL. */
static PyObject *
current_path(const stk_interp *state)
{
    return stk_dict_get(state->sys_dict, state->str_meta_path);
}

static int
mend_list(stk_interp *state, PyObject *list, PyObject **before)
{
    PyObject *those = NULL;
    Py_ssize_t at;
    int result;

    if (PyList_GET_SIZE(list) == 0 && state->stepped_aside)
        return 0;
    at = find_item(list, state->finder);
    if (at == 0)
        return state->n_overtaken ? look_again(state, list) : 0;
    if (at > 0 && !(those = PyList_GetSlice(list, 0, at)))
        return -1;
    result = at < 0 ? come_back(state, list) : overtake(state, list, at);
    if (result < 0) {
        Py_XDECREF(those);
        return -1;
    }
    *before = those;
    return 1;
}

int
stk_metapath_mend(stk_interp *state, PyObject **before)
{
    PyObject *found = current_path(state);
    int result;

    *before = NULL;
    /* None: the interpreter goes down, and imports fail */
    if (!found || found == Py_None)
        result = 0;
    else if (PyList_CheckExact(found))
        result = mend_list(state, found, before);
    else
        result = replace_list(state, found) < 0 ? -1 : 1;
    Py_XDECREF(found);
    return result;
}

/* ---- alone ----------------------------------------------------------- */

static bool
is_alone(const stk_interp *state, PyObject *list)
{
    return PyList_CheckExact(list) && PyList_GET_SIZE(list) == 1 &&
           PyList_GET_ITEM(list, 0) == state->finder;
}

PyObject *
stk_metapath_step_aside(stk_interp *state)
{
    PyObject *found = state->stepped_aside ? NULL : current_path(state);

    if (!found || !is_alone(state, found) ||
        PySequence_DelItem(found, 0) < 0) {
        PyErr_Clear();
        Py_XDECREF(found);
        return NULL;
    }
    state->stepped_aside = true;
    return found;
}

void
stk_metapath_step_back(stk_interp *state, PyObject *list)
{
    PyObject *type, *value, *traceback;

    if (!list)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    state->stepped_aside = false;
    /* where it cannot be put back now, the tripwire will */
    if (find_item(list, state->finder) < 0 &&
        PyList_Insert(list, 0, state->finder) < 0)
        PyErr_Clear();
    Py_DECREF(list);
    PyErr_Restore(type, value, traceback);
}
