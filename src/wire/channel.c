/* SPDX-License-Identifier: Apache-2.0 */
/* Frames over the memory and the socket beside it. */
#include "wire/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/wait.h"

_Static_assert(STK_BELL_FDS_MAX == STK_CHANNEL_FDS_MAX, "one bound");

/* A frame this large gives its memory back. */
#define KEEP_MAX (1u << 20)

struct stk_channel {
    stk_waiter at;
    dev_t device; /* which file its socket is */
    ino_t inode;
    stk_channel_options options;

    unsigned char *frame; /* owned: the frame that is read, or was */
    size_t size;          /* bytes allocated */
    size_t total, got;    /* bytes of the frame, and that are here */
    unsigned total_fds;

    int fds[STK_CHANNEL_FDS_MAX]; /* of the last frame */
    unsigned n_fds;

    uint64_t sent, received; /* frames */
};

/* ---- sending ----------------------------------------------------------- */

static int
wait_for_room(stk_channel *channel, uint64_t deadline)
{
    int r;

    do
        r = stk_wait_for(&channel->at, RING_ROOM, deadline);
    while (r == 0);
    return r < 0 ? -1 : 0;
}

/* Its buffer is full when the peer reads nothing: until the deadline. */
static int
send_fds(stk_channel *channel, const int *fds, unsigned n, uint64_t deadline)
{
    for (;;) {
        switch (
            stk_bell_send_fds(channel->at.socket, fds, n, !channel->at.host)) {
        case STK_BELL_RANG:
            return 0;
        case STK_BELL_NONE:
        case STK_BELL_INTERRUPTED:
            break;
        case STK_BELL_DEAD:
            return stk_wait_end(&channel->at, STK_FATE_DEAD, NULL);
        default:
            return stk_wait_end(&channel->at, STK_FATE_FAILED, NULL);
        }
        if (!channel->at.host)
            continue;
        if (stk_clock_monotonic_ns() >= deadline)
            return stk_wait_end(&channel->at, STK_FATE_SILENT, NULL);
        poll(&(struct pollfd){ channel->at.socket, POLLOUT, 0 }, 1, 10);
    }
}

static int
send_pieces(stk_channel *channel, const stk_ring_piece *piece,
            const unsigned char *data, uint64_t deadline)
{
    size_t left = piece->total;

    while (left > 0) {
        size_t n = left < channel->at.ring.slot ? left : channel->at.ring.slot;

        if (wait_for_room(channel, deadline) < 0)
            return -1;
        if (stk_wait_wake(&channel->at,
                          stk_ring_put(&channel->at.ring, piece, data, n)) < 0)
            return -1;
        data += n;
        left -= n;
    }
    channel->sent++;
    return 0;
}

int
stk_channel_send_fds(stk_channel *channel, const void *data, size_t length,
                     const int *fds, unsigned n_fds, uint64_t deadline,
                     stk_error *err)
{
    const stk_ring_piece piece = { length, n_fds };

    if (channel->at.fate != STK_FATE_OPEN)
        return stk_wait_report(&channel->at, err);
    if (length == 0 || n_fds > STK_CHANNEL_FDS_MAX)
        return stk_error_set(err, STK_E_STATE, "no frame");
    if (length > channel->options.sends)
        return stk_error_set(err, STK_E_LIMIT,
                             "a frame of more than %zu bytes",
                             channel->options.sends);
    if ((n_fds && send_fds(channel, fds, n_fds, deadline) < 0) ||
        send_pieces(channel, &piece, data, deadline) < 0)
        return stk_wait_report(&channel->at, err);
    return 0;
}

int
stk_channel_send(stk_channel *channel, const void *data, size_t length,
                 uint64_t deadline, stk_error *err)
{
    return stk_channel_send_fds(channel, data, length, NULL, 0, deadline, err);
}

void
stk_channel_begin(stk_channel *channel, uint64_t deadline)
{
    stk_wait_begin(&channel->at, deadline);
}

/* ---- receiving --------------------------------------------------------- */

static void
forget_frame(stk_channel *channel)
{
    stk_bell_close(channel->fds, channel->n_fds);
    channel->n_fds = 0;
    channel->total = channel->got = 0;
    if (channel->size > KEEP_MAX) {
        free(channel->frame);
        channel->frame = NULL;
        channel->size = 0;
    }
}

static int
begin_frame(stk_channel *channel, const stk_ring_piece *piece)
{
    if (piece->total == 0 || piece->total > channel->options.maximum)
        return stk_wait_lie(&channel->at,
                            "a frame that is too long, or empty");
    if (piece->fds > channel->options.fds)
        return stk_wait_lie(&channel->at, "descriptors that nobody wants");
    if (piece->total > channel->size) {
        free(channel->frame);
        channel->frame = malloc(piece->total);
        channel->size = channel->frame ? piece->total : 0;
        if (!channel->frame)
            return stk_wait_end(&channel->at, STK_FATE_FAILED, NULL);
    }
    channel->total = piece->total;
    channel->total_fds = (unsigned)piece->fds;
    return 0;
}

static int
take_piece(stk_channel *channel)
{
    /* once: whatever it says afterwards is of no interest */
    const stk_ring_piece piece = stk_ring_peek(&channel->at.ring);
    size_t n;

    if (channel->got == 0) {
        if (begin_frame(channel, &piece) < 0)
            return -1;
    } else if (piece.total != channel->total ||
               piece.fds != channel->total_fds) {
        return stk_wait_lie(&channel->at, "a frame that changed its length");
    }
    n = channel->total - channel->got;
    if (n > channel->at.ring.slot)
        n = channel->at.ring.slot;
    if (stk_wait_wake(&channel->at,
                      stk_ring_take(&channel->at.ring,
                                    channel->frame + channel->got, n)) < 0)
        return -1;
    channel->got += n;
    return 0;
}

/* They were sent before the frame: they are here, or never will be. */
static int
claim_fds(stk_channel *channel)
{
    unsigned vain = 0;

    while (channel->at.came.count < channel->total_fds) {
        if (stk_wait_hear(&channel->at, !channel->at.host) < 0)
            return -1;
        if (channel->at.host && ++vain > STK_WAIT_VAIN_MAX)
            return stk_wait_lie(&channel->at, "descriptors that did not come");
    }
    stk_bell_claim(&channel->at.came, channel->fds, channel->total_fds);
    channel->n_fds = channel->total_fds;
    return 0;
}

int
stk_channel_receive(stk_channel *channel, const unsigned char **data,
                    size_t *length, uint64_t deadline, stk_error *err)
{
    if (channel->at.fate != STK_FATE_OPEN)
        return stk_wait_report(&channel->at, err);
    if (channel->got == channel->total)
        forget_frame(channel);
    do {
        int r = stk_wait_for(&channel->at, RING_PIECE, deadline);

        if (r == 0)
            return STK_CHANNEL_INTERRUPTED;
        if (r < 0 || take_piece(channel) < 0)
            return stk_wait_report(&channel->at, err);
    } while (channel->got < channel->total);
    if (claim_fds(channel) < 0)
        return stk_wait_report(&channel->at, err);
    channel->received++;
    channel->at.since = 0;
    *data = channel->frame;
    *length = channel->total;
    return 0;
}

bool
stk_channel_has(stk_channel *channel)
{
    return channel->at.fate != STK_FATE_OPEN ||
           stk_wait_look(&channel->at, RING_PIECE) != 0;
}

unsigned
stk_channel_steal_fds(stk_channel *channel, int fds[STK_CHANNEL_FDS_MAX])
{
    unsigned n = channel->n_fds;

    memcpy(fds, channel->fds, n * sizeof *fds);
    channel->n_fds = 0;
    return n;
}

bool
stk_channel_arm(stk_channel *channel)
{
    if (stk_channel_has(channel))
        return true;
    /* else the loop would find the socket readable at once, and for ever */
    if (stk_wait_drain(&channel->at) != 0)
        return true;
    stk_ring_doze(&channel->at.ring, RING_PIECE);
    channel->at.stale = true;
    if (stk_wait_look(&channel->at, RING_PIECE) == 0)
        return false;
    stk_ring_rise(&channel->at.ring);
    return true;
}

/* ---- life -------------------------------------------------------------- */

/* A daemon closes all descriptors that it does not know, and ours may then
 * be the number of another file. */
static bool
has_socket(const stk_channel *channel)
{
    struct stat st;

    return fstat(channel->at.socket, &st) == 0 &&
           st.st_dev == channel->device && st.st_ino == channel->inode;
}

void
stk_channel_free(stk_channel *channel)
{
    if (!channel)
        return;
    stk_bell_close(channel->fds, channel->n_fds);
    stk_bell_close(channel->at.came.fds, channel->at.came.count);
    stk_ring_clear(&channel->at.ring);
    if (has_socket(channel))
        close(channel->at.socket);
    free(channel->frame);
    free(channel);
}

void
stk_channel_freep(stk_channel **channel)
{
    stk_channel_free(*channel);
    *channel = NULL;
}

static stk_channel *
make_channel(const stk_channel_options *options, bool host, int socket,
             stk_error *err)
{
    stk_channel *channel = calloc(1, sizeof *channel);
    struct stat st;

    if (!channel) {
        stk_error_memory(err);
        return NULL;
    }
    if (fstat(socket, &st) == 0) {
        channel->device = st.st_dev;
        channel->inode = st.st_ino;
    }
    channel->options = *options;
    channel->at.host = host;
    channel->at.socket = socket;
    channel->at.pidfd = -1;
    channel->at.spin = options->spin;
    channel->at.fresh = STK_WAIT_FRESH;
    stk_channel_expect_fds(channel, options->fds);
    return channel;
}

int
stk_channel_new(stk_channel **channel, const stk_channel_options *options,
                int *peer_socket, int *peer_memory, stk_error *err)
{
    STK_CLEANUP(stk_channel_freep) stk_channel *made = NULL;
    STK_CLEANUP(stk_closep) int theirs = -1;
    const struct timeval tick = { 0, STK_WAIT_TICK_NS / 1000 };
    int pair[2], r;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "socketpair");
    theirs = pair[1];
    made = make_channel(options, true, pair[0], err);
    if (!made) {
        close(pair[0]);
        return -STK_E_MEMORY;
    }
    if (setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "setsockopt");
    r = stk_ring_new(&made->at.ring, options->slot, peer_memory, err);
    if (r < 0)
        return r;
    *peer_socket = theirs;
    theirs = -1;
    *channel = STK_STEAL(made);
    return 0;
}

int
stk_channel_attach(stk_channel **channel, const stk_channel_options *options,
                   int socket, int memory, stk_error *err)
{
    STK_CLEANUP(stk_channel_freep) stk_channel *made = NULL;
    int r;

    made = make_channel(options, false, socket, err);
    if (!made) {
        close(socket);
        return -STK_E_MEMORY;
    }
    r = stk_ring_attach(&made->at.ring, options->slot, memory, err);
    if (r < 0)
        return r;
    *channel = STK_STEAL(made);
    return 0;
}

void
stk_channel_expect_fds(stk_channel *channel, unsigned fds)
{
    channel->options.fds =
        fds < STK_CHANNEL_FDS_MAX ? fds : STK_CHANNEL_FDS_MAX;
    channel->at.came.maximum = channel->options.fds;
}

int
stk_channel_fd(const stk_channel *channel)
{
    return channel->at.socket;
}

void
stk_channel_watch(stk_channel *channel, int pidfd)
{
    channel->at.pidfd = pidfd;
}

enum stk_channel_fate
stk_channel_fate(const stk_channel *channel)
{
    return channel->at.fate;
}

void
stk_channel_stats_get(const stk_channel *channel, stk_channel_stats *stats)
{
    *stats = (stk_channel_stats){
        .sent = channel->sent,
        .received = channel->received,
        .slept = channel->at.slept,
        .rang = channel->at.rang,
        .joined = channel->at.n_joined,
    };
}
