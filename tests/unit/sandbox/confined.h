/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a locked-down process gets for what it tries.
 *
 * confined_run() forks a process that may be made worse first (`cripple`, as
 * a filter that makes Landlock missing), may become nobody, may enter
 * namespaces, forks a worker and locks it down; the worker then makes the
 * attempts and sends what each returned. The test drives the supervisor.
 * confined_try() is one attempt under what the test sets up, in a fork, with
 * no lock-down of ours. Both are bounded in time and leave no process.
 */
#ifndef STK_UNIT_CONFINED_H
#define STK_UNIT_CONFINED_H

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/profile.h"
#include "sandbox/lockdown.h"
#include "sandbox/namespaces.h"
#include "sandbox/spawn.h"
#include "sandbox/supervise.h"
#include "sandbox/syscalls.h"

#include "unit.h"

#define CONFINED_MAX    24u
#define CONFINED_WAIT   60000 /* ms, for anything */
#define CONFINED_SKIP   77
#define CONFINED_DIED   (-10000)
#define CONFINED_NOBODY 65534

typedef long (*confined_fn)(void);

typedef struct confined {
    stk_profile profile;
    bool namespaces;       /* enter them, as a zygote does */
    bool nobody;           /* as an ordinary user, where we are root */
    void (*cripple)(void); /* what the machine has not; before all */
} confined;

typedef struct confined_result {
    int code; /* of the lock-down: 0 or negative */
    char message[256];
    stk_sandbox_report report;
    size_t n; /* attempts that returned */
    long results[CONFINED_MAX];
    stk_denial denials[CONFINED_MAX];
    size_t n_denials;
    bool notified; /* a listener came with the hello */
    int status;    /* of the worker, as wait(2) says it */
} confined_result;

/* What goes through the socket. */
typedef struct confined_message {
    int kind; /* 'F' failed, 'R' report, 'A' attempt */
    int code;
    long result;
    char text[256];
    stk_sandbox_report report;
} confined_message;

static inline void
confined_init(confined *c, const char *const (*settings)[2])
{
    stk_error err = STK_ERROR_INIT;

    memset(c, 0, sizeof *c);
    stk_profile_init(&c->profile, "strict");
    for (size_t i = 0; settings && settings[i][0]; i++)
        if (stk_profile_set(&c->profile, settings[i][0], settings[i][1],
                            &err) < 0)
            fail_msg("%s: %s", settings[i][0], err.message);
    c->namespaces = true;
#ifdef __SANITIZE_ADDRESS__
    /* its shadow memory is larger than any limit */
    c->profile.memory = UINT64_MAX;
#endif
}

static inline void
confined_send(int fd, int kind, int code, long result, const char *text,
              const stk_sandbox_report *report)
{
    confined_message m;

    memset(&m, 0, sizeof m);
    m.kind = kind;
    m.code = code;
    m.result = result;
    snprintf(m.text, sizeof m.text, "%s", text);
    if (report)
        m.report = *report;
    if (send(fd, &m, sizeof m, MSG_NOSIGNAL) < 0)
        syscall(SYS_exit_group, 4);
}

static inline void
confined_work(const confined *c, const stk_filter *filter, int sock,
              const stk_child *parent, stk_sandbox_report *report,
              const confined_fn *attempts, size_t n)
{
    stk_locking what = { &c->profile, filter, sock, parent->pidfd };
    stk_error err = STK_ERROR_INIT;
    int r = stk_lockdown(&what, report, &err);

    if (r < 0) {
        /* it may have moved already */
        int fd = fcntl(sock, F_GETFD) >= 0 ? sock : STK_WORKER_FD;

        confined_send(fd, 'F', r, 0, err.message, report);
        syscall(SYS_exit_group, 3);
    }
    confined_send(STK_WORKER_FD, 'R', 0, 0, "", report);
    for (size_t i = 0; i < n; i++)
        confined_send(STK_WORKER_FD, 'A', 0, attempts[i](), "", NULL);
    syscall(SYS_exit_group, 0);
}

static inline void
confined_become_nobody(void)
{
    if (geteuid() != 0)
        return;
    if (setgroups(0, NULL) < 0 ||
        setresgid(CONFINED_NOBODY, CONFINED_NOBODY, CONFINED_NOBODY) < 0 ||
        setresuid(CONFINED_NOBODY, CONFINED_NOBODY, CONFINED_NOBODY) < 0)
        _exit(CONFINED_SKIP);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* /proc/self is ours again */
}

/* The zygote of the test: 1 when nothing was locked down, else the worker's
 * own end as a status. */
static inline void
confined_zygote(const confined *c, int sock, const confined_fn *attempts,
                size_t n)
{
    stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
    stk_filter filter = STK_FILTER_INIT;
    stk_error err = STK_ERROR_INIT;
    stk_child worker = STK_CHILD_INIT;
    int status = 0, r;

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (c->nobody)
        confined_become_nobody();
    if (c->cripple)
        c->cripple();
    r = stk_filter_build(&filter, &c->profile, &err);
    if (r == 0 && c->namespaces)
        r = stk_namespaces_enter(&c->profile, &report, &err);
    if (r == 0)
        r = stk_spawn_fork(&worker, stk_namespaces_alone(&report), &err);
    if (r < 0)
        confined_send(sock, 'F', r, 0, err.message, &report);
    if (r == 0)
        confined_work(c, &filter, sock, &worker, &report, attempts, n);
    close(sock);
    stk_filter_clear(&filter);
    if (r > 0 && stk_child_wait(&worker, CONFINED_WAIT, &status, &err) <= 0) {
        stk_child_end(&worker);
        _exit(5);
    }
    if (r > 0 && WIFSIGNALED(status))
        _exit(128 + WTERMSIG(status));
    _exit(r < 0 ? 1 : WEXITSTATUS(status));
}

static inline void
confined_take(confined_result *out, const confined_message *m)
{
    if (m->kind == 'F') {
        out->code = m->code;
        snprintf(out->message, sizeof out->message, "%s", m->text);
        out->report = m->report;
    } else if (m->kind == 'R')
        out->report = m->report;
    else if (out->n < CONFINED_MAX)
        out->results[out->n++] = m->result;
}

/* Messages and denials until the worker is gone. */
static inline void
confined_follow(confined_result *out, int sock, stk_supervisor *supervisor)
{
    for (;;) {
        struct pollfd both[2] = {
            { sock, POLLIN, 0 },
            { supervisor ? stk_supervisor_fd(supervisor) : -1, POLLIN, 0 },
        };
        stk_denial denial;
        confined_message m;
        ssize_t n;

        if (poll(both, 2, CONFINED_WAIT) <= 0)
            fail_msg("nothing came in time");
        if (both[1].revents & POLLIN &&
            stk_supervisor_next(supervisor, &denial, NULL) == 1 &&
            out->n_denials < CONFINED_MAX)
            out->denials[out->n_denials++] = denial;
        if (!(both[0].revents & (POLLIN | POLLHUP)))
            continue;
        n = recv(sock, &m, sizeof m, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return;
        if (n == (ssize_t)sizeof m)
            confined_take(out, &m);
    }
}

/* The first message is the hello, or why there is none. */
static inline void
confined_begin(confined_result *out, int sock, pid_t pid)
{
    STK_CLEANUP(stk_supervisor_freep) stk_supervisor *supervisor = NULL;
    STK_CLEANUP(stk_closep)
    int pidfd = (int)syscall(434 /* pidfd_open */, pid, 0);
    stk_error err = STK_ERROR_INIT;
    confined_message m;
    struct pollfd waiting = { sock, POLLIN, 0 };
    int listener = -1;

    if (poll(&waiting, 1, CONFINED_WAIT) <= 0)
        fail_msg("no hello came in time");
    if (recv(sock, &m, sizeof m, MSG_PEEK | MSG_DONTWAIT) == 1) {
        assert_int_equal(
            stk_lockdown_receive(&listener, sock, CONFINED_WAIT, &err), 0);
        out->notified = listener >= 0;
    }
    if (out->notified)
        assert_int_equal(
            stk_supervisor_new(&supervisor, listener, pidfd, 1000, &err), 0);
    confined_follow(out, sock, supervisor);
}

/* False when this machine does not let us be another user. */
static inline bool
confined_run(confined_result *out, const confined *c,
             const confined_fn *attempts, size_t n)
{
    int ends[2], status;
    pid_t pid;

    memset(out, 0, sizeof *out);
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        confined_zygote(c, ends[1], attempts, n);
    }
    close(ends[1]);
    confined_begin(out, ends[0], pid);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    out->status = status;
    return !(WIFEXITED(status) && WEXITSTATUS(status) == CONFINED_SKIP);
}

/* One attempt in a fork, after `prepare`, if any; its result, or
 * CONFINED_DIED. */
static inline long
confined_try(void (*prepare)(void *payload), void *payload, confined_fn try)
{
    int ends[2], status;
    long result = CONFINED_DIED;
    pid_t pid;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(120);
        if (prepare)
            prepare(payload);
        result = try();
        _exit(write(ends[1], &result, sizeof result) != sizeof result);
    }
    close(ends[1]);
    if (read(ends[0], &result, sizeof result) != sizeof result)
        result = CONFINED_DIED;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return result;
}

/* Zeroed memory that the forks of a test have as well. */
static inline void *
confined_share(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(at != MAP_FAILED);
    return at;
}

/* ---- a thread too many -------------------------------------------------- */

typedef struct confined_thread {
    pthread_t id;
    int ends[2];
} confined_thread;

static inline void *
confined_wait_for_byte(void *payload)
{
    char byte;

    return read(*(int *)payload, &byte, 1) == 1 ? payload : NULL;
}

static inline bool
confined_thread_start(confined_thread *thread)
{
    return pipe2(thread->ends, O_CLOEXEC) == 0 &&
           pthread_create(&thread->id, NULL, confined_wait_for_byte,
                          &thread->ends[0]) == 0;
}

static inline void
confined_thread_end(confined_thread *thread)
{
    assert_int_equal(write(thread->ends[1], "x", 1), 1);
    assert_int_equal(pthread_join(thread->id, NULL), 0);
    close(thread->ends[0]);
    close(thread->ends[1]);
}

/* ---- machines that lack something --------------------------------------- */

/* For `cripple`: a call that this machine does not have. */
static inline void
confined_take_away(const int *calls, size_t n, int number)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    for (size_t i = 0; i < n; i++)
        if (!filter ||
            seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)number),
                             calls[i], 0) < 0)
            _exit(CONFINED_SKIP);
    if (!filter || seccomp_load(filter) < 0)
        _exit(CONFINED_SKIP);
    seccomp_release(filter);
}

/* ---- attempts ------------------------------------------------------------
 */

static inline long
confined_errno(long r)
{
    return r < 0 ? -errno : r;
}

/* folder/name, by the call that a filter sees. */
static inline long
confined_open(const char *folder, const char *name, int flags)
{
    char path[PATH_MAX + 32];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600) < 0
               ? -errno
               : 0;
}

static inline long
try_open_passwd(void)
{
    return confined_errno(
        syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
}

static inline long
try_stat_passwd(void)
{
    struct stat st;

    return confined_errno(stat("/etc/passwd", &st));
}

static inline long
try_socket_inet(void)
{
    return confined_errno(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
}

static inline long
try_fork(void)
{
    long r = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

    if (r == 0)
        syscall(SYS_exit_group, 0);
    return confined_errno(r);
}

static inline long
try_exec_memory(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED ? -errno : 0;
}

static inline long
try_plain_memory(void)
{
    void *at = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED ? -errno : munmap(at, 1 << 20);
}

static inline long
try_getpid(void)
{
    return confined_errno(syscall(SYS_getpid));
}

#endif
