/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy wants of code that no finder was asked for. */
#include "python/signed/want.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "guard/judge.h"
#include "python/asks/asker.h"
#include "python/asks/frame.h"
#include "python/object/name.h"
#include "python/signed/signature.h"
#include "trust/digest.h"

/* ---- asking ---------------------------------------------------------- */

bool
stk_want_begin(stk_want *out, stk_interp *state)
{
    stk_guard *guard = stk_process_guard();
    /* for the policy and its evidence alone: what is wanted of code does not
     * depend on who has it */
    stk_attempt attempt = { "__main__", NULL, 0, 0 };

    if (!guard || !state || !stk_guard_needs_signatures(guard))
        return false;
    out->state = state;
    out->began = stk_clock_monotonic_ns();
    stk_guard_judge(guard, &attempt, &out->judgement);
    out->judgement.has_observed = false;
    return true;
}

void
stk_want_clear(stk_want *want)
{
    stk_judgement_clear(&want->judgement);
}

bool
stk_want_signed(stk_want *want, const char *name)
{
    stk_decision wanted = stk_policy_require(want->judgement.policy, name);

    if (!stk_requirement_signed(wanted.requirement))
        return false;
    want->judgement.decision = wanted;
    want->judgement.refuse = false;
    want->judgement.by = 0;
    return true;
}

/* ---- recording ------------------------------------------------------- */

/* The origin as the other records have it: UTF-8, whatever the file is
 * called. */
static int
origin_text(stk_utf8 *out, const stk_evidence *evidence)
{
    PyObject *path = evidence->path ? PyUnicode_DecodeFSDefault(evidence->path)
                                    : PyUnicode_FromString("");
    int result = path ? stk_utf8_get(out, path) : -1;

    if (result == 0 && !evidence->path) {
        stk_utf8_clear(out);
        *out = (stk_utf8){ NULL, NULL };
    }
    Py_XDECREF(path);
    return result;
}

static int
write_record(stk_want *want, const char *name, stk_circumstances *told)
{
    PyFrameObject *asking = stk_frame_asking(want->state);
    stk_utf8 file = { NULL, NULL };
    stk_asker asker;
    stk_attempt attempt = { name, asker.importers, 1, 0 };
    stk_error err = STK_ERROR_INIT;
    int result;

    stk_asker_of_frame(&asker, want->state, asking);
    result = stk_asker_place(&file, &told->line, asking);
    told->file = file.text;
    told->ns = stk_clock_monotonic_ns() - want->began;
    if (result == 0 && stk_guard_record(stk_process_guard(), &attempt,
                                        &want->judgement, told, &err) < 0) {
        PyErr_SetString(PyExc_ImportError, err.message);
        result = -1;
    }
    stk_utf8_clear(&file);
    Py_XDECREF(asking);
    return result;
}

static int
record_evidence(stk_want *want, const char *name, const stk_evidence *evidence,
                stk_circumstances *told)
{
    char hex[STK_DIGEST_HEX];
    stk_utf8 origin = { NULL, NULL };
    int result;

    if (origin_text(&origin, evidence) < 0)
        return -1;
    told->origin = origin.text;
    told->key = stk_evidence_keys(evidence);
    if (evidence->has_digest)
        told->digest = stk_digest_hex(hex, evidence->digest);
    result = write_record(want, name, told);
    stk_utf8_clear(&origin);
    return result;
}

int
stk_want_record(stk_want *want, const char *name, const stk_evidence *evidence)
{
    stk_circumstances told = { .outcome = "found" };

    told.trust = stk_evidence_oddity(evidence, &told.error);
    return record_evidence(want, name, evidence, &told);
}

int
stk_want_distrust(stk_want *want, const char *name,
                  const stk_evidence *evidence)
{
    stk_circumstances told = { .trust = stk_trust_name(evidence->trust),
                               .error = evidence->message };

    stk_guard_distrust(stk_process_guard(), &want->judgement, name);
    if (record_evidence(want, name, evidence, &told) < 0)
        return -1;
    return want->judgement.refuse;
}

int
stk_want_refuse(stk_want *want, const char *name, const stk_evidence *evidence)
{
    int result = stk_want_distrust(want, name, evidence);
    PyObject *object;

    if (result <= 0)
        return result;
    object = PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "replace");
    if (object)
        stk_signature_raise(want->state, object, evidence,
                            &want->judgement.decision.rule);
    Py_XDECREF(object);
    return -1;
}

int
stk_want_unverified(stk_interp *state, const char *name, const char *why)
{
    stk_evidence evidence = STK_EVIDENCE_INIT;
    stk_want want;
    int result = 0;

    if (!stk_want_begin(&want, state))
        return 0;
    stk_evidence_tell(&evidence, why);
    if (stk_want_signed(&want, name))
        result = stk_want_refuse(&want, name, &evidence);
    stk_evidence_clear(&evidence);
    stk_want_clear(&want);
    return result;
}

int
stk_want_unknown(stk_interp *state, const char *name, const char *why)
{
    stk_evidence evidence = STK_EVIDENCE_INIT;
    stk_want want;
    int result;

    if (!stk_want_begin(&want, state))
        return 0;
    stk_evidence_tell(&evidence, why);
    if (!stk_want_signed(&want, name)) {
        memset(&want.judgement.decision, 0, sizeof want.judgement.decision);
        want.judgement.by = 0;
    }
    result = stk_want_refuse(&want, name, &evidence);
    stk_evidence_clear(&evidence);
    stk_want_clear(&want);
    return result;
}

int
stk_want_confined(stk_interp *state, PyObject *object, const char *name)
{
    stk_guard *guard = stk_process_guard();
    stk_want want = { .state = state, .began = stk_clock_monotonic_ns() };
    stk_attempt attempt = { name, NULL, 0, 0 };
    stk_circumstances told = { .error = "its code was to run in the host" };
    stk_judgement *judgement = &want.judgement;
    stk_decision wanted;
    const char *profile;
    int result = 0;

    if (!stk_guard_needs_workers(guard))
        return 0;
    stk_guard_judge(guard, &attempt, judgement);
    judgement->has_observed = false;
    wanted = stk_policy_require(judgement->policy, name);
    profile = stk_requirement_profile(wanted.requirement);
    if (profile) {
        judgement->decision = wanted;
        judgement->decision.verdict = STK_DENY;
        judgement->refuse = true;
        judgement->by = 0;
        told.sandbox = profile;
        if (write_record(&want, name, &told) == 0)
            PyErr_Format(PyExc_ImportError,
                         "%U must run in a worker (%s): import it by its "
                         "name",
                         object, wanted.requirement);
        result = -1;
    }
    stk_judgement_clear(judgement);
    return result;
}
