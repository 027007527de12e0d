/* SPDX-License-Identifier: Apache-2.0 */
/* The host's end of a notifying filter. */
#include "sandbox/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/denial.h"
#include "sandbox/spawn.h"

struct stk_supervisor {
    int listener, pidfd; /* owned */
    uint32_t quota;
    atomic_uint count;
    struct seccomp_notif *request; /* owned; as large as the kernel's */
    struct seccomp_notif_resp *response;
    size_t request_size;
};

static size_t
larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* A newer kernel may write more than our headers know of. */
static int
make_messages(stk_supervisor *s, stk_error *err)
{
    struct seccomp_notif_sizes sizes;

    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
        return stk_error_set_errno(
            err, STK_E_UNSUPPORTED, errno,
            "this kernel does not notify of system calls");
    s->request_size = larger(sizes.seccomp_notif, sizeof *s->request);
    s->request = calloc(1, s->request_size);
    s->response =
        calloc(1, larger(sizes.seccomp_notif_resp, sizeof *s->response));
    return s->request && s->response ? 0 : stk_error_memory(err);
}

int
stk_supervisor_new(stk_supervisor **out, int listener, int pidfd,
                   uint32_t denials, stk_error *err)
{
    STK_CLEANUP(stk_supervisor_freep)
    stk_supervisor *made = calloc(1, sizeof *made);
    int r;

    if (!made) {
        close(listener);
        return stk_error_memory(err);
    }
    made->listener = listener;
    made->quota = denials;
    made->pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 0);
    if (made->pidfd < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "a supervisor needs the worker's pidfd");
    r = make_messages(made, err);
    if (r < 0)
        return r;
    *out = STK_STEAL(made);
    return 0;
}

void
stk_supervisor_free(stk_supervisor *supervisor)
{
    if (!supervisor)
        return;
    if (supervisor->listener >= 0)
        close(supervisor->listener);
    if (supervisor->pidfd >= 0)
        close(supervisor->pidfd);
    free(supervisor->request);
    free(supervisor->response);
    free(supervisor);
}

void
stk_supervisor_freep(stk_supervisor **supervisor)
{
    stk_supervisor_free(*supervisor);
    *supervisor = NULL;
}

int
stk_supervisor_fd(const stk_supervisor *supervisor)
{
    return supervisor->listener;
}

uint32_t
stk_supervisor_count(const stk_supervisor *supervisor)
{
    return atomic_load(&((stk_supervisor *)(uintptr_t)supervisor)->count);
}

/* 1: something waits; 0: nothing; -1: nothing will any more. Before Linux 5.9
 * the listener does not say so, but the process does. */
static int
look(const stk_supervisor *s)
{
    struct pollfd both[2] = { { s->listener, POLLIN, 0 },
                              { s->pidfd, POLLIN, 0 } };
    int r;

    do
        r = poll(both, 2, 0);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return -1;
    if (both[0].revents & POLLIN)
        return 1;
    return both[0].revents || both[1].revents ? -1 : 0;
}

static void
fill(stk_denial *out, const struct seccomp_notif *request)
{
    memset(out, 0, sizeof *out);
    out->pid = (pid_t)request->pid;
    out->number = request->data.nr;
    for (int i = 0; i < 6; i++)
        out->arguments[i] = request->data.args[i];
    stk_denial_describe(out);
}

/* Killed before it is answered, it does not come back for another. */
static void
answer(stk_supervisor *s, bool kill)
{
    if (kill)
        stk_spawn_kill(s->pidfd);
    s->response->id = s->request->id;
    s->response->val = 0;
    s->response->error = -EPERM;
    s->response->flags = 0; /* never SECCOMP_USER_NOTIF_FLAG_CONTINUE */
    /* it may have been killed meanwhile: then nobody waits */
    ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SEND, s->response);
}

int
stk_supervisor_next(stk_supervisor *supervisor, stk_denial *out,
                    stk_error *err)
{
    int r = look(supervisor);

    if (r < 0)
        return stk_error_set(err, STK_E_IO, "the worker is gone");
    if (r == 0)
        return 0;
    memset(supervisor->request, 0, supervisor->request_size); /* or EINVAL */
    /* one that was killed while it waited is taken back: ENOENT */
    if (ioctl(supervisor->listener, SECCOMP_IOCTL_NOTIF_RECV,
              supervisor->request) < 0)
        return 0;
    fill(out, supervisor->request);
    out->count = atomic_fetch_add(&supervisor->count, 1) + 1;
    out->killed = out->count > supervisor->quota;
    answer(supervisor, out->killed);
    return 1;
}
