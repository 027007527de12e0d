/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share of a guard. */
#ifndef STK_GUARD_INTERNAL_H
#define STK_GUARD_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include <stockade/guard.h>

#include "guard/evidence.h"
#include "guard/history.h"
#include "guard/policyfloor.h"
#include "guard/watched.h"

/* What is swapped at a reload; one reference each. */
typedef struct stk_snapshot {
    stk_policy *policy;
    stk_evidence_store *evidence; /* NULL: nothing must be signed */
} stk_snapshot;

struct stk_guard {
    pthread_rwlock_t lock; /* over `snapshot`; held for no call that blocks */
    stk_snapshot snapshot;
    _Atomic(stk_watched *) watched; /* owned; of that policy */
    _Atomic uint64_t generation;
    char *path;                /* owned; as given, for records */
    char *reload_path;         /* owned; absolute */
    char *audit;               /* owned; sinks with absolute paths, or NULL */
    stk_policykey *policy_key; /* owned; NULL: policies need no signature */
    char *policy_state;        /* owned; absolute, or NULL */
    atomic_bool needs_signatures; /* of that policy */
    atomic_bool needs_workers;    /* likewise */
    const char *unable;           /* static; why no policy may say `signed` */
    bool force_observe;           /* observes, whatever the policy says */
    bool logs;                    /* to a sink at least */
    stk_log *log;                 /* owned */
    stk_history *history;         /* owned */
    struct stk_guard *next;       /* in the list of fork.c */
    _Atomic uint64_t allowed, denied, refused, cached, repeats, tampered,
        reloads;
};

/* snapshot.c: what is in force; the caller gives both references back. */
stk_snapshot stk_guard_snapshot(stk_guard *guard);

#endif
