/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's end of a notifying filter: every denied system call by name and
 * arguments, answered EPERM, and a quota after which the worker is killed.
 *
 * Only register arguments are looked at: what they point to is the worker's
 * to change between our look and the kernel's. Nothing is ever let through.
 * A worker whose supervisor is gone gets ENOSYS.
 */
#ifndef STK_SANDBOX_SUPERVISE_H
#define STK_SANDBOX_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define STK_DENIAL_TEXT_MAX 160u

typedef struct stk_denial {
    pid_t pid;     /* of the thread that tried, in our pid namespace; 0 when
                      it is not seen from here */
    int number;    /* of this machine's architecture */
    char name[32]; /* "openat", or "syscall 999" */
    uint64_t arguments[6];
    char text[STK_DENIAL_TEXT_MAX]; /* "socket(AF_INET, SOCK_STREAM, 0)" */
    uint32_t groups; /* enum stk_calls that would allow it, or-ed; 0: none */
    uint32_t count;  /* which one it is of this worker, from 1 */
    bool killed;     /* it was one too many */
} stk_denial;

typedef struct stk_supervisor stk_supervisor;

/*
 * `listener` is taken, whatever is returned. `pidfd` is the worker's, or
 * that of the process whose end ends it; it is copied. `denials` is the
 * profile's. Returns 0, -STK_E_MEMORY, -STK_E_IO, or -STK_E_UNSUPPORTED.
 */
int stk_supervisor_new(stk_supervisor **out, int listener, int pidfd,
                       uint32_t denials, stk_error *err);
void stk_supervisor_free(stk_supervisor *supervisor); /* NULL is fine */
void stk_supervisor_freep(stk_supervisor **supervisor);

/* Borrowed: poll it for POLLIN; POLLHUP means that the worker is gone. */
int stk_supervisor_fd(const stk_supervisor *supervisor);

/*
 * Takes one denied call and answers it. Never waits. One thread at a time.
 * Returns 1 with `*out`; 0 when nothing waits; -STK_E_IO when the worker is
 * gone: it can be freed.
 */
int stk_supervisor_next(stk_supervisor *supervisor, stk_denial *out,
                        stk_error *err);

/* How many calls of this worker were denied. Any thread. */
uint32_t stk_supervisor_count(const stk_supervisor *supervisor);

#endif
