/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker imports and the finder of a [loader NAME] has: asked for by
 * the host, or, in the worker of that very finder, by itself. */
#include "python/broker/broker.h"

#include <string.h>

#include "python/broker/loaders.h"
#include "python/signed/signature.h"
#include "trust/digest.h"

static int
record_failure(const stk_broker_request *r, const stk_remote *remote)
{
    PyObject *type, *value, *traceback;
    char text[512];
    stk_circumstances told = { .loader = STK_FOREIGN_LOADER,
                               .outcome = "failed",
                               .error = text };

    if (!stk_loaders_failure(text, sizeof text))
        return -1;
    PyErr_Fetch(&type, &value, &traceback);
    if (stk_broker_record(r, remote, &told) < 0) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return -1;
    }
    PyErr_Restore(type, value, traceback);
    return -1;
}

static PyObject *
fail(const stk_broker_request *r, const stk_remote *remote, const char *why)
{
    PyErr_Format(PyExc_ImportError, "%U: %s", r->name, why);
    record_failure(r, remote);
    return NULL;
}

static int
record_found(const stk_broker_request *r, const stk_remote *remote,
             const stk_fetched *found)
{
    const stk_evidence *evidence = &found->evidence;
    char hex[STK_DIGEST_HEX];
    stk_circumstances told = { .loader = STK_FOREIGN_LOADER,
                               .outcome = found->spec ? "found" : "not-found",
                               .key = stk_evidence_keys(evidence) };

    if (found->origin)
        told.origin = PyUnicode_AsUTF8(found->origin);
    PyErr_Clear();
    told.trust = stk_evidence_oddity(evidence, &told.error);
    if (evidence->has_digest)
        told.digest = stk_digest_hex(hex, evidence->digest);
    return stk_broker_record(r, remote, &told);
}

static PyObject *
send_fetched(stk_broker_request *r, stk_remote *remote,
             const stk_fetched *found)
{
    bool bad = found->spec && found->evidence.trust != STK_TRUST_OK &&
               stk_requirement_signed(r->judgement.decision.requirement);
    PyObject *folders;
    int result;

    result = bad ? stk_broker_distrust(r, remote, &found->evidence)
                 : record_found(r, remote, found);
    if (result < 0)
        return NULL;
    if (!found->spec)
        return Py_NewRef(Py_None);
    folders = found->folder ? Py_BuildValue("[O]", found->folder)
                            : Py_NewRef(Py_None);
    if (!folders || stk_broker_note(remote, r->name, folders) < 0) {
        Py_XDECREF(folders);
        return NULL;
    }
    Py_DECREF(folders);
    return stk_broker_found("source", found->folder ? Py_True : Py_False,
                            Py_NewRef(found->source), found->origin);
}

static PyObject *
send_source(stk_broker_request *r, stk_remote *remote,
            const stk_loader_rule *rule)
{
    stk_interp *state = stk_interp_get();
    const stk_decision *decision = &r->judgement.decision;
    stk_fetching asked = { r->judgement.policy,
                           rule,
                           r->name,
                           r->text.text,
                           stk_requirement_signed(decision->requirement),
                           r->judgement.evidence };
    stk_fetched found = STK_FETCHED_INIT;
    PyObject *result = NULL;

    if (!state)
        return NULL;
    if (stk_loaders_fetch(state, &asked, &found) < 0)
        record_failure(r, remote);
    else
        result = send_fetched(r, remote, &found);
    stk_fetched_clear(&found);
    return result;
}

static bool
is_its_own(const stk_remote *remote, const stk_loader_rule *rule)
{
    return remote->loader &&
           PyUnicode_CompareWithASCIIString(remote->loader, rule->name) == 0;
}

/* Its finder is there, and so is the module that it has found. */
static PyObject *
send_own(stk_broker_request *r, const stk_remote *remote,
         const stk_loader_rule *rule)
{
    stk_circumstances told = { .loader = STK_FOREIGN_LOADER,
                               .outcome = "found" };

    if (rule->result == STK_LOADER_SOURCE)
        return fail(r, remote,
                    "its loader imports it: what it finds is loaded by the "
                    "host");
    if (stk_requirement_signed(r->judgement.decision.requirement))
        return fail(r, remote,
                    "it must be signed, and what stays in a worker is not "
                    "verified");
    if (stk_broker_record(r, remote, &told) < 0)
        return NULL;
    return stk_broker_found("own", Py_False, Py_NewRef(Py_None), Py_None);
}

PyObject *
stk_broker_from_loader(stk_broker_request *r, stk_remote *remote,
                       const stk_loader_rule *rule)
{
    if (is_its_own(remote, rule))
        return send_own(r, remote, rule);
    if (rule->result == STK_LOADER_MODULE)
        return fail(r, remote, "it stays in the worker of its loader");
    return send_source(r, remote, rule);
}
