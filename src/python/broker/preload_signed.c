/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is preloaded and must be signed: the bytes that were verified are those
 * that are sent; of machine code and the libraries that it brings along, in
 * sealed memfds.
 */
#include "python/broker/preload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "python/broker/broker.h"
#include "python/signed/linked.h"
#include "python/signed/memfile.h"
#include "python/signed/signed.h"
#include "trust/digest.h"
#include "wire/channel.h"

typedef stk_preload_request request;

/* ---- records ----------------------------------------------------------- */

static int
record_good(const request *r, const stk_evidence *evidence)
{
    stk_circumstances told = { .outcome = "found", .loader = "preload" };
    const stk_brokering b = stk_preload_view(r);

    told.trust = stk_evidence_oddity(evidence, &told.error);
    return stk_brokering_record_evidence(&b, evidence, &told);
}

/* 0 where the guard only observes, and others find it; else -1 with
 * SignatureError. */
static int
distrust(request *r, const stk_evidence *evidence)
{
    const stk_brokering b = stk_preload_view(r);
    stk_judgement judged = r->judgement;
    int result = stk_brokering_distrust(&b, &r->judgement, evidence);

    r->judgement = judged;
    return result;
}

/* ---- which content it is ------------------------------------------------ */

int
stk_preload_digest(stk_evidence_store *store, const stk_evidence *evidence,
                   unsigned char digest[32])
{
    stk_evidence why = STK_EVIDENCE_INIT;
    char *data = NULL;
    size_t length = 0;
    int result = 1;

    if (evidence->has_digest) {
        memcpy(digest, evidence->digest, 32);
        return 0;
    }
    if (evidence->source) {
        stk_digest_memory(digest, evidence->source, evidence->source_length);
        return 0;
    }
    result = stk_evidence_source(store, evidence, &why, &data, &length, NULL);
    if (result > 0)
        stk_digest_memory(digest, data, length);
    else if (result < 0)
        PyErr_NoMemory();
    else
        PyErr_Format(PyExc_ImportError, "%s", stk_evidence_message(&why));
    stk_evidence_clear(&why);
    free(data);
    return result > 0 ? 0 : -1;
}

static int
note(request *r, const stk_evidence *evidence)
{
    unsigned char digest[32];
    stk_error err = STK_ERROR_INIT;

    if (evidence->kind == STK_KIND_NAMESPACE)
        return 0;
    if (stk_preload_digest(r->judgement.evidence, evidence, digest) < 0)
        return -1;
    if (stk_preloaded_add(r->loaded, r->text.text, digest, &err) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* ---- machine code ------------------------------------------------------- */

static int
new_file(const request *r, const stk_evidence *file)
{
    int fd = stk_memfile_new(file->source, file->source_length);

    if (fd < 0)
        PyErr_Format(PyExc_ImportError, "%U: cannot hand over %s: %s", r->name,
                     file->path, strerror(errno));
    return fd;
}

static int
has_library(void *payload, const char *path)
{
    request *r = payload;
    PyObject *text = PyUnicode_DecodeFSDefault(path);
    int result = text ? PySet_Contains(r->preloading->sent, text) : -1;

    Py_XDECREF(text);
    return result;
}

static int
tell_library(void *payload, const stk_evidence *library)
{
    return library->trust == STK_TRUST_OK ? record_good(payload, library)
                                          : distrust(payload, library);
}

static int
add_to_queue(stk_preloading *p, int fd)
{
    int *more = realloc(p->queue, (p->n_queue + 1) * sizeof *more);

    if (!more) {
        PyErr_NoMemory();
        return -1;
    }
    p->queue = more;
    p->queue[p->n_queue++] = fd;
    return 0;
}

static int
give_library(void *payload, const stk_evidence *library)
{
    request *r = payload;
    PyObject *text = PyUnicode_DecodeFSDefault(library->path);
    int fd, result = text ? PySet_Add(r->preloading->sent, text) : -1;

    Py_XDECREF(text);
    if (result < 0 || (fd = new_file(r, library)) < 0)
        return -1;
    if (add_to_queue(r->preloading, fd) == 0)
        return 1;
    close(fd);
    return -1;
}

PyObject *
stk_preload_libraries(request *r)
{
    stk_preloading *p = r->preloading;
    size_t n =
        p->n_queue < STK_CHANNEL_FDS_MAX ? p->n_queue : STK_CHANNEL_FDS_MAX;

    if (n == 0)
        return NULL;
    memcpy(r->out->fds, p->queue, n * sizeof *p->queue);
    r->out->n_fds = (unsigned)n;
    p->n_queue -= n;
    memmove(p->queue, p->queue + n, p->n_queue * sizeof *p->queue);
    return stk_broker_found("libraries", Py_False, Py_NewRef(Py_None),
                            Py_None);
}

/* Its libraries go before it, and then it is asked for once more. */
static PyObject *
send_libraries(request *r, const stk_evidence *evidence)
{
    const stk_linked_to to = { r, has_library, tell_library, give_library };

    if (stk_linked_give(r->text.text, r->judgement.evidence, evidence, &to) <
        0)
        return NULL;
    return stk_preload_libraries(r);
}

static PyObject *
send_machine(request *r, const stk_evidence *evidence, PyObject *origin)
{
    int fd = new_file(r, evidence);

    if (fd < 0)
        return NULL;
    r->out->fds[r->out->n_fds++] = fd;
    return stk_broker_found("machine", evidence->folder ? Py_True : Py_False,
                            Py_NewRef(Py_None), origin);
}

/* ---- what is sent ------------------------------------------------------- */

static int
note_folders(const request *r, const stk_evidence *evidence)
{
    PyObject *folders = stk_brokering_folders(evidence);
    int result =
        folders ? PyDict_SetItem(r->preloading->served, r->name, folders) : -1;

    Py_XDECREF(folders);
    return result;
}

/* The text of it where that is at hand: tracebacks show it. */
static PyObject *
send_verified(request *r, const stk_evidence *evidence)
{
    PyObject *origin, *result;

    if (record_good(r, evidence) < 0 || note_folders(r, evidence) < 0 ||
        note(r, evidence) < 0)
        return NULL;
    if (evidence->kind == STK_KIND_NAMESPACE)
        return stk_broker_found("empty", Py_True, Py_NewRef(Py_None), Py_None);
    origin = PyUnicode_DecodeFSDefault(evidence->path);
    if (!origin)
        return NULL;
    result =
        evidence->kind == STK_KIND_EXTENSION
            ? send_machine(r, evidence, origin)
            : stk_broker_bytes(evidence, evidence->source != NULL, origin);
    Py_DECREF(origin);
    return result;
}

/* ---- one name ----------------------------------------------------------- */

static PyObject *
settle(request *r, const stk_evidence *evidence, bool *left)
{
    stk_circumstances told = { .outcome = "not-found" };
    PyObject *result = NULL;

    if (evidence->trust == STK_TRUST_NONE)
        return stk_preload_record(r, &told) < 0 ? NULL : Py_NewRef(Py_None);
    if (evidence->trust != STK_TRUST_OK) {
        *left = distrust(r, evidence) == 0;
        return NULL;
    }
    if (evidence->kind == STK_KIND_EXTENSION)
        result = send_libraries(r, evidence);
    return result || PyErr_Occurred() ? result : send_verified(r, evidence);
}

PyObject *
stk_preload_signed(request *r, bool *left)
{
    const stk_interp *state = stk_interp_get();
    PyObject *path = stk_preload_path(r), *result = NULL;
    stk_evidence evidence = STK_EVIDENCE_INIT;
    stk_wanted wanted = { .name = r->text.text,
                          .bundle = r->judgement.decision.bundle,
                          .evidence = r->judgement.evidence };

    if (!path && !PyErr_Occurred())
        path = PyList_New(0); /* its package is none: it is nowhere */
    if (state && path && stk_signed_look(state, &wanted, path, &evidence) == 0)
        result = settle(r, &evidence, left);
    stk_evidence_clear(&evidence);
    Py_XDECREF(path);
    return result;
}
