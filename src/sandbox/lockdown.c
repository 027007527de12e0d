/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole sequence of a worker.
 *
 * The listener of the filter has to get out, and no filter lets a descriptor
 * out: sendmsg(2) has it in memory, where it cannot be looked at. So a helper
 * thread that was there before the filter sends it, and is gone before the
 * first untrusted byte.
 */
#include "sandbox/lockdown.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/landlock.h"
#include "sandbox/limits.h"
#include "sandbox/syscalls.h"

/* ---- messages ----------------------------------------------------------- */

typedef union control {
    struct cmsghdr header; /* aligns it */
    char bytes[CMSG_SPACE(sizeof(int))];
} control;

static int
send_hello(int sock, int listener)
{
    char byte = STK_LOCKDOWN_HELLO;
    struct iovec data = { &byte, 1 };
    control beside;
    struct msghdr message;

    if (listener < 0)
        return send(sock, &byte, 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
    memset(&message, 0, sizeof message);
    memset(&beside, 0, sizeof beside);
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = beside.bytes;
    message.msg_controllen = sizeof beside.bytes;
    beside.header.cmsg_level = SOL_SOCKET;
    beside.header.cmsg_type = SCM_RIGHTS;
    beside.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&beside.header), &listener, sizeof listener);
    return sendmsg(sock, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int
await_message(int sock, int timeout_ms, stk_error *err)
{
    struct pollfd waiting = { sock, POLLIN, 0 };
    int r;

    do
        r = poll(&waiting, 1, timeout_ms);
    while (r < 0 && errno == EINTR);
    if (r > 0)
        return 0;
    if (r < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "poll");
    return stk_error_set(err, STK_E_IO, "a worker did not lock itself down");
}

/* The padding behind one descriptor has room for a second: those that came are
 * closed but for the last, in `fd`. False where they are not one, or none. */
static bool
take_listener(struct msghdr *message, int *fd)
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    size_t n;

    if (!header)
        return true;
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        return false;
    n = (header->cmsg_len - CMSG_LEN(0)) / sizeof *fd;
    for (size_t i = 0; i < n; i++) {
        if (*fd >= 0)
            close(*fd);
        memcpy(fd, CMSG_DATA(header) + i * sizeof *fd, sizeof *fd);
    }
    return n == 1;
}

int
stk_lockdown_receive(int *listener, int sock, int timeout_ms, stk_error *err)
{
    char byte = 0;
    struct iovec data = { &byte, 1 };
    control beside;
    struct msghdr message;
    int fd = -1, r = await_message(sock, timeout_ms, err);
    bool wanted;
    ssize_t n;

    if (r < 0)
        return r;
    memset(&message, 0, sizeof message);
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = beside.bytes;
    message.msg_controllen = sizeof beside.bytes;
    n = recvmsg(sock, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n <= 0)
        return stk_error_set_errno(err, STK_E_IO, n ? errno : EPIPE,
                                   "a worker ended while it was locked down");
    wanted = take_listener(&message, &fd);
    if (!wanted || byte != STK_LOCKDOWN_HELLO ||
        message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        if (fd >= 0)
            close(fd);
        return stk_error_set(err, STK_E_INVALID,
                             "a worker began with another message");
    }
    *listener = fd;
    return 0;
}

/* ---- the helper --------------------------------------------------------- */

enum { WAIT = 0, SEND, LEAVE };

/* It has no thread-local storage of its own: nothing here may need any. */
#define HELPER_FLAGS                                                          \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |       \
     CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static struct helper {
    _Alignas(64) char stack[16384];
    atomic_int order;
    atomic_int thread; /* its number; the kernel clears it at its end */
    int listener, failed;
} helper;

static void
wait_while(atomic_int *word, int value)
{
    while (atomic_load(word) == value)
        syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

__attribute__((no_sanitize("address", "undefined"))) static int
run_helper(void *unused)
{
    (void)unused;
    wait_while(&helper.order, WAIT);
    if (atomic_load(&helper.order) == SEND)
        helper.failed = send_hello(STK_WORKER_FD, helper.listener) < 0;
    /* or what is denied would wait for an answer of ourselves */
    if (helper.listener >= 0)
        close(helper.listener);
    return 0;
}

static int
start_helper(stk_error *err)
{
    atomic_store(&helper.order, WAIT);
    atomic_store(&helper.thread, -1);
    helper.failed = 0;
    if (clone(run_helper, helper.stack + sizeof helper.stack, HELPER_FLAGS,
              NULL, &helper.thread, NULL, &helper.thread) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "cannot start a thread");
    return 0;
}

/* Returns when it is gone. */
static void
end_helper(int order)
{
    int thread;

    atomic_store(&helper.order, order);
    syscall(SYS_futex, &helper.order, FUTEX_WAKE, 1, NULL, NULL, 0);
    while ((thread = atomic_load(&helper.thread)) != 0)
        wait_while(&helper.thread, thread);
}

/* ---- the sequence ------------------------------------------------------- */

/* RLIMIT_NPROC counts a user's threads in a user namespace: in one of its own
 * a worker is counted alone. */
static void
count_alone(const stk_profile *profile, const stk_sandbox_report *report)
{
    if (profile->calls & STK_CALLS_THREADS &&
        report->layers[STK_LAYER_USER].state == STK_LAYER_ACTIVE &&
        unshare(CLONE_NEWUSER) < 0)
        return; /* then it is counted with the others: too few, not too many */
}

static void
note_pid(stk_sandbox_report *report)
{
    if (getpid() == 1)
        stk_layers_active(report, STK_LAYER_PID, 0);
    else
        stk_layers_absent(report, STK_LAYER_PID, "it sees other processes", 0);
}

static int
give_up(const stk_locking *what, stk_sandbox_report *report, stk_error *err)
{
    int r = stk_limits_identity(report, err);

    if (r < 0)
        return r;
    count_alone(what->profile, report);
    note_pid(report);
    return stk_limits_privileges(what->parent, report, err);
}

/* What comes after the helper is there, up to the filter. */
static int
lock(const stk_locking *what, int *listener, stk_sandbox_report *report,
     stk_error *err)
{
    const stk_profile *profile = what->profile;
    int r = stk_limits_descriptors(what->sock, err);

    if (r == 0)
        r = stk_landlock_restrict(profile, report, err);
    if (r == 0)
        r = stk_limits_resources(profile, report, err);
    if (r == 0)
        r = stk_limits_capabilities(report, err);
    if (r == 0)
        r = stk_filter_load(what->filter, listener, report, err);
    if (r == 0)
        r = stk_layers_judge(profile, report, err);
    return r;
}

int
stk_lockdown(const stk_locking *what, stk_sandbox_report *report,
             stk_error *err)
{
    int listener = -1, r;

    if (!what->profile->name[0])
        return stk_error_set(err, STK_E_INVALID, "a profile without a name");
    r = stk_limits_one_thread(err);
    if (r == 0)
        r = give_up(what, report, err);
    if (r == 0)
        r = start_helper(err);
    if (r < 0)
        return r;
    r = lock(what, &listener, report, err);
    helper.listener = listener;
    end_helper(r == 0 && listener >= 0 ? SEND : LEAVE);
    if (r < 0)
        return r;
    if (listener < 0)
        helper.failed = send_hello(STK_WORKER_FD, -1) < 0;
    return helper.failed ? stk_error_set(err, STK_E_IO, "the host is gone")
                         : 0;
}
