/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker imports by the name of a module of the standard library, and
 * is found elsewhere: it is denied as it is in the host. Where the policy has
 * `shadowing = allow` it is somebody's file: that the standard library asks
 * for it is the worker's word, and is not believed for that.
 */
#include "python/broker/broker.h"

#include "python/attempt/denied.h"
#include "python/load/origin.h"
#include "python/load/shadow.h"
#include "python/object/convert.h"

static bool
is_shadow(const stk_broker_request *r, const stk_interp *state, PyObject *spec)
{
    return stk_shadow_is_one(stk_shadow_of(state, r->name, spec),
                             &r->judgement.decision.rule);
}

static int
refuse(stk_broker_request *r, const stk_interp *state,
       const stk_remote *remote, stk_circumstances *told)
{
    char detail[STK_SHADOW_DETAIL];

    stk_shadow_tell(detail, told->origin);
    if (stk_broker_record(r, remote, told) < 0 ||
        stk_broker_note_refused(r, remote) < 0)
        return -1;
    return stk_denied_raise(state, r->name, &r->asker, &r->judgement, detail);
}

/* Told with what was found. */
static int
deny(stk_broker_request *r, const stk_interp *state, const stk_remote *remote,
     PyObject *spec)
{
    PyObject *origin = stk_origin_field(state, spec, state->str_origin);
    PyObject *exact = stk_str_or_null(origin);
    stk_circumstances told = { .loader = "stockade.WorkerLoader" };
    stk_utf8 text = { NULL, NULL };
    int result = -1;

    r->judgement.decision.verdict = STK_DENY;
    r->judgement.decision.reason = STK_REASON_SHADOWING;
    r->judgement.decision.rule = (stk_rule_ref){ NULL, 0, NULL, NULL };
    r->judgement.refuse = !stk_guard_observes(stk_process_guard());
    if (!exact || stk_utf8_get(&text, exact) == 0) {
        told.origin = text.text;
        result = r->judgement.refuse ? refuse(r, state, remote, &told) : 0;
    }
    stk_utf8_clear(&text);
    Py_XDECREF(origin);
    return result;
}

int
stk_broker_shadow(stk_broker_request *r, const stk_remote *remote,
                  PyObject *spec)
{
    const stk_interp *state = stk_interp_get();

    if (!state)
        return -1;
    if (r->own || !is_shadow(r, state, spec))
        return 0;
    if (stk_policy_shadowing(r->judgement.policy) == STK_DENY)
        return deny(r, state, remote, spec);
    if (r->asker.name == r->claimed.text)
        stk_broker_judge_anew(r);
    return r->judgement.refuse ? 1 : 0;
}
