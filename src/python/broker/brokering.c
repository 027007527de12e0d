/* SPDX-License-Identifier: Apache-2.0 */
/* One module that another process asks for, written down. */
#include "python/broker/brokering.h"

#include "base/clock.h"
#include "guard/judge.h"
#include "python/object/name.h"
#include "python/object/state.h"
#include "python/signed/signature.h"
#include "trust/digest.h"

int
stk_brokering_record(const stk_brokering *b, stk_circumstances *told)
{
    stk_attempt attempt = { b->text, b->asker, 1, 0 };
    stk_error err = STK_ERROR_INIT;

    told->ns = stk_clock_monotonic_ns() - b->began;
    told->sandbox = b->profile;
    if (stk_guard_record(stk_process_guard(), &attempt, b->judgement, told,
                         &err) == 0)
        return 0;
    PyErr_Format(PyExc_ImportError, "No module named %R: %s", b->name,
                 err.message);
    return -1;
}

int
stk_brokering_record_evidence(const stk_brokering *b,
                              const stk_evidence *evidence,
                              stk_circumstances *told)
{
    PyObject *path =
        evidence->path ? PyUnicode_DecodeFSDefault(evidence->path) : NULL;
    stk_utf8 origin = { NULL, NULL };
    char hex[STK_DIGEST_HEX];
    int result = evidence->path && !path ? -1 : 0;

    if (path)
        result = stk_utf8_get(&origin, path);
    told->origin = origin.text;
    told->key = stk_evidence_keys(evidence);
    if (evidence->has_digest)
        told->digest = stk_digest_hex(hex, evidence->digest);
    if (result == 0)
        result = stk_brokering_record(b, told);
    stk_utf8_clear(&origin);
    Py_XDECREF(path);
    return result;
}

int
stk_brokering_distrust(const stk_brokering *b, stk_judgement *judgement,
                       const stk_evidence *evidence)
{
    stk_circumstances told = { .trust = stk_trust_name(evidence->trust),
                               .error = evidence->message };
    const stk_interp *state = stk_interp_get();

    stk_guard_distrust(stk_process_guard(), judgement, b->text);
    if (!state || stk_brokering_record_evidence(b, evidence, &told) < 0)
        return -1;
    return judgement->refuse ? stk_signature_raise(state, b->name, evidence,
                                                   &judgement->decision.rule)
                             : 0;
}

PyObject *
stk_brokering_folders(const stk_evidence *evidence)
{
    PyObject *path, *list;

    if (!evidence->folder)
        return Py_NewRef(Py_None);
    path = PyUnicode_DecodeFSDefault(evidence->folder);
    list = path ? PyList_New(1) : NULL;
    if (list)
        PyList_SET_ITEM(list, 0, path);
    else
        Py_XDECREF(path);
    return list;
}
