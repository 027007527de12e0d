/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that is locked down for the sake of its report alone. */
#include "sandbox/rehearse.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/lockdown.h"
#include "sandbox/namespaces.h"
#include "sandbox/spawn.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#define PATIENCE_MS 15000

/* Memory that both have: what is locked down writes to no file. */
typedef struct stage {
    stk_sandbox_report report;
    stk_error err;
    int result;
} stage;

static void
unmap_stage(stage **shared)
{
    if (*shared != MAP_FAILED)
        munmap(*shared, sizeof **shared);
}

/* In the worker; what it does last is allowed by every filter. */
static void
play_worker(stage *s, const stk_profile *profile, const stk_filter *filter,
            const stk_child *parent, int sock)
{
    stk_locking what = { profile, filter, sock, parent->pidfd };

    s->result = stk_lockdown(&what, &s->report, &s->err);
    syscall(SYS_exit_group, 0);
}

/* In the child that stands for a zygote. */
static int
play_zygote(stage *s, const stk_profile *profile, int sock)
{
    STK_CLEANUP(stk_filter_clear) stk_filter filter = STK_FILTER_INIT;
    stk_child worker = STK_CHILD_INIT;
    int r = stk_filter_build(&filter, profile, &s->err), status;

    if (r == 0)
        r = stk_namespaces_enter(profile, &s->report, &s->err);
    if (r < 0)
        return r;
    r = stk_spawn_fork(&worker, stk_namespaces_alone(&s->report), &s->err);
    if (r == 0)
        play_worker(s, profile, &filter, &worker, sock);
    if (r < 0)
        return r;
    if (stk_child_wait(&worker, PATIENCE_MS, &status, &s->err) == 1)
        return s->result;
    stk_child_end(&worker);
    return -STK_E_IO;
}

static void
run_child(stage *s, const stk_profile *profile, int sock)
{
    s->result = -STK_E_IO; /* of a worker that dies before it has one */
    s->result = play_zygote(s, profile, sock);
    syscall(SYS_exit_group, 0);
}

static int
await_child(stk_child *child, stk_error *err)
{
    int status, r;

    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (child->pidfd < 0)
        r = stk_error_set_errno(err, STK_E_IO, errno, "pidfd_open");
    else
        r = stk_child_wait(child, 2 * PATIENCE_MS, &status, err);
    if (r == 0)
        r = stk_error_set(err, STK_E_IO, "a try of a worker did not end");
    stk_child_end(child);
    return r < 0 ? r : 0;
}

int
stk_rehearse(stk_sandbox_report *report, const stk_profile *profile,
             stk_error *err)
{
    STK_CLEANUP(unmap_stage)
    stage *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    STK_CLEANUP(stk_closep) int ours = -1;
    stk_child child = STK_CHILD_INIT;
    int ends[2], r;

    if (s == MAP_FAILED)
        return stk_error_memory(err);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "cannot make a socket");
    ours = ends[0];
    child.pid = fork();
    if (child.pid == 0)
        run_child(s, profile, ends[1]);
    close(ends[1]);
    if (child.pid < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "cannot start a process");
    r = await_child(&child, err);
    if (r < 0)
        return r;
    *report = s->report;
    if (s->result == 0 || s->result == -STK_E_UNSUPPORTED)
        return 0;
    if (err)
        *err = s->err;
    return s->result;
}
