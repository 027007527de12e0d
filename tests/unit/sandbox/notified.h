/* SPDX-License-Identifier: Apache-2.0 */
/* A process under a filter that notifies of getppid() and socket(), for those
 * who answer. It says through a pipe what it got. */
#ifndef STK_UNIT_NOTIFIED_H
#define STK_UNIT_NOTIFIED_H

#include "confined.h"

static inline void
notified_run(int sock, int answers, long (*work)(void))
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    long result;
    int listener;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } beside;
    struct iovec data = { (char[]){ STK_LOCKDOWN_HELLO }, 1 };
    struct msghdr message = { .msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = beside.bytes,
                              .msg_controllen = sizeof beside.bytes };

    if (!filter ||
        seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(getppid), 0) < 0 ||
        seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(socket), 0) < 0 ||
        seccomp_load(filter) < 0)
        _exit(CONFINED_SKIP);
    listener = seccomp_notify_fd(filter);
    memset(&beside, 0, sizeof beside);
    beside.header.cmsg_level = SOL_SOCKET;
    beside.header.cmsg_type = SCM_RIGHTS;
    beside.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&beside.header), &listener, sizeof listener);
    if (sendmsg(sock, &message, MSG_NOSIGNAL) != 1)
        _exit(1);
    close(listener);
    result = work();
    _exit(write(answers, &result, sizeof result) != sizeof result);
}

/* False where this machine does not notify. */
static inline bool
notified_start(stk_child *child, int *answers, int *listener,
               long (*work)(void))
{
    stk_error err = STK_ERROR_INIT;
    int socks[2], pipes[2], r;

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    r = stk_spawn_fork(child, false, &err);
    assert_true(r >= 0);
    if (r == 0)
        notified_run(socks[1], pipes[1], work);
    close(socks[1]);
    close(pipes[1]);
    *answers = pipes[0];
    r = stk_lockdown_receive(listener, socks[0], CONFINED_WAIT, &err);
    close(socks[0]);
    if (r == 0)
        return true;
    stk_child_end(child);
    close(*answers);
    return false;
}

#endif
