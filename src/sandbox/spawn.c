/* SPDX-License-Identifier: Apache-2.0 */
/* Processes: started, forked, ended. */
#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define P_PIDFD_ 3 /* P_PIDFD */
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

#define FIRST_FD   3
#define STACK_SIZE (64u * 1024u)

/* ---- a program ---------------------------------------------------------- */

/* What the child does shares the parent's memory until it is another program:
 * no allocation, no lock, nothing but system calls. */
typedef struct starting {
    const stk_spawning *what;
    int null;
    int failed; /* errno of the child */
} starting;

static void
reset_signals(void)
{
    struct sigaction standard;
    sigset_t none;

    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int i = 1; i < NSIG; i++)
        sigaction(i, &standard, NULL); /* of some it cannot be changed */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Each first goes where none of them will be written over. */
static int
place_descriptors(const stk_spawning *what, int null)
{
    int moved[STK_SPAWN_FDS_MAX];
    int above = FIRST_FD + (int)STK_SPAWN_FDS_MAX;

    for (unsigned i = 0; i < what->n_fds; i++) {
        moved[i] = fcntl(what->fds[i], F_DUPFD, above);
        if (moved[i] < 0)
            return -1;
    }
    null = fcntl(null, F_DUPFD, above);
    if (null < 0)
        return -1;
    for (int i = 0; i < FIRST_FD; i++)
        if (dup2(null, i) < 0)
            return -1;
    for (unsigned i = 0; i < what->n_fds; i++)
        if (dup2(moved[i], FIRST_FD + (int)i) < 0)
            return -1;
    return 0;
}

int
stk_spawn_close_from(unsigned first)
{
    struct rlimit limit;

    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return 0;
    if (errno != ENOSYS && errno != EPERM)
        return -1;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -1;
    for (rlim_t fd = first; fd < limit.rlim_max && fd < (1u << 20); fd++)
        close((int)fd);
    return 0;
}

__attribute__((no_sanitize("address", "undefined"))) static int
run_program(void *payload)
{
    static char *const nothing[] = { NULL };
    starting *s = payload;

    if (setsid() < 0 || place_descriptors(s->what, s->null) < 0 ||
        stk_spawn_close_from(FIRST_FD + s->what->n_fds) < 0) {
        s->failed = errno;
        return 127;
    }
    reset_signals();
    execve(s->what->program, (char *const *)(uintptr_t)s->what->argv, nothing);
    s->failed = errno;
    return 127;
}

/* No handler of ours may run in the child while it has our memory. */
static pid_t
start(starting *s, int *pidfd)
{
    void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    sigset_t all, before;
    pid_t pid;
    int number;

    if (stack == MAP_FAILED)
        return -1;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = clone(run_program, (char *)stack + STACK_SIZE,
                CLONE_VM | CLONE_VFORK | CLONE_PIDFD, s, pidfd);
    number = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, STACK_SIZE);
    errno = number;
    return pid;
}

int
stk_spawn(stk_child *out, const stk_spawning *what, stk_error *err)
{
    STK_CLEANUP(stk_closep) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    starting s = { what, null, 0 };
    stk_child child = STK_CHILD_INIT;

    if (what->n_fds > STK_SPAWN_FDS_MAX)
        return stk_error_set(err, STK_E_LIMIT, "more than %u descriptors",
                             STK_SPAWN_FDS_MAX);
    if (null < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "/dev/null");
    child.pid = start(&s, &child.pidfd);
    if (child.pid < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "cannot start a process");
    if (s.failed) {
        stk_child_end(&child);
        return stk_error_set_errno(err, STK_E_IO, s.failed,
                                   "cannot start %.200s", what->program);
    }
    *out = child;
    return 0;
}

/* ---- a fork ------------------------------------------------------------- */

int
stk_spawn_fork(stk_child *out, bool alone, stk_error *err)
{
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0), pidfd = -1;
    long flags = SIGCHLD | CLONE_PIDFD | (alone ? CLONE_NEWPID : 0);
    long pid;

    if (self < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "pidfd_open");
    pid = syscall(SYS_clone, flags, 0, &pidfd, 0, 0);
    if (pid == 0) {
        *out = (stk_child){ 0, self };
        return 0;
    }
    close(self);
    if (pid < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "cannot fork%s",
                                   alone ? " into a pid namespace" : "");
    *out = (stk_child){ (pid_t)pid, pidfd };
    return 1;
}

/* ---- the end ------------------------------------------------------------ */

void
stk_spawn_kill(int pidfd)
{
    if (pidfd >= 0)
        syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

void
stk_child_kill(const stk_child *child)
{
    if (child->pid > 0)
        stk_spawn_kill(child->pidfd);
}

/* 1 when it has ended, 0 when time is up, -1 with errno. */
static int
await_end(int pidfd, int timeout_ms)
{
    uint64_t end = stk_clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000u;
    struct pollfd waiting = { pidfd, POLLIN, 0 };

    for (;;) {
        int r = poll(&waiting, 1, timeout_ms);
        uint64_t now;

        if (r >= 0 || errno != EINTR)
            return r;
        now = stk_clock_monotonic_ns();
        if (timeout_ms > 0)
            timeout_ms = now < end ? (int)((end - now) / 1000000u) : 0;
    }
}

/* By the pidfd: the number may be another's by now, where a host that waits
 * for any child took ours. */
static int
reap(const stk_child *child, int *status)
{
    siginfo_t how;
    int r;

    memset(&how, 0, sizeof how);
    do
        r = waitid((idtype_t)P_PIDFD_, (id_t)child->pidfd, &how,
                   WEXITED | __WALL);
    while (r < 0 && errno == EINTR);
    if (r < 0 && errno == EINVAL) /* before Linux 5.4 */
        return waitpid(child->pid, status, __WALL) < 0 ? -1 : 0;
    if (r < 0 && errno != ECHILD)
        return -1;
    if (r < 0)
        *status = STK_STATUS_UNKNOWN;
    else
        *status =
            how.si_code == CLD_EXITED ? how.si_status << 8 : how.si_status;
    return 0;
}

int
stk_child_wait(stk_child *child, int timeout_ms, int *status, stk_error *err)
{
    int ended = 0, r = await_end(child->pidfd, timeout_ms);

    if (r <= 0)
        return r < 0 ? stk_error_set_errno(err, STK_E_IO, errno, "poll") : 0;
    if (reap(child, &ended) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "waitid");
    close(child->pidfd);
    *child = (stk_child)STK_CHILD_INIT;
    *status = ended;
    return 1;
}

void
stk_child_end(stk_child *child)
{
    int status;

    if (child->pid <= 0)
        return;
    stk_child_kill(child);
    reap(child, &status);
    if (child->pidfd >= 0)
        close(child->pidfd);
    *child = (stk_child)STK_CHILD_INIT;
}
