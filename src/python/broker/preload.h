/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `preload` of a profile names, while it is loaded by what workers are
 * forked from: found, decided, verified and recorded in the host, as what a
 * worker imports is.
 *
 * A package that is named may import itself, whoever in it asks, and what
 * else is named; nothing of another is found. The standard library is the
 * interpreter's, and is not asked for.
 */
#ifndef STK_PYTHON_PRELOAD_H
#define STK_PYTHON_PRELOAD_H

#include "guard/evidence.h"
#include "guard/isolate.h"
#include "policy/name.h"
#include "python/broker/brokering.h"
#include "python/object/name.h"
#include "python/object/state.h"

typedef struct stk_preloading {
    const stk_profile *profile;
    stk_preloader preloader;
    PyThreadState *thread; /* of who waits, while he has no GIL */
    PyObject *served;      /* strong; {module: where its submodules are} */
    PyObject *sent;        /* strong; set of the libraries that it has */
    int *queue;            /* owned descriptors of those on their way */
    size_t n_queue;
} stk_preloading;

/* For workers under `profile`: 0, or -1 with an exception. stk_preload_end()
 * in any case; an exception stays. */
int stk_preload_begin(stk_preloading *preloading, const stk_profile *profile);
void stk_preload_end(stk_preloading *preloading);

/* NULL where only the standard library is named. */
const stk_preloader *stk_preload_host(const stk_preloading *preloading);

/* In between: like Py_BEGIN_ALLOW_THREADS and its end. */
void stk_preload_let_go(stk_preloading *preloading);
void stk_preload_return(stk_preloading *preloading);

/* ---- between the files ------------------------------------------------ */

/* One module that is asked for. */
typedef struct stk_preload_request {
    stk_preloading *preloading;
    stk_preloaded *loaded;
    stk_preload_answer *out;
    PyObject *name; /* borrowed; exact str */
    stk_utf8 text;
    char top[STK_NAME_MAX + 1]; /* its package: as who it is imported */
    stk_importer asker;
    stk_judgement judgement;
    uint64_t began;
} stk_preload_request;

/* As it is written down; borrows from it. */
stk_brokering stk_preload_view(const stk_preload_request *request);
/* Writes it down. 0, or -1 with ImportError. */
int stk_preload_record(const stk_preload_request *request,
                       stk_circumstances *circumstances);
/* Where it is looked for: None for sys.path; NULL without an exception: its
 * package is none, or nowhere. New reference. */
PyObject *stk_preload_path(const stk_preload_request *request);

/* preload_signed.c: the answer for what must be signed; `*left` where the
 * guard only observes and it is not authentic. */
PyObject *stk_preload_signed(stk_preload_request *request, bool *left);
/* Those libraries that are on their way, if there are any: else NULL without
 * an exception. */
PyObject *stk_preload_libraries(stk_preload_request *request);

/* Digest of the source that a module was verified as. 0, -1 with an
 * exception. For what a worker imports, too. */
int stk_preload_digest(stk_evidence_store *store, const stk_evidence *evidence,
                       unsigned char digest[32]);

#endif
