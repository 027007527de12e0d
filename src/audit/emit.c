/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to a descriptor. A closed pipe raises SIGPIPE and a file at its
 * limit SIGXFSZ, both of which kill a host that did not ask for them; and a
 * library leaves dispositions alone. So both are blocked in this thread
 * around the write, and what the write raised is taken back.
 */
#include "audit/emit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

typedef struct stk_quiet {
    sigset_t old;  /* the thread's mask before */
    sigset_t ours; /* what a write may leave behind, and nobody before it */
} stk_quiet;

static const int raised_by_writes[] = { SIGPIPE, SIGXFSZ };

static int
begin_quiet(stk_quiet *quiet)
{
    sigset_t block, pending;

    sigemptyset(&block);
    sigaddset(&block, SIGPIPE);
    sigaddset(&block, SIGXFSZ);
    quiet->ours = block;
    if (pthread_sigmask(SIG_BLOCK, &block, &quiet->old))
        return -1;
    /* what waited before is not ours to take; only a blocked one can wait */
    for (size_t i = 0; i < 2; i++)
        if (sigismember(&quiet->old, raised_by_writes[i]) &&
            sigpending(&pending) == 0 &&
            sigismember(&pending, raised_by_writes[i]))
            sigdelset(&quiet->ours, raised_by_writes[i]);
    return 0;
}

static void
end_quiet(const stk_quiet *quiet, bool raised)
{
    const struct timespec now = { 0, 0 };

    if (raised)
        while (sigtimedwait(&quiet->ours, NULL, &now) < 0 && errno == EINTR)
            ;
    pthread_sigmask(SIG_SETMASK, &quiet->old, NULL);
}

static ssize_t
write_quietly(int fd, const char *data, size_t length)
{
    stk_quiet quiet;
    ssize_t n;
    int failure;

    if (begin_quiet(&quiet) < 0)
        return -1;
    do
        n = write(fd, data, length);
    while (n < 0 && errno == EINTR);
    failure = n < 0 ? errno : 0;
    end_quiet(&quiet, failure == EPIPE || failure == EFBIG);
    errno = failure;
    return n;
}

bool
stk_emit_is_limited(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) < 0 ||
           limit.rlim_cur != RLIM_INFINITY;
}

ssize_t
stk_emit_unlimited(int fd, const char *data, size_t length)
{
    ssize_t n;

    do
        n = write(fd, data, length);
    while (n < 0 && errno == EINTR);
    return n;
}

ssize_t
stk_emit_file(int fd, const char *data, size_t length)
{
    /* asked each time: the host may set one whenever it likes */
    return stk_emit_is_limited() ? write_quietly(fd, data, length)
                                 : stk_emit_unlimited(fd, data, length);
}

ssize_t
stk_emit_once(int fd, bool is_socket, const char *data, size_t length)
{
    ssize_t n;

    if (!is_socket)
        return write_quietly(fd, data, length);
    do
        n = send(fd, data, length, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n;
}

/* 0 when the descriptor takes bytes again before `deadline`. */
static int
wait_for_room(int fd, uint64_t deadline)
{
    struct pollfd wanted = { fd, POLLOUT, 0 };

    for (;;) {
        uint64_t now = stk_clock_monotonic_ns();
        int n;

        if (now >= deadline)
            break;
        n = poll(&wanted, 1, (int)((deadline - now) / 1000000u) + 1);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -1;
    }
    errno = ETIMEDOUT;
    return -1;
}

static uint64_t
patience_ends(void)
{
    return stk_clock_monotonic_ns() + STK_EMIT_PATIENCE_MS * UINT64_C(1000000);
}

int
stk_emit_all(int fd, bool is_socket, const char *data, size_t length,
             size_t *taken)
{
    uint64_t deadline = 0;

    *taken = 0;
    while (*taken < length) {
        ssize_t n =
            stk_emit_once(fd, is_socket, data + *taken, length - *taken);

        if (n > 0) {
            *taken += (size_t)n;
            continue;
        }
        if (n == 0)
            errno = EIO;
        if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
            return -1;
        if (!deadline)
            deadline = patience_ends();
        if (wait_for_room(fd, deadline) < 0)
            return -1;
    }
    return 0;
}

int
stk_emit_message(int fd, struct iovec *parts, size_t n)
{
    const struct msghdr message = { .msg_iov = parts, .msg_iovlen = n };
    uint64_t deadline = 0;

    for (;;) {
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent >= 0)
            return 0;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
        if (!deadline)
            deadline = patience_ends();
        if (wait_for_room(fd, deadline) < 0)
            return -1;
    }
}
