/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt to import a module that is loaded already. */
#include "python/attempt/attempt_cached.h"

#include "python/attempt/known.h"
#include "python/attempt/open.h"
#include "python/load/origin.h"
#include "python/object/loaded.h"
#include "python/object/name.h"

static int
must_record(stk_interp *state, const stk_attempt_open *at)
{
    switch (stk_policy_cached(at->judgement.policy)) {
    case STK_CACHED_ALL:
        return 1;
    case STK_CACHED_NONE:
        return 0;
    default: {
        int known = stk_seen_note(&state->seen, at->asker.innermost, at->name);

        return known < 0 ? -1 : !known;
    }
    }
}

/* Reading an attribute may run a lazy module's loader: only the plain
 * fields of plain objects are looked at. A new reference, or NULL. */
static PyObject *
plain_origin(const stk_interp *state, PyObject *module)
{
    PyObject *spec, *origin;

    if (!module || !PyModule_CheckExact(module))
        return NULL;
    spec = stk_dict_get(PyModule_GetDict(module), state->str_spec);
    origin = stk_origin_field(state, spec, state->str_origin);
    Py_XDECREF(spec);
    return origin;
}

/* `module` is held by the caller. */
static int
record_loaded(stk_interp *state, stk_attempt_open *at, PyObject *module)
{
    stk_found found = { 0 };
    PyObject *origin = plain_origin(state, module);
    int result;

    found.origin = origin;
    result = stk_attempt_settle(at, &found, true, NULL);
    Py_XDECREF(origin);
    return result;
}

/* `*again` when it was recorded before. */
static int
settle_loaded(stk_interp *state, stk_attempt_open *at, PyObject *module,
              bool *again)
{
    int result = 1;

    stk_attempt_judge(at, true);
    if (at->judgement.decision.verdict != STK_DENY)
        result = must_record(state, at);
    *again = result == 0;
    if (result > 0)
        return record_loaded(state, at, module);
    if (result == 0)
        stk_guard_count_repeat(stk_process_guard());
    return result;
}

/* `said` is what it was asked for as. */
static int
judge_loaded(stk_interp *state, PyObject *name, PyObject *said,
             PyObject *module, bool *is_settled)
{
    stk_attempt_open *at = stk_attempt_new(state, name, said);
    bool again;
    int result;

    if (!at)
        return -1;
    result = settle_loaded(state, at, module, &again);
    *is_settled = again && at->is_free;
    stk_attempt_free(at);
    return result;
}

/* The name that a plain module has of itself: a new reference, or NULL. */
static PyObject *
own_name(const stk_interp *state, PyObject *module)
{
    PyObject *name;

    if (!module || !PyModule_CheckExact(module))
        return NULL;
    name = stk_dict_get(PyModule_GetDict(module), state->str_name);
    if (name && !PyUnicode_CheckExact(name))
        Py_CLEAR(name);
    return name;
}

static int
judge_own_name(stk_interp *state, PyObject *own, PyObject *said,
               PyObject *module)
{
    stk_utf8 utf8;
    stk_known_name known = { own, NULL };
    bool is_free, is_settled;

    if (stk_utf8_get(&utf8, own) < 0)
        return -1;
    known.text = utf8.text;
    is_free = stk_known_openness(state, &known) == STK_OPEN_FREE;
    stk_utf8_clear(&utf8);
    if (is_free)
        return 0;
    return judge_loaded(state, own, said, module, &is_settled) < 0 ? -1 : 1;
}

int
stk_attempt_alias(stk_interp *state, PyObject *name, PyObject *module)
{
    PyObject *own = own_name(state, module);
    int result = 0;

    if (own && !stk_open_same_name(own, name) &&
        !stk_module_has_names(module, name, own))
        result = judge_own_name(state, own, name, module);
    Py_XDECREF(own);
    return result;
}

int
stk_attempt_cached_settled(stk_interp *state, PyObject *name, PyObject *module,
                           bool *is_settled)
{
    if (stk_attempt_alias(state, name, module) < 0)
        return -1;
    return judge_loaded(state, name, name, module, is_settled);
}

int
stk_attempt_cached(stk_interp *state, PyObject *name, PyObject *module)
{
    bool is_settled;

    return stk_attempt_cached_settled(state, name, module, &is_settled);
}

int
stk_attempt_if_loaded(stk_interp *state, PyObject *name)
{
    PyObject *module = stk_module_loaded(name);
    int result = module ? stk_attempt_cached(state, name, module) : 0;

    Py_XDECREF(module);
    return result;
}
