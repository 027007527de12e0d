/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One zygote, seen from the host: the process that the workers of a profile
 * are forked from. For spares.c.
 *
 * It is asked one thing at a time, and its answer is waited for when it is
 * needed: it forks while the host does something else. One thread at a time.
 */
#ifndef STK_GUARD_ZYGOTE_H
#define STK_GUARD_ZYGOTE_H

#include <pthread.h>

#include "guard/isolate.h"
#include "guard/standby.h"
#include "sandbox/spawn.h"

typedef struct stk_zygote {
    const stk_isolate_how *how; /* borrowed */
    uint64_t id;                /* of spares.c */
    stk_profile profile;
    char *text; /* owned; the canonical one, with its name before it */
    stk_child child;
    stk_channel *channel; /* owned */
    stk_conversation talk;
    enum stk_op asked;     /* not answered yet; STK_OP_NONE */
    bool greeted;          /* Python is there, and the right one */
    uint64_t stamp;        /* of who answered what `preload` asked for */
    stk_preloaded *loaded; /* one reference */
    bool answering;        /* nobody else may have it: its lock is not held */
    pthread_t answerer;    /* who does */
    bool stopped;          /* meanwhile */
    unsigned gathers;      /* of what was ordered last, by spares.c */
    unsigned n_ready, n_ordered;
    stk_standby ready[STK_SPARES_MAX], ordered[STK_SPARES_MAX];
    struct stk_zygote *next; /* of spares.c */
} stk_zygote;

/*
 * Starts one and orders `n` workers of it; `haste`: the caller waits for
 * them, else there is time to have them ready for anything. `text` is taken:
 * the profile as stk_profile_print() has it, its name and a line feed before
 * it. `how` is borrowed for as long as it lives. `stamp` is a preloader's; 0:
 * there is none, and it asks for nothing.
 */
int stk_zygote_new(stk_zygote **out, const stk_isolate_how *how,
                   const stk_profile *profile, char *text, uint64_t stamp,
                   unsigned n, bool haste, stk_error *err);

/* Orders `n` more, STK_SPARES_MAX in all: none may be on its way. */
int stk_zygote_order(stk_zygote *zygote, unsigned n, bool haste,
                     stk_error *err);

/* Around answer() of a preloader, for spares.c: gives its lock back, and
 * takes it again. */
typedef struct stk_zygote_host {
    const stk_preloader *preloader; /* or NULL */
    void (*unlock)(stk_zygote *zygote);
    void (*lock)(stk_zygote *zygote);
} stk_zygote_host;

/*
 * Waits for what was ordered, if anything was, and answers meanwhile what it
 * asks for; `host` may be NULL: then that is an error. -STK_E_UNSUPPORTED with
 * what it said when it refuses: once it is greeted it lives on. After any
 * other error it is good for nothing.
 */
int stk_zygote_collect(stk_zygote *zygote, const stk_zygote_host *host,
                       stk_error *err);

/* Gives back what was ordered and not collected. */
void stk_zygote_cancel(stk_zygote *zygote);

/* Ends it with all its workers, and waits. */
void stk_zygote_free(stk_zygote *zygote);

/* In a fork of the host's: closes what is inherited. */
void stk_zygote_forget(stk_zygote *zygote);

#endif
