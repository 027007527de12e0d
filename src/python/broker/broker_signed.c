/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker imports and must be signed: verified by the host before the
 * worker gets a byte of it. The bytes that were verified are those that are
 * sent; no loader has a part in it.
 */
#include "python/broker/broker.h"

#include <stdlib.h>

#include "python/broker/preload.h"
#include "python/signed/signature.h"
#include "python/signed/signed.h"
#include "trust/digest.h"

/* ---- records --------------------------------------------------------- */

static int
record_with(const stk_broker_request *r, const stk_remote *remote,
            const stk_evidence *evidence, stk_circumstances *told)
{
    const stk_brokering b = stk_broker_view(r, remote);

    return stk_brokering_record_evidence(&b, evidence, told);
}

static int
record_good(const stk_broker_request *r, const stk_remote *remote,
            const stk_evidence *evidence)
{
    stk_circumstances told = { .outcome = "found",
                               .loader = "stockade.WorkerLoader" };

    told.trust = stk_evidence_oddity(evidence, &told.error);
    if (evidence->kind == STK_KIND_EXTENSION) {
        told.outcome = "failed";
        told.error = "machine code";
    }
    return record_with(r, remote, evidence, &told);
}

int
stk_broker_distrust(stk_broker_request *r, const stk_remote *remote,
                    const stk_evidence *evidence)
{
    const stk_brokering b = stk_broker_view(r, remote);

    if (!stk_guard_observes(stk_process_guard()) &&
        stk_broker_note_refused(r, remote) < 0)
        return -1;
    return stk_brokering_distrust(&b, &r->judgement, evidence);
}

/* ---- what is sent ---------------------------------------------------- */

static int
note_folders(stk_remote *remote, PyObject *name, const stk_evidence *evidence)
{
    PyObject *folders = stk_brokering_folders(evidence);
    int result = folders ? stk_broker_note(remote, name, folders) : -1;

    Py_XDECREF(folders);
    return result;
}

/* The text of the package's own modules is sent: tracebacks show it. It may
 * not have been read, where verified code was there. */
static int
read_source(stk_broker_request *r, stk_evidence *evidence)
{
    const stk_interp *state = stk_interp_get();
    stk_evidence why = STK_EVIDENCE_INIT;
    int result = 1;

    if (!state)
        return -1;
    if (!evidence->source && (r->own || !evidence->code))
        result = stk_evidence_source(r->judgement.evidence, evidence, &why,
                                     &evidence->source,
                                     &evidence->source_length, NULL);
    if (result < 0)
        PyErr_NoMemory();
    else if (result == 0)
        stk_signature_raise(state, r->name, &why, &r->judgement.decision.rule);
    stk_evidence_clear(&why);
    return result > 0 ? 0 : -1;
}

PyObject *
stk_broker_bytes(const stk_evidence *evidence, bool is_source,
                 PyObject *origin)
{
    const char *data = is_source ? evidence->source : evidence->code;
    size_t length =
        is_source ? evidence->source_length : evidence->code_length;

    return stk_broker_found(
        is_source ? "source" : "code", evidence->folder ? Py_True : Py_False,
        PyBytes_FromStringAndSize(data, (Py_ssize_t)length), origin);
}

static PyObject *
send_verified(stk_broker_request *r, stk_evidence *evidence)
{
    PyObject *origin, *result;

    if (evidence->kind == STK_KIND_NAMESPACE)
        return stk_broker_found("empty", Py_True, Py_NewRef(Py_None), Py_None);
    if (evidence->kind == STK_KIND_EXTENSION)
        return stk_broker_refuse_extension(r->name);
    if (read_source(r, evidence) < 0)
        return NULL;
    origin = PyUnicode_DecodeFSDefault(evidence->path);
    result =
        origin ? stk_broker_bytes(evidence, r->own || !evidence->code, origin)
               : NULL;
    Py_XDECREF(origin);
    return result;
}

/* ---- what it has ----------------------------------------------------- */

static PyObject *
send_kept(const stk_broker_request *r, const stk_remote *remote,
          const stk_evidence *evidence)
{
    stk_circumstances told = { .outcome = "found", .loader = "preload" };

    told.trust = stk_evidence_oddity(evidence, &told.error);
    if (record_with(r, remote, evidence, &told) < 0)
        return NULL;
    return stk_broker_found("kept", Py_False, Py_NewRef(Py_None), Py_None);
}

static PyObject *
refuse_other(const stk_broker_request *r, const stk_remote *remote,
             const stk_evidence *evidence)
{
    static const char why[] = "another was loaded before the lock-down";
    stk_circumstances told = { .outcome = "failed", .error = why };

    if (record_with(r, remote, evidence, &told) < 0)
        return NULL;
    return PyErr_Format(PyExc_ImportError,
                        "%U is not what was loaded before the lock-down: it "
                        "has been replaced since; the next policy that is "
                        "loaded has it loaded anew",
                        r->name);
}

/* What was verified then is what would be sent now, or it is nothing: parts of
 * two releases are no package. NULL without an exception: it was not. */
static PyObject *
send_if_kept(const stk_broker_request *r, const stk_remote *remote,
             const stk_evidence *evidence)
{
    const stk_preloaded *loaded = stk_worker_preloaded(remote->worker);
    unsigned char digest[STK_DIGEST_BYTES];

    if (!r->kept || r->own || !stk_preloaded_has(loaded, r->text.text) ||
        stk_preload_digest(r->judgement.evidence, evidence, digest) < 0)
        return NULL;
    return stk_preloaded_find(loaded, r->text.text, digest) == STK_PRELOAD_SAME
               ? send_kept(r, remote, evidence)
               : refuse_other(r, remote, evidence);
}

/* ---- one name -------------------------------------------------------- */

static PyObject *
send_trusted(stk_broker_request *r, stk_remote *remote, stk_evidence *evidence)
{
    PyObject *result;

    if (note_folders(remote, r->name, evidence) < 0)
        return NULL;
    result = send_if_kept(r, remote, evidence);
    if (result || PyErr_Occurred())
        return result;
    return record_good(r, remote, evidence) == 0 ? send_verified(r, evidence)
                                                 : NULL;
}

static PyObject *
settle(stk_broker_request *r, stk_remote *remote, stk_evidence *evidence,
       bool *left)
{
    stk_circumstances told = { .outcome = "not-found" };

    switch (evidence->trust) {
    case STK_TRUST_OK:
        return send_trusted(r, remote, evidence);
    case STK_TRUST_NONE:
        return stk_broker_record(r, remote, &told) < 0 ? NULL
                                                       : Py_NewRef(Py_None);
    default:
        *left = stk_broker_distrust(r, remote, evidence) == 0;
        return *left ? Py_NewRef(Py_None) : NULL;
    }
}

PyObject *
stk_broker_signed(stk_broker_request *r, stk_remote *remote, PyObject *path,
                  bool *left)
{
    const stk_interp *state = stk_interp_get();
    stk_evidence evidence = STK_EVIDENCE_INIT;
    stk_wanted wanted = { .name = r->text.text,
                          .bundle = r->judgement.decision.bundle,
                          .evidence = r->judgement.evidence };
    PyObject *result = NULL;

    *left = state && stk_signed_is_inbuilt(state, r->name);
    if (*left)
        return Py_NewRef(Py_None);
    if (state && stk_signed_look(state, &wanted, path, &evidence) == 0)
        result = settle(r, remote, &evidence, left);
    stk_evidence_clear(&evidence);
    return result;
}
