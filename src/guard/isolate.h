/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers, seen from the host: started from a zygote of their profile, asked
 * (ask.h), killed (worker.h). Knows no Python: what is in the frames is for
 * others to say.
 */
#ifndef STK_GUARD_ISOLATE_H
#define STK_GUARD_ISOLATE_H

#include <stdbool.h>

#include <stockade/guard.h>

#include "guard/ask.h"
#include "guard/preloaded.h"
#include "wire/reader.h"

/* How workers of this process are started: what only the side knows that
 * has the interpreter. Texts are copied by stk_isolate_prepare(). */
typedef struct stk_isolate_how {
    const char *program;     /* absolute */
    const char *const *argv; /* NULL-terminated, argv[0] included */
    const char *version;     /* Py_GetVersion(): theirs must be the same */
} stk_isolate_how;

/* The exit code of a program that sees for itself that it is of another
 * Python: before it could say hello. */
#define STK_ISOLATE_FOREIGN 77

/* What the host says to what a module of `preload` was asked for: a value,
 * and descriptors that go with it and are closed then. */
typedef struct stk_preload_answer {
    stk_writer *writer;
    bool raised;
    int *fds; /* room for STK_CHANNEL_FDS_MAX */
    unsigned n_fds;
} stk_preload_answer;

/*
 * Who answers what workers are forked from, while that loads what `preload`
 * of its profile names: the same questions that a worker has, in the same
 * conversation. After that none is answered.
 *
 * answer() may do anything, with no lock held. 0, or -1: it is to end.
 */
typedef struct stk_preloader {
    int (*answer)(void *payload, stk_preloaded *loaded, enum stk_op op,
                  stk_reader *question, stk_preload_answer *out);
    void *payload;
    /* What was loaded for another number is no use: of a policy. 0: for any,
     * as the standard library is. */
    uint64_t stamp;
} stk_preloader;

/* Once, before the first worker; a second call changes nothing. */
int stk_isolate_prepare(const stk_isolate_how *how, stk_error *err);
bool stk_isolate_is_prepared(void);

/*
 * Starts what workers under `profile` are forked from, and orders its
 * spares: the first then finds one. Takes as long as starting a process, or
 * with a `preloader`, which may be NULL, until all is loaded; what goes wrong
 * afterwards is told to whoever wants a worker.
 */
int stk_isolate_warm(const stk_profile *profile,
                     const stk_preloader *preloader, stk_error *err);

/* One that is kept ready under `profile` will be asked for `op` soon, and may
 * get ready. Waits for nobody. */
void stk_isolate_rouse(const stk_profile *profile, enum stk_op op);

/* Ends every worker and zygote, and the thread that watches them. Waits for
 * them. For stk_guard_close(), and a host that is done. */
void stk_isolate_stop(void);

/*
 * A worker that is locked down under `profile`, for the code of `package`
 * (who is recorded to have tried what it was denied). Blocks, some seconds
 * at most. `preloader` may be NULL: nothing is answered. `guard` takes the
 * records. Returns 0, -STK_E_IO, -STK_E_UNSUPPORTED where this machine lacks
 * what the profile requires, -STK_E_STATE.
 */
int stk_worker_new(stk_worker **out, stk_guard *guard,
                   const stk_profile *profile, const stk_preloader *preloader,
                   const char *package, stk_error *err);

#endif
