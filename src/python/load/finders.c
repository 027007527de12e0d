/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `finders = ours`: Python's own finders and path hooks are asked, and ours.
 * What the program has added is taken out before anything is looked for, and
 * recorded. What is gone of Python's own stays gone.
 */
#include "python/load/finders.h"

#include "python/asks/asker.h"
#include "python/asks/frame.h"
#include "python/object/convert.h"
#include "python/object/loaded.h"
#include "python/signed/pathhook.h"

/* ---- Python's own ---------------------------------------------------- */

static int
add_named(PyObject *set, const char *module, const char *name)
{
    PyObject *dict = stk_module_namespace(module);
    PyObject *found = dict ? PyDict_GetItemString(dict, name) : NULL;
    PyObject *key = found ? PyLong_FromVoidPtr(found) : NULL;
    int result = key ? PySet_Add(set, key) : 0;

    Py_XDECREF(key);
    return result < 0 || PyErr_Occurred() ? -1 : 0;
}

/* The closure of FileFinder that importlib itself puts there. */
static bool
is_file_hook(const stk_interp *state, PyObject *hook)
{
    PyCodeObject *code = PyFunction_Check(hook)
                             ? (PyCodeObject *)PyFunction_GET_CODE(hook)
                             : NULL;

    return code && stk_code_tag_get(state, code).kind == STK_CODE_IMPORTLIB &&
           PyUnicode_CompareWithASCIIString(code->co_name,
                                            "path_hook_for_FileFinder") == 0;
}

static int
add_hooks(const stk_interp *state, PyObject *set)
{
    PyObject *hooks = PyDict_GetItemString(state->sys_dict, "path_hooks");
    int result = 0;

    for (Py_ssize_t i = 0; hooks && PyList_Check(hooks) && result == 0 &&
                           i < PyList_GET_SIZE(hooks);
         i++) {
        PyObject *hook = PyList_GET_ITEM(hooks, i), *key;

        if (!is_file_hook(state, hook))
            continue;
        /* held for good: another one must not get its address */
        key = PyLong_FromVoidPtr(Py_NewRef(hook));
        result = key ? PySet_Add(set, key) : -1;
        Py_XDECREF(key);
    }
    return result;
}

/* {addresses of what Python itself puts there}, from the first time on that
 * something was looked for: before that nobody's code ran. */
static int
note_own(stk_interp *state)
{
    static const struct {
        const char *module, *name;
    } own[] = {
        { "_frozen_importlib", "BuiltinImporter" },
        { "_frozen_importlib", "FrozenImporter" },
        { "_frozen_importlib_external", "PathFinder" },
        { "_frozen_importlib_external", "FileFinder" },
        { "zipimport", "zipimporter" },
    };
    PyObject *set;
    int result = 0;

    /* path hooks come last: it is whole then */
    if (state->own_finders || !stk_module_namespace("zipimport"))
        return 0;
    set = PySet_New(NULL);
    if (!set)
        return -1;
    for (size_t i = 0; i < sizeof own / sizeof *own && result == 0; i++)
        result = add_named(set, own[i].module, own[i].name);
    if (result == 0)
        result = add_hooks(state, set);
    if (result < 0 || PySet_GET_SIZE(set) < 6)
        Py_DECREF(set);
    else
        state->own_finders = set;
    return result;
}

static bool
is_own(const stk_interp *state, PyObject *object)
{
    PyObject *key = PyLong_FromVoidPtr(object);
    bool found = object == state->finder || object == Py_None ||
                 stk_pathhook_is(state, object) ||
                 (key && PySet_Contains(state->own_finders, key) == 1);

    Py_XDECREF(key);
    return found;
}

/* ---- taking out ------------------------------------------------------ */

/* 1: something was. */
static int
clean_list(const stk_interp *state, const char *name)
{
    PyObject *list = PyDict_GetItemString(state->sys_dict, name);
    int changed = 0;

    if (!list || !PyList_Check(list))
        return 0;
    for (Py_ssize_t i = PyList_GET_SIZE(list); i-- > 0;) {
        if (i >= PyList_GET_SIZE(list) ||
            is_own(state, PyList_GET_ITEM(list, i)))
            continue;
        if (PyList_SetSlice(list, i, i + 1, NULL) < 0)
            return -1;
        changed = 1;
    }
    return changed;
}

/* What a hook has answered for an entry of the path. */
static int
clean_cache(const stk_interp *state)
{
    PyObject *cache =
        PyDict_GetItemString(state->sys_dict, "path_importer_cache");
    PyObject *items =
        cache && PyDict_CheckExact(cache) ? PyDict_Items(cache) : NULL;
    int changed = 0;

    for (Py_ssize_t i = 0; items && i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        PyObject *finder = PyTuple_GET_ITEM(item, 1);

        if (finder == Py_None || is_own(state, (PyObject *)Py_TYPE(finder)))
            continue;
        if (PyDict_DelItem(cache, PyTuple_GET_ITEM(item, 0)) < 0)
            PyErr_Clear();
        changed = 1;
    }
    Py_XDECREF(items);
    return PyErr_Occurred() ? -1 : changed;
}

static int
record_taken(stk_interp *state, const char *name)
{
    stk_error err = STK_ERROR_INIT;
    stk_asker asker;

    /* before the program nobody has gone around anything */
    if (state->phase == STK_PHASE_STARTUP)
        return 0;
    stk_asker_innermost(&asker, state);
    if (stk_guard_record_tamper(stk_process_guard(), name, NULL,
                                asker.importers[0].name, &err) == 0)
        return 0;
    stk_raise_error(&err);
    return -1;
}

static bool
is_wanted(void)
{
    stk_guard *guard = stk_process_guard();
    stk_policy *policy = stk_guard_policy(guard);
    bool wanted = stk_policy_finders(policy) == STK_FINDERS_OURS;

    stk_policy_free(policy);
    return wanted && !stk_guard_observes(guard);
}

int
stk_finders_enforce(stk_interp *state)
{
    static const char *const lists[] = { "meta_path", "path_hooks" };
    static const char *const names[] = { "sys.meta_path", "sys.path_hooks" };
    int changed;

    if (note_own(state) < 0)
        return -1;
    if (!state->own_finders || !is_wanted())
        return 0;
    for (size_t i = 0; i < 2; i++) {
        changed = clean_list(state, lists[i]);
        if (changed < 0 || (changed && record_taken(state, names[i]) < 0))
            return -1;
    }
    changed = clean_cache(state);
    return changed <= 0 ? changed
                        : record_taken(state, "sys.path_importer_cache");
}
