/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt to import, from the first layer that sees it to the last. */
#include "python/attempt/attempt.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "guard/judge.h"
#include "python/asks/frame.h"
#include "python/asks/own.h"
#include "python/asks/startup.h"
#include "python/attempt/denied.h"
#include "python/attempt/known.h"
#include "python/attempt/open.h"
#include "python/load/program.h"
#include "python/object/name.h"
#include "python/remote/isolated.h"

/* ---- judging --------------------------------------------------------- */

static stk_attempt
as_attempt(const stk_attempt_open *at)
{
    stk_attempt attempt = { at->utf8.text, at->asker.importers, at->asker.n,
                            0 };

    return attempt;
}

/* What -m names is the program: the rule of `__main__` is its rule. */
static void
want_program(stk_attempt_open *at)
{
    stk_decision *decision = &at->judgement.decision, wanted;

    if (decision->verdict == STK_DENY || decision->requirement ||
        !stk_program_is(at->state, at->utf8.text))
        return;
    wanted = stk_policy_require(at->judgement.policy, "__main__");
    if (wanted.requirement)
        *decision = wanted;
}

void
stk_attempt_judge(stk_attempt_open *at, bool cached)
{
    stk_known_name name = { at->name, at->utf8.text };
    stk_startup_question question = { at->state->phase, at->utf8.text,
                                      &at->asker, at->asking != NULL, cached };

    stk_known_judge(at->state, &name, &at->asker, &at->judgement);
    stk_startup_allow(&question, &at->judgement);
    stk_own_allow(&at->asker, at->utf8.text, &at->judgement);
    want_program(at);
}

/* ---- recording ------------------------------------------------------- */

static const char *profile_of(const stk_decision *decision);

static int
write_record(stk_attempt_open *at, stk_circumstances *circumstances)
{
    stk_utf8 file = { NULL, NULL };
    stk_attempt attempt = as_attempt(at);
    stk_error err;
    int result;

    stk_error_begin(&err);
    /* the code that asks stands there still */
    if (stk_asker_place(&file, &circumstances->line, at->asking) < 0)
        return -1;
    circumstances->file = file.text;
    circumstances->ns = stk_clock_monotonic_ns() - at->began;
    circumstances->sandbox = profile_of(&at->judgement.decision);
    circumstances->within = stk_open_other(at);
    result = stk_guard_record(stk_process_guard(), &attempt, &at->judgement,
                              circumstances, &err);
    stk_utf8_clear(&file);
    at->recorded = true;
    if (result == 0)
        return 0;
    at->judgement.decision.verdict = STK_DENY;
    at->judgement.decision.reason = STK_REASON_AUDIT;
    return stk_denied_raise(at->state, at->name,
                            &at->asker.importers[at->judgement.by],
                            &at->judgement, err.message);
}

static int
record_found(stk_attempt_open *at, const stk_found *found, bool cached)
{
    stk_circumstances circumstances = { 0 };
    stk_utf8 origin = { NULL, NULL };
    PyObject *exact = found ? stk_str_or_null(found->origin) : NULL;
    int result;

    if (exact && stk_utf8_get(&origin, exact) < 0)
        return -1;
    circumstances.cached = cached;
    circumstances.origin = origin.text;
    if (found) {
        circumstances.loader = found->loader;
        circumstances.outcome = found->outcome;
        circumstances.error = found->error;
        circumstances.key = found->key;
        circumstances.digest = found->digest;
        circumstances.trust = found->trust;
    }
    result = write_record(at, &circumstances);
    stk_utf8_clear(&origin);
    return result;
}

/* What helps with an import that the innermost importer may make by its
 * closure, and who has it made may not. Freed by free(); NULL: nothing. */
static char *
advise_lazy(const stk_attempt_open *at)
{
    const stk_importer *first = &at->asker.importers[0];
    stk_request request = { at->utf8.text, first->name, first->flags };

    if (at->judgement.by == 0 || !first->name ||
        stk_policy_decide(at->judgement.policy, &request).reason !=
            STK_REASON_CLOSURE)
        return NULL;
    return stk_denied_lazily(at->utf8.text, first->name, &at->judgement);
}

static int
raise_denied(stk_attempt_open *at, const char *detail)
{
    STK_CLEANUP(stk_freep) char *lazy = detail ? NULL : advise_lazy(at);

    return stk_denied_raise(at->state, at->name,
                            &at->asker.importers[at->judgement.by],
                            &at->judgement, detail ? detail : lazy);
}

/* Each denial is recorded before it is raised: `except ImportError`
 * swallows it. */
int
stk_attempt_settle(stk_attempt_open *at, const stk_found *found, bool cached,
                   const char *detail)
{
    if (record_found(at, found, cached) < 0)
        return -1;
    return at->judgement.refuse ? raise_denied(at, detail) : 0;
}

/* ---- life ------------------------------------------------------------ */

static void
clear_attempt(stk_attempt_open *at)
{
    Py_CLEAR(at->name);
    Py_CLEAR(at->asking);
    Py_CLEAR(at->loader);
    Py_CLEAR(at->path);
    Py_CLEAR(at->line.code);
    stk_utf8_clear(&at->utf8);
    stk_judgement_clear(&at->judgement);
}

void
stk_attempt_free(stk_attempt_open *at)
{
    clear_attempt(at);
    if (at->state->spare)
        free(at);
    else
        at->state->spare = at;
}

stk_attempt_open *
stk_attempt_new(stk_interp *state, PyObject *name, PyObject *said)
{
    stk_attempt_open *at = state->spare ? state->spare : malloc(sizeof *at);
    stk_known_name known = { name, NULL };
    enum stk_openness open;

    state->spare = NULL;
    if (!at) {
        PyErr_NoMemory();
        return NULL;
    }
    memset(at, 0, offsetof(stk_attempt_open, asker));
    at->began = stk_clock_monotonic_ns();
    at->state = state;
    at->name = Py_NewRef(name);
    at->asking = stk_frame_asking(state);
    if (stk_utf8_get(&at->utf8, name) < 0) {
        stk_attempt_free(at);
        return NULL;
    }
    known.text = at->utf8.text;
    open = stk_known_openness(state, &known);
    at->is_free = open == STK_OPEN_FREE;
    /* the name first: who asks costs only where a rule could say no */
    if (open != STK_OPEN_NO)
        stk_asker_of_frame(&at->asker, state, at->asking);
    else
        stk_asker_said(&at->asker, state, name, said);
    return at;
}

static void
rouse_worker(const stk_interp *state, const stk_attempt_open *at)
{
    stk_wanted wanted;

    if (!profile_of(&at->judgement.decision))
        return;
    wanted = stk_attempt_wanted(at);
    stk_isolated_rouse(state, &wanted);
}

stk_attempt_open *
stk_attempt_begin(stk_interp *state, PyObject *name)
{
    stk_attempt_open *at = stk_attempt_new(state, name, name);

    if (!at)
        return NULL;
    stk_attempt_judge(at, false);
    if (at->judgement.refuse &&
        stk_attempt_settle(at, NULL, false, NULL) < 0) {
        stk_attempt_free(at);
        return NULL;
    }
    stk_open_link(at);
    state->loads++;
    rouse_worker(state, at);
    return at;
}

void
stk_attempt_end(stk_attempt_open *at, PyObject *result)
{
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    stk_found found = { .origin = NULL, .loader = NULL, .outcome = "failed" };

    stk_open_unlink(at);
    if (!at->recorded) {
        PyErr_Fetch(&type, &value, &traceback);
        if (result)
            found.outcome = NULL;
        else if (type && PyType_Check(type))
            found.error = ((PyTypeObject *)type)->tp_name;
        if (record_found(at, &found, false) < 0)
            PyErr_Clear();
        PyErr_Restore(type, value, traceback);
    }
    stk_attempt_free(at);
}

void
stk_attempt_drop(stk_attempt_open *at)
{
    stk_open_unlink(at);
    stk_attempt_free(at);
}

void
stk_attempt_set_stdlib(stk_attempt_open *at)
{
    at->in_stdlib = true;
}

void
stk_attempt_set_brought(stk_attempt_open *at)
{
    stk_asker whole; /* stack */

    stk_asker_all(&whole, at->state, NULL);
    at->brought_by = stk_asker_of_program(&whole);
}

bool
stk_attempt_is_found(const stk_attempt_open *at)
{
    return at->recorded;
}

bool
stk_attempt_is_brought(const stk_attempt_open *at)
{
    return at->brought_by != 0;
}

bool
stk_attempt_from_stdlib(const stk_attempt_open *at)
{
    return at->in_stdlib;
}

int
stk_attempt_record(stk_attempt_open *at, const stk_found *found)
{
    return at->recorded ? 0 : record_found(at, found, false);
}

int
stk_attempt_record_failure(stk_attempt_open *at, const stk_found *found)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (stk_attempt_record(at, found) < 0) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return -1;
    }
    PyErr_Restore(type, value, traceback);
    return -1;
}

int
stk_attempt_refuse(stk_attempt_open *at, enum stk_reason reason,
                   const stk_found *found, const char *detail)
{
    at->judgement.decision.verdict = STK_DENY;
    at->judgement.decision.reason = reason;
    if (reason ==
        STK_REASON_SHADOWING) /* a rule allowed it, and none says so */
        at->judgement.decision.rule = (stk_rule_ref){ NULL, 0, NULL, NULL };
    at->judgement.refuse = !stk_guard_observes(stk_process_guard());
    at->recorded = false;
    return stk_attempt_settle(at, found, false, detail);
}

static const char *
profile_of(const stk_decision *decision)
{
    return stk_requirement_profile(decision->requirement);
}

stk_wanted
stk_attempt_wanted(const stk_attempt_open *at)
{
    const stk_decision *decision = &at->judgement.decision;
    stk_wanted wanted = { .name = at->utf8.text,
                          .bundle = decision->bundle,
                          .rule = decision->rule,
                          .evidence = at->judgement.evidence };

    wanted.policy = at->judgement.policy;
    if (!wanted.bundle)
        wanted.loader = stk_policy_loader(wanted.policy, wanted.name);
    wanted.sandbox = profile_of(decision);
    wanted.slow = stk_policy_signing(at->judgement.policy)->slow;
    wanted.is_signed = stk_requirement_signed(decision->requirement);
    return wanted;
}

int
stk_attempt_distrust(stk_attempt_open *at, const stk_found *found)
{
    stk_guard_distrust(stk_process_guard(), &at->judgement, at->utf8.text);
    at->recorded = false;
    if (record_found(at, found, false) < 0)
        return -1;
    return at->judgement.refuse;
}

bool
stk_attempt_denies_shadowing(const stk_attempt_open *at)
{
    return at->asker.is_guard ||
           stk_policy_shadowing(at->judgement.policy) == STK_DENY;
}

void
stk_attempt_set_stranger(stk_attempt_open *at)
{
    at->is_stranger = true;
    at->number = 0;
}

int
stk_attempt_once(stk_interp *state, PyObject *name)
{
    stk_attempt_open *at = stk_attempt_find(state, name);

    if (at && stk_attempt_is_found(at))
        return 0;
    at = stk_attempt_begin(state, name);
    if (!at)
        return -1;
    stk_attempt_end(at, Py_None);
    return 0;
}
