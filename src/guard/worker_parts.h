/* SPDX-License-Identifier: Apache-2.0 */
/* What worker.c, ask.c and isolate.c share of one worker. */
#ifndef STK_GUARD_WORKER_PARTS_H
#define STK_GUARD_WORKER_PARTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include <stockade/guard.h>

#include "base/error.h"
#include "guard/overseer.h"
#include "guard/worker.h"
#include "wire/channel.h"
#include "wire/conversation.h"

#define STK_WORKER_WHY_MAX 512u

struct stk_worker {
    unsigned forks; /* of the host; a fork of it has no worker */
    stk_profile profile;
    char *package;            /* owned */
    stk_preloaded *preloaded; /* one reference */
    stk_sandbox_report report;
    int pidfd;            /* owned */
    _Atomic pid_t pid;    /* stk_usage_read(), in any thread */
    uint64_t zygote;      /* to be told that it was taken; 0: it was */
    stk_channel *channel; /* owned */
    stk_conversation talk;

    pthread_mutex_t lock; /* over the channel and the conversation */
    _Atomic pid_t owner;  /* the thread that has it */
    unsigned depth;
    _Atomic pid_t lent_to; /* the only one that may take it; 0: anybody */
    pthread_cond_t returned;

    pthread_mutex_t small; /* over what is below; held for no call */
    _Atomic bool dead;     /* read by any thread; `why` stays from then on */
    char why[STK_WORKER_WHY_MAX];
    bool closed;        /* it was wanted to be */
    stk_usage taken;    /* until it was dead */
    uint64_t *releases; /* owned; ids */
    size_t n_releases, room;

    /* under list_lock */
    stk_oversight *oversight;        /* owned */
    struct stk_worker *next, **back; /* in the list of all */
};

/* One that has no process yet, in the list of all. NULL when memory is
 * out. */
stk_worker *stk_worker_make(const stk_profile *profile, const char *package);

/* False in a fork of the host, which has no worker. */
bool stk_worker_is_host(const stk_worker *worker);
/* 0 while it may be asked. */
int stk_worker_check(const stk_worker *worker, stk_error *err);
/* -STK_E_IO, told in words: `number` is for callers. */
int stk_worker_refuse(stk_error *err, int number, const char *why);

/* Has its denied calls answered, and recorded by `guard`. `listener` is
 * taken. */
int stk_worker_watch(stk_worker *worker, stk_guard *guard, int listener,
                     stk_error *err);
/* What the thread that answers them says of its end. */
void stk_worker_explain(stk_worker *worker, stk_error *err);
/* Closes every worker, and nobody watches them any more. */
void stk_worker_close_all(const char *why);

#endif
