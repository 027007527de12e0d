/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beside layer 4: _frozen_importlib._find_spec, the walk over sys.meta_path
 * that import, reload() and importlib.util.find_spec() share. Here it is
 * known what was found, whoever found it, and no loader has run yet.
 */
#include "python/layers/layers.h"

#include <string.h>

#include "python/attempt/attempt.h"
#include "python/attempt/attempt_reload.h"
#include "python/attempt/lent.h"
#include "python/attempt/missing.h"
#include "python/broker/loaders.h"
#include "python/layers/metapath.h"
#include "python/load/finders.h"
#include "python/load/origin.h"
#include "python/load/places.h"
#include "python/load/quickcall.h"
#include "python/load/shadow.h"
#include "python/load/walk.h"
#include "python/object/carry.h"
#include "python/object/name.h"
#include "python/process/run.h"
#include "python/remote/isolated.h"
#include "python/signed/signed.h"

static int
record_failure(stk_attempt_open *attempt)
{
    PyObject *type = PyErr_Occurred();
    stk_found found = { .origin = NULL, .loader = NULL, .outcome = "failed" };

    if (type && PyType_Check(type))
        found.error = ((PyTypeObject *)type)->tp_name;
    return stk_attempt_record_failure(attempt, &found);
}

static bool
is_shadow(stk_interp *state, PyObject *name, PyObject *spec,
          stk_attempt_open *attempt)
{
    const stk_rule_ref rule = stk_attempt_wanted(attempt).rule;
    stk_shadow found = stk_shadow_of(state, name, spec);

    if (found == STK_SHADOW_LIBRARY)
        stk_attempt_set_stdlib(attempt);
    if (found == STK_SHADOW_STRANGER)
        stk_attempt_set_stranger(attempt);
    return stk_shadow_is_one(found, &rule);
}

static int
refuse_shadow(stk_attempt_open *attempt, const stk_found *found)
{
    stk_found told = *found;
    PyObject *origin = stk_str_or_null(found->origin);
    char detail[STK_SHADOW_DETAIL];

    stk_shadow_tell(detail, origin ? PyUnicode_AsUTF8(origin) : NULL);
    PyErr_Clear();
    told.outcome = NULL;
    return stk_attempt_refuse(attempt, STK_REASON_SHADOWING, &told, detail);
}

/* It is that one that importlib will load. A spec that is no ModuleSpec may
 * say so only once; then it is held against it. */
static int
judge_other_name(stk_interp *state, PyObject *name, PyObject *spec)
{
    PyObject *other = stk_origin_other_name(state, name, spec);
    int result;

    if (!other)
        return PyErr_Occurred() ? -1 : 0;
    result = stk_attempt_once(state, other);
    Py_DECREF(other);
    return result;
}

/* `loader` and `origin` are held by the caller. */
static int
judge_found(stk_interp *state, PyObject *const *told,
            stk_attempt_open *attempt, const stk_found *found)
{
    PyObject *name = told[0], *spec = told[1];

    if (judge_other_name(state, name, spec) < 0)
        return -1;
    if (!stk_places_know(state, name, spec))
        stk_attempt_set_brought(attempt);
    if (is_shadow(state, name, spec, attempt) &&
        stk_attempt_denies_shadowing(attempt))
        return refuse_shadow(attempt, found);
    if (stk_lent_found(state, attempt, spec) < 0)
        return -1;
    return stk_attempt_record(attempt, found);
}

static int
judge_spec(stk_interp *state, PyObject *name, PyObject *spec,
           stk_attempt_open *attempt)
{
    PyObject *told[2] = { name, spec };
    PyObject *loader = stk_origin_field(state, spec, state->str_loader);
    PyObject *origin = stk_origin_field(state, spec, state->str_origin);
    /* the name of a heap type goes with the type */
    PyObject *class = loader ? Py_NewRef((PyObject *)Py_TYPE(loader)) : NULL;
    stk_found found = { .origin = origin,
                        .loader = stk_origin_loader_name(loader),
                        .outcome = "found" };
    int result;

    if (spec == Py_None) {
        found.outcome = "not-found";
        result = stk_attempt_record(attempt, &found);
    } else {
        result = judge_found(state, told, attempt, &found);
    }
    Py_XDECREF(class);
    Py_XDECREF(loader);
    Py_XDECREF(origin);
    return result;
}

static PyObject *
call_original(stk_interp *state, PyObject *original, PyObject *const *query)
{
    PyObject *list = state ? stk_metapath_step_aside(state) : NULL, *spec;

    spec = PyObject_Vectorcall(original, query, 3, NULL);
    if (list)
        stk_metapath_step_back(state, list);
    if (spec != Py_None || !state || !PyUnicode_CheckExact(query[0]))
        return spec;
    Py_DECREF(spec);
    return stk_package_spec(state, query[0]);
}

/* What must be signed is looked for by us alone, unless it is part of the
 * interpreter; and by the others where the guard only observes. */
static PyObject *
find_code(stk_interp *state, PyObject *original, PyObject *const *query,
          stk_attempt_open *attempt)
{
    stk_query asked = { query[0], query[1] };
    PyObject *spec;
    bool left = true, is_signed = stk_attempt_wanted(attempt).is_signed;
    bool inbuilt = is_signed && stk_signed_is_inbuilt(state, query[0]);

    if (stk_finders_enforce(state) < 0)
        return NULL;
    if (stk_attempt_wanted(attempt).loader)
        return stk_foreign_find(state, attempt, query[0]);
    if (is_signed && !inbuilt) {
        spec = stk_signed_find(state, attempt, &asked, &left);
        if (spec && !left && stk_lent_found(state, attempt, spec) < 0)
            Py_CLEAR(spec);
        if (!spec || !left)
            return spec;
        Py_DECREF(spec);
    }
    spec = call_original(state, original, query);
    if (!spec)
        record_failure(attempt);
    else if ((inbuilt &&
              stk_signed_judge_inbuilt(state, attempt, query[0], spec) < 0) ||
             judge_spec(state, query[0], spec, attempt) < 0)
        Py_CLEAR(spec);
    return spec;
}

/* What the guard's own search found, judged; `spec` is taken. */
static PyObject *
judge_walked(stk_interp *state, stk_attempt_open *attempt, PyObject *name,
             PyObject *spec)
{
    if (spec && judge_spec(state, name, spec, attempt) < 0)
        Py_CLEAR(spec);
    else if (!spec && PyErr_Occurred())
        record_failure(attempt);
    return spec;
}

PyObject *
stk_findspec_walk(stk_interp *state, stk_attempt_open *attempt,
                  PyObject *const *query, stk_walked *out)
{
    PyObject *spec = stk_finders_enforce(state) < 0
                         ? NULL
                         : stk_walk_find(state, query[0], query[1], out);

    return judge_walked(state, attempt, query[0], spec);
}

static PyObject *
find_wanted(stk_interp *state, PyObject *original, PyObject *const *query,
            stk_attempt_open *attempt)
{
    PyObject *spec = find_code(state, original, query, attempt);

    if (spec && stk_attempt_wanted(attempt).sandbox)
        Py_SETREF(spec, stk_isolated_spec(state, query[0], spec));
    return spec;
}

PyObject *
stk_findspec_worker(stk_interp *state, stk_attempt_open *attempt,
                    PyObject *const *query, stk_walked *out)
{
    PyObject *spec = stk_finders_enforce(state) < 0
                         ? NULL
                         : stk_isolated_walk(state, query[0], query[1], out);

    return judge_walked(state, attempt, query[0], spec);
}

/* An import ends here, and not in importlib's words, where a rule helps. */
static PyObject *
tell_missing(const stk_interp *state, const stk_attempt_open *open,
             PyObject *name, PyObject *spec)
{
    PyObject *hint;

    if (spec != Py_None || !open || !stk_attempt_wanted(open).is_signed ||
        stk_guard_observes(stk_process_guard()))
        return spec;
    hint = stk_missing_hint(state, name);
    if (!hint && !PyErr_Occurred())
        return spec;
    if (hint)
        stk_quick_not_found(name, hint);
    Py_DECREF(spec);
    return NULL;
}

static PyObject *
find_judged(stk_interp *state, PyObject *original, PyObject *const *query)
{
    stk_attempt_open *open = stk_attempt_find(state, query[0]);
    stk_attempt_open *attempt =
        open ? open : stk_attempt_begin(state, query[0]);
    PyObject *spec;

    if (!attempt)
        return NULL;
    spec = find_wanted(state, original, query, attempt);
    if (!open && spec)
        stk_attempt_set_aside(attempt);
    else if (!open)
        stk_attempt_drop(attempt);
    return tell_missing(state, open, query[0], spec);
}

static PyObject *
judge_call(PyObject *original, PyObject **query)
{
    stk_interp *state = stk_interp_find();
    PyObject *spec;

    if (!state || !stk_process_guard() || !PyUnicode_Check(query[0]))
        return call_original(state, original, query);
    query[0] = stk_name_exact(query[0]);
    if (!query[0])
        return NULL;
    spec =
        stk_tripwire(state) < 0 ? NULL : find_judged(state, original, query);
    Py_DECREF(query[0]);
    return spec;
}

/* Keywords, and whatever is wrong. */
static PyObject *
call_by_names(PyObject *self, PyObject **query, PyObject *args,
              PyObject *kwargs)
{
    static const char *const names[] = { "name", "path", "target", NULL };

    return PyArg_ParseTupleAndKeywords(args, kwargs, "OO|O:_find_spec",
                                       STK_KEYWORDS(names), &query[0],
                                       &query[1], &query[2])
               ? judge_call(stk_carried(self), query)
               : stk_carry_fail(self, args, kwargs);
}

static PyObject *
find_spec(PyObject *self, PyObject *const *args, Py_ssize_t n,
          PyObject *kwnames)
{
    PyObject *query[3] = { NULL, NULL, Py_None };
    PyObject *tuple, *dict, *spec;

    if ((n == 2 || n == 3) && !kwnames) {
        memcpy(query, args, (size_t)n * sizeof *query);
        return judge_call(stk_carried(self), query);
    }
    if (stk_carry_pack(args, n, kwnames, &tuple, &dict) < 0)
        return NULL;
    spec = call_by_names(self, query, tuple, dict);
    Py_DECREF(tuple);
    Py_XDECREF(dict);
    return spec;
}

static PyMethodDef find_spec_def = { "_find_spec",
                                     (PyCFunction)(void (*)(void))find_spec,
                                     METH_FASTCALL | METH_KEYWORDS,
                                     "Find a module's spec." };

PyObject *
stk_findspec_new(PyObject *original)
{
    return stk_carry_new(&find_spec_def, original, "importlib._bootstrap");
}

bool
stk_findspec_check(PyObject *object)
{
    return stk_carry_check(object, &find_spec_def);
}
