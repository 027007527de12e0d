/* SPDX-License-Identifier: Apache-2.0 */
/* Processes: a program that inherits nothing, and a fork with a pid
 * namespace of its own; and the end of both. */
#ifndef STK_SANDBOX_SPAWN_H
#define STK_SANDBOX_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* A process that is ours to end and to wait for. */
typedef struct stk_child {
    pid_t pid;
    int pidfd; /* owned; readable once it has ended; close on exec */
} stk_child;

#define STK_CHILD_INIT                                                        \
    {                                                                         \
        0, -1                                                                 \
    }

typedef struct stk_spawning {
    const char *program;     /* a path; PATH is not searched */
    const char *const *argv; /* NULL-terminated, argv[0] included */
    const int *fds;          /* borrowed: they become 3, 4, ... */
    unsigned n_fds;          /* STK_SPAWN_FDS_MAX at most */
} stk_spawning;

#define STK_SPAWN_FDS_MAX 8u

/*
 * Starts a program with an empty environment, /dev/null as 0, 1 and 2, the
 * given descriptors, default signals, none blocked, in a session of its own
 * (Ctrl-C at a terminal is the host's alone) and nothing else of the caller.
 * The caller's memory is not copied: it takes the same time in a large
 * process, and other threads and their locks do not matter.
 *
 * It is not killed with the caller: it must watch its socket, whose other
 * end closes then; a host that forks keeps that end open, so hand over a
 * pidfd of the host as well and watch both.
 *
 * Returns 0, or -STK_E_IO: where the program cannot be executed, too.
 */
int stk_spawn(stk_child *out, const stk_spawning *what, stk_error *err);

/*
 * fork() for a zygote, into a new pid namespace when `alone`. Knows nothing
 * of Python: call PyOS_BeforeFork() and its fellows around it. One thread.
 * Returns 1 in the parent, with `*out`; 0 in the child, where out->pid is 0
 * and out->pidfd that of the parent, for stk_lockdown(); negative when there
 * is no child. SIGCHLD tells of its end.
 */
int stk_spawn_fork(stk_child *out, bool alone, stk_error *err);

/* Closes `first` and all above it. System calls alone: for a child that has
 * its parent's memory, too. 0, or -1 with errno. */
int stk_spawn_close_from(unsigned first);

/* SIGKILL to the process of `pidfd`; -1 is fine. */
void stk_spawn_kill(int pidfd);

/* SIGKILL through the pidfd: never another process that took the number.
 * Fine when it has ended, or was never there. */
void stk_child_kill(const stk_child *child);

#define STK_STATUS_UNKNOWN (-1) /* who waits for any child was first */

/* Waits `timeout_ms` at most (-1: for ever; 0: looks). Returns 1 when it has
 * ended: `*status` is wait(2)'s without the core bit, the child is reaped and
 * `*child` is STK_CHILD_INIT; 0 when it runs still; negative, -STK_E_IO. */
int stk_child_wait(stk_child *child, int timeout_ms, int *status,
                   stk_error *err);

/* Kills, reaps and closes. Fine for STK_CHILD_INIT. */
void stk_child_end(stk_child *child);

#endif
