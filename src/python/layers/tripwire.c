/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 6: are layers 2 to 4 still where they were put? No audit event tells
 * of a write to builtins or to sys.meta_path, so that every event looks.
 *
 * Honest code wraps __import__ and inserts finders, too. What is found in
 * our place is not thrown away: ours is put before it, and calls it.
 */
#include "python/layers/layers.h"

#include "base/error.h"
#include "python/asks/asker.h"
#include "python/layers/metapath.h"
#include "python/layers/stander.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"

/* One place that a function of ours stands in. */
typedef struct place {
    const char *name; /* as records call it */
    PyObject *(*make)(PyObject *original);
    bool (*check)(PyObject *object);
    size_t number; /* of what stood there first */
} place;

static const place import_place = { "builtins.__import__", stk_importfn_new,
                                    stk_importfn_check, 0 };
static const place load_place = { "importlib._bootstrap._find_and_load",
                                  stk_findload_new, stk_findload_check, 1 };
static const place spec_place = { "importlib._bootstrap._find_spec",
                                  stk_findspec_new, stk_findspec_check, 2 };
static const place lookup_place = { "importlib.util.find_spec", stk_lookup_new,
                                    stk_lookup_check, STK_FIRSTS - 1 };

/* ---- telling --------------------------------------------------------- */

/* `said` collects what was put back: the record is written when all is. */
typedef struct mending {
    struct {
        const char *name;
        const char *whose; /* NULL: that is not known */
    } said[8 + STK_IMP_FUNCTIONS];
    size_t n;
    PyObject *starters; /* strong; finders put before ours at the start */
    bool first;         /* what is found is CPython's own */
} mending;

/* Once for all that one and the same has done to _imp. */
static bool
is_said(const mending *m, const char *name, const char *whose)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->said[i].name == name && m->said[i].whose == whose)
            return true;
    return false;
}

static void
say_mended(mending *m, const char *name, const char *whose)
{
    if (is_said(m, name, whose) || m->n == sizeof m->said / sizeof *m->said)
        return;
    m->said[m->n].name = name;
    m->said[m->n++].whose = whose;
}

static int
record_mending(stk_interp *state, const mending *m)
{
    stk_error err = STK_ERROR_INIT;
    stk_asker asker;
    int result = 0;

    stk_asker_innermost(&asker, state);
    for (size_t i = 0; i < m->n && result == 0; i++)
        result = stk_guard_record_tamper(stk_process_guard(), m->said[i].name,
                                         m->said[i].whose,
                                         asker.importers[0].name, &err);
    if (result < 0)
        PyErr_Format(PyExc_ImportError,
                     "an attempt to go around the guard cannot be "
                     "recorded: %s",
                     err.message);
    return result;
}

/* The same one that is put there again is nothing new, unless its find_spec
 * has become somebody else's. */
static int
record_starter(stk_interp *state, PyObject *finder, const char *whose)
{
    stk_error err = STK_ERROR_INIT;
    int result;

    if (finder == state->finder_told && whose == state->finder_by)
        return 0;
    result = stk_guard_record_finder(stk_process_guard(), whose, &err);
    if (result < 0)
        PyErr_Format(PyExc_ImportError, "a finder cannot be recorded: %s",
                     err.message);
    state->finder_by = whose;
    Py_INCREF(finder);
    Py_XSETREF(state->finder_told, finder);
    return result;
}

/* Each by itself; one that is nobody's is tampering. */
static int
record_starters(stk_interp *state, mending *m)
{
    bool unknown = false;
    int result = 0;

    for (Py_ssize_t i = PyList_GET_SIZE(m->starters); i > 0 && result == 0;) {
        PyObject *finder = PyList_GET_ITEM(m->starters, --i);
        const char *whose = stk_stander_finder(state, finder);

        if (whose)
            result = record_starter(state, finder, whose);
        else if (!unknown)
            say_mended(m, "sys.meta_path", NULL);
        unknown |= !whose;
    }
    Py_CLEAR(m->starters);
    return result;
}

/* ---- functions ------------------------------------------------------- */

/* CPython's own __import__, put back by somebody, is no wrapper: ours calls
 * it by itself. */
static PyObject *
original_behind(const place *where, PyObject *found)
{
    bool own = where == &import_place && PyCFunction_Check(found) &&
               PyCFunction_GET_SELF(found) &&
               PyModule_Check(PyCFunction_GET_SELF(found));

    return own ? NULL : found;
}

/* Ours before `found`: a new reference, or NULL. */
static PyObject *
stand_before(stk_interp *state, const place *where, PyObject *found,
             bool first)
{
    PyObject *ours = where->make(original_behind(where, found));

    if (ours && first) {
        stk_carry_hide(found);
        Py_XSETREF(state->firsts[where->number], Py_NewRef(ours));
    }
    return ours;
}

/* Where nothing stands any more, what stood there first does again. */
static int
mend_function(stk_interp *state, PyObject *dict, PyObject *name,
              const place *where, mending *m)
{
    PyObject *found = stk_dict_get(dict, name), *ours;
    int result;

    if (found ? where->check(found) : !state->firsts[where->number]) {
        Py_XDECREF(found);
        return 0;
    }
    ours = found ? stand_before(state, where, found, m->first)
                 : Py_NewRef(state->firsts[where->number]);
    if (!ours) {
        Py_XDECREF(found);
        return -1;
    }
    say_mended(m, where->name, stk_stander_importer(state, found));
    result = PyDict_SetItem(dict, name, ours);
    Py_DECREF(ours);
    Py_XDECREF(found);
    return result;
}

/* The namespace of importlib.util, a new reference, or NULL. */
static PyObject *
util_dict(const stk_interp *state)
{
    PyObject *util = stk_module_loaded(state->str_util), *dict = NULL;

    if (util && PyModule_Check(util))
        dict = Py_NewRef(PyModule_GetDict(util));
    Py_XDECREF(util);
    return dict;
}

/* importlib.util is loaded when somebody needs it: the first time is no
 * tampering, and while it is loaded there is nothing to mend. */
static int
mend_util(stk_interp *state, PyObject *util, mending *m)
{
    mending first = { .first = true };
    PyObject *found = stk_dict_get(util, state->str_find_spec);

    if (!found && state->util_seen != util)
        return 0;
    Py_XDECREF(found);
    if (mend_function(state, util, state->str_find_spec, &lookup_place,
                      state->util_seen == util ? m : &first) < 0)
        return -1;
    Py_INCREF(util);
    Py_XSETREF(state->util_seen, util);
    return 0;
}

static int
mend_functions(stk_interp *state, mending *m)
{
    stk_impfn_mended made = { .n = 0 };
    PyObject *util;
    int result;

    if (mend_function(state, state->builtins_dict, state->str_import,
                      &import_place, m) < 0 ||
        mend_function(state, state->bootstrap_dict, state->str_find_and_load,
                      &load_place, m) < 0 ||
        mend_function(state, state->bootstrap_dict, state->str_bootstrap_spec,
                      &spec_place, m) < 0 ||
        stk_impfn_mend(state, &made) < 0)
        return -1;
    for (size_t i = 0; i < made.n; i++)
        say_mended(m, "_imp", made.whose[i]);
    util = util_dict(state);
    result = util ? mend_util(state, util, m) : 0;
    Py_XDECREF(util);
    return result;
}

/* ---- all of it ------------------------------------------------------- */

static int
mend_all(stk_interp *state, mending *m)
{
    PyObject *before = NULL;
    int moved =
        mend_functions(state, m) < 0 ? -1 : stk_metapath_mend(state, &before);

    /* as `site` does for what is installed */
    if (before && state->phase == STK_PHASE_STARTUP)
        m->starters = Py_NewRef(before);
    else if (moved > 0)
        say_mended(m, "sys.meta_path",
                   before
                       ? stk_stander_finder(state, PyList_GET_ITEM(before, 0))
                       : NULL);
    Py_XDECREF(before);
    return moved < 0 ? -1 : 0;
}

int
stk_tripwire_set(stk_interp *state)
{
    mending first = { .first = true };
    PyObject *function;

    if (mend_all(state, &first) < 0)
        return -1;
    Py_CLEAR(first.starters);
    function = PyDict_GetItem(state->builtins_dict, state->str_import);
    Py_XINCREF(function);
    Py_XSETREF(state->import_function, function);
    return function ? 0 : -1;
}

/* The interpreter goes down: CPython takes sys.meta_path and the rest away
 * itself, and imports fail. */
static bool
is_going_down(const stk_interp *state)
{
    PyObject *meta_path =
        PyDict_GetItem(state->sys_dict, state->str_meta_path);

    return !meta_path || meta_path == Py_None;
}

/* ---- nothing was written --------------------------------------------- */

static void
watch_places(stk_interp *state)
{
    PyObject *places[] = { state->sys_dict, state->builtins_dict,
                           state->bootstrap_dict, state->imp_dict,
                           state->util_seen };

    if (state->places.n > 0 && state->util_watched == state->util_seen)
        return;
    stk_watch_clear(&state->places, &state->writes[STK_WATCH_PLACES]);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i])
            stk_watch_add(&state->places, state->watch_id, places[i]);
    state->util_watched = state->util_seen;
}

static bool
is_first_still(const stk_interp *state)
{
    PyObject *list = state->path_seen;

    return list && state->n_overtaken == 0 && PyList_GET_SIZE(list) > 0 &&
           PyList_GET_ITEM(list, 0) == state->finder;
}

/* sys.modules is written to all the time, but not between the statements that
 * find everything there. */
static bool
is_util_still(stk_interp *state)
{
    PyObject *modules = PyImport_GetModuleDict(), *util;
    uint64_t stamp =
        modules && PyDict_CheckExact(modules) ? stk_watch_version(modules) : 0;
    bool same;

    if (stamp && stamp == state->modules_stamp)
        return true;
    util = util_dict(state);
    same = !util || util == state->util_watched;
    Py_XDECREF(util);
    state->modules_stamp = same ? stamp : 0;
    return same;
}

static bool
is_in_place(stk_interp *state)
{
    return !stk_watch_changed(&state->places) && is_first_still(state) &&
           is_util_still(state);
}

/* The list itself tells nobody when it is written to. */
static void
see_path(stk_interp *state)
{
    PyObject *path = stk_dict_get(state->sys_dict, state->str_meta_path);

    if (path && !PyList_CheckExact(path))
        Py_CLEAR(path);
    Py_XSETREF(state->path_seen, path);
}

int
stk_tripwire(stk_interp *state)
{
    mending m = { .first = false };
    int result;

    if (state->mending || is_in_place(state) || is_going_down(state))
        return 0;
    state->mending = true;
    watch_places(state);
    stk_watch_settle(&state->places);
    see_path(state);
    result = mend_all(state, &m);
    if (result < 0 || state->util_watched != state->util_seen)
        state->places.settled = false;
    state->mending = false;
    if (m.starters)
        result = record_starters(state, &m);
    else if (state->phase != STK_PHASE_STARTUP)
        Py_CLEAR(state->finder_told);
    return result < 0 || m.n == 0 ? result : record_mending(state, &m);
}
