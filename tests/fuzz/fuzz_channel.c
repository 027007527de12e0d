/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host's end of a channel, with a worker that writes anything into the
 * memory and the socket. Steps of 9 bytes: which field or packet, and what.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/channel.h"
#include "wire/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SLOT    4096u
#define MAXIMUM 10000u

/* The honest next number where the step does not say otherwise, so that
 * inputs get anywhere. */
static void
publish(stk_ring_side *own, const stk_ring_side *host, uint64_t total)
{
    atomic_store(&own->total, total);
    atomic_store(&own->sent, atomic_load(&host->taken) + 1);
}

static void
receive(stk_channel *channel)
{
    const unsigned char *data = NULL;
    stk_error err = STK_ERROR_INIT;
    int fds[STK_CHANNEL_FDS_MAX];
    size_t length = 0;
    unsigned sum = 0, n;

    if (stk_channel_receive(channel, &data, &length, 0, &err) < 0) {
        if (stk_channel_fate(channel) == STK_FATE_OPEN || !err.message[0])
            abort();
        return;
    }
    if (length == 0 || length > MAXIMUM)
        abort();
    for (size_t i = 0; i < length; i++)
        sum += data[i];
    n = stk_channel_steal_fds(channel, fds);
    if (n > 1 || sum > 255 * length)
        abort();
    while (n-- > 0)
        close(fds[n]);
}

static void
hand_over(int socket)
{
    char byte = 'f', room[CMSG_SPACE(sizeof(int))] = "";
    struct iovec io = { &byte, 1 };
    struct msghdr message = { .msg_iov = &io,
                              .msg_iovlen = 1,
                              .msg_control = room,
                              .msg_controllen = sizeof room };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &socket, sizeof(int));
    sendmsg(socket, &message, MSG_DONTWAIT);
}

static void
step(stk_channel *channel, int socket, stk_ring *ring, unsigned what,
     uint64_t value)
{
    stk_ring_side *host = ring->theirs, *own = ring->ours;

    switch (what % 11) {
    case 0:
        atomic_store(&own->sent, value);
        break;
    case 1:
        atomic_store(&own->total, value);
        break;
    case 2:
        atomic_store(&own->fds, value);
        break;
    case 3:
        atomic_store(&own->taken, value);
        break;
    case 4:
        atomic_store(&own->asleep, (uint32_t)value);
        break;
    case 5:
        atomic_store(&host->asleep, (uint32_t)value);
        break;
    case 6:
        send(socket, &value, value % 3, MSG_DONTWAIT);
        break;
    case 7:
        hand_over(socket);
        break;
    case 8:
        publish(own, host, value % (MAXIMUM + 2));
        break;
    case 9:
        atomic_store(&own->taken, atomic_load(&host->sent));
        stk_channel_send(channel, &value, sizeof value, 0, NULL);
        break;
    default:
        receive(channel);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const stk_channel_options options = {
        .slot = SLOT, .maximum = MAXIMUM, .sends = MAXIMUM, .fds = 1, .spin = 2
    };
    stk_channel *channel;
    int socket, memory;
    stk_ring ring;

    if (stk_channel_new(&channel, &options, &socket, &memory, NULL) < 0)
        return 0;
    if (stk_ring_attach(&ring, SLOT, memory, NULL) == 0) {
        for (; size >= 9; data += 9, size -= 9) {
            uint64_t value;

            memcpy(&value, data + 1, sizeof value);
            step(channel, socket, &ring, data[0], value);
        }
        receive(channel);
        stk_ring_clear(&ring);
    }
    close(socket);
    close(memory);
    stk_channel_free(channel);
    return 0;
}
