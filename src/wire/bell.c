/* SPDX-License-Identifier: Apache-2.0 */
/* One-byte packets: to wake up, to hand over descriptors. */
#include "wire/bell.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum stk_bell
tell_failure(void)
{
    switch (errno) {
    case EAGAIN:
        return STK_BELL_NONE;
    case EINTR:
        return STK_BELL_INTERRUPTED;
    case EPIPE:
    case ECONNRESET:
        return STK_BELL_DEAD;
    default:
        return STK_BELL_FAILED;
    }
}

enum stk_bell
stk_bell_ring(int socket)
{
    /* send() is sendto() without an address: what a filter lets through */
    ssize_t n;

    do
        n = send(socket, "b", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n == 1 || errno == EAGAIN ? STK_BELL_RANG : tell_failure();
}

typedef union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(STK_BELL_FDS_MAX * sizeof(int))];
} control;

enum stk_bell
stk_bell_send_fds(int socket, const int *fds, unsigned count, bool wait)
{
    control room = { .bytes = "" };
    char byte = 'f';
    struct iovec io = { &byte, 1 };
    struct msghdr message = {
        .msg_iov = &io,
        .msg_iovlen = 1,
        .msg_control = room.bytes,
        .msg_controllen = CMSG_SPACE(count * sizeof *fds),
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof *fds);
    memcpy(CMSG_DATA(header), fds, count * sizeof *fds);
    if (sendmsg(socket, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT)) ==
        1)
        return STK_BELL_RANG;
    return tell_failure();
}

void
stk_bell_close(int *fds, unsigned count)
{
    while (count-- > 0)
        close(fds[count]);
}

/* All are taken before one is refused: none may be left open. */
static bool
keep_fds(struct msghdr *message, stk_bell_fds *came)
{
    bool fit = true;

    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        size_t bytes = header->cmsg_len - CMSG_LEN(0);

        if (header->cmsg_level != SOL_SOCKET ||
            header->cmsg_type != SCM_RIGHTS) {
            fit = false;
            continue;
        }
        for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
            int fd;

            memcpy(&fd, CMSG_DATA(header) + at, sizeof fd);
            if (came->count < came->maximum &&
                came->count < STK_BELL_FDS_MAX) {
                came->fds[came->count++] = fd;
            } else {
                close(fd);
                fit = false;
            }
        }
    }
    return fit;
}

/* recvfrom() alone, which is what a strict profile allows; descriptors that
 * came all the same are never ours: the kernel drops them. */
static enum stk_bell
hear_ring(int socket, bool wait)
{
    char bytes[2];
    ssize_t n = recv(socket, bytes, sizeof bytes, wait ? 0 : MSG_DONTWAIT);

    if (n < 0)
        return tell_failure();
    if (n == 0)
        return STK_BELL_DEAD;
    return n == 1 && bytes[0] == 'b' ? STK_BELL_RANG : STK_BELL_LIED;
}

enum stk_bell
stk_bell_hear(int socket, stk_bell_fds *came, bool wait)
{
    unsigned before = came->count;
    char byte = 0;
    control room;
    struct iovec io = { &byte, 1 };
    struct msghdr message = {
        .msg_iov = &io,
        .msg_iovlen = 1,
        .msg_control = room.bytes,
        .msg_controllen = sizeof room.bytes,
    };
    ssize_t n;
    bool fit;

    if (came->maximum == 0)
        return hear_ring(socket, wait);
    n = recvmsg(socket, &message,
                MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    if (n < 0)
        return tell_failure();
    fit = keep_fds(&message, came);
    if (n == 0)
        return STK_BELL_DEAD;
    if (!fit || message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
        byte != (came->count > before ? 'f' : 'b'))
        return STK_BELL_LIED;
    return STK_BELL_RANG;
}

void
stk_bell_claim(stk_bell_fds *came, int *fds, unsigned count)
{
    memcpy(fds, came->fds, count * sizeof *fds);
    came->count -= count;
    memmove(came->fds, came->fds + count, came->count * sizeof *came->fds);
}
