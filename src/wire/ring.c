/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that host and worker share: counters and slots. */
#include "wire/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PAGE     4096u
#define SLOT_MAX (1u << 20)

/* Of each side, the counters and behind them the slot: what is small is in
 * one page with them. */
static size_t
measure_side(size_t slot)
{
    return PAGE + slot;
}

static size_t
measure(size_t slot)
{
    return 2 * measure_side(slot);
}

static int
check_slot(size_t slot, stk_error *err)
{
    if (slot == 0 || slot % PAGE || slot > SLOT_MAX)
        return stk_error_set(err, STK_E_STATE, "a slot of %zu bytes", slot);
    return 0;
}

static int
map_memory(stk_ring *ring, size_t slot, int fd, bool host, stk_error *err)
{
    void *map =
        mmap(NULL, measure(slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    unsigned char *first = map, *second = first + measure_side(slot);

    if (map == MAP_FAILED)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "the shared memory: mmap");
    *ring = (stk_ring){
        .ours = (stk_ring_side *)(host ? first : second),
        .theirs = (stk_ring_side *)(host ? second : first),
        .slot = slot,
        .map = map,
        .mapped = measure(slot),
    };
    ring->out = (unsigned char *)(ring->ours + 1);
    ring->in = (unsigned char *)(ring->theirs + 1);
    return 0;
}

int
stk_ring_new(stk_ring *ring, size_t slot, int *fd, stk_error *err)
{
    STK_CLEANUP(stk_closep) int memory = -1;
    int r = check_slot(slot, err);

    if (r < 0)
        return r;
    memory = memfd_create("stockade", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0 || ftruncate(memory, (off_t)measure(slot)) < 0 ||
        fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
            0)
        return stk_error_set_errno(err, STK_E_IO, errno, "the shared memory");
    if ((r = map_memory(ring, slot, memory, true, err)) < 0)
        return r;
    *fd = memory;
    memory = -1;
    return 0;
}

int
stk_ring_attach(stk_ring *ring, size_t slot, int fd, stk_error *err)
{
    struct stat st;
    int r = check_slot(slot, err);

    if (r < 0)
        return r;
    if (fstat(fd, &st) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "the shared memory");
    if (st.st_size != (off_t)measure(slot))
        return stk_error_set(err, STK_E_STATE,
                             "the shared memory has another size");
    return map_memory(ring, slot, fd, false, err);
}

void
stk_ring_clear(stk_ring *ring)
{
    if (ring->map)
        munmap(ring->map, ring->mapped);
    memset(ring, 0, sizeof *ring);
}

int
stk_ring_look(const stk_ring *ring, int what)
{
    uint64_t counter, before;

    if (what == RING_PIECE) {
        before = ring->received;
        counter =
            atomic_load_explicit(&ring->theirs->sent, memory_order_acquire);
        return counter == before ? 0 : counter == before + 1 ? 1 : -1;
    }
    counter = atomic_load_explicit(&ring->theirs->taken, memory_order_acquire);
    return counter == ring->sent ? 1 : counter + 1 == ring->sent ? 0 : -1;
}

stk_ring_piece
stk_ring_peek(const stk_ring *ring)
{
    return (stk_ring_piece){
        atomic_load_explicit(&ring->theirs->total, memory_order_relaxed),
        atomic_load_explicit(&ring->theirs->fds, memory_order_relaxed),
    };
}

/* Whoever sleeps until `what` is woken once, by the one that ends it. */
static enum stk_ring_wake
must_wake(stk_ring *ring, int what)
{
    /* loads first: the line is theirs, and mostly they are awake */
    uint32_t asleep = atomic_load(&ring->theirs->asleep);

    if ((asleep & ~(uint32_t)RING_NAP) != (uint32_t)what ||
        !atomic_compare_exchange_strong(&ring->theirs->asleep, &asleep,
                                        RING_AWAKE))
        return RING_WAKE_NOBODY;
    return asleep & RING_NAP ? RING_WAKE_NAP : RING_WAKE_SOCKET;
}

enum stk_ring_wake
stk_ring_take(stk_ring *ring, void *to, size_t length)
{
    memcpy(to, ring->in, length);
    ring->received++;
    /* seq_cst against their store of `asleep`: one of us sees the other */
    atomic_store(&ring->ours->taken, ring->received);
    return must_wake(ring, RING_ROOM);
}

enum stk_ring_wake
stk_ring_put(stk_ring *ring, const stk_ring_piece *piece, const void *data,
             size_t length)
{
    memcpy(ring->out, data, length);
    atomic_store_explicit(&ring->ours->total, piece->total,
                          memory_order_relaxed);
    atomic_store_explicit(&ring->ours->fds, piece->fds, memory_order_relaxed);
    ring->sent++;
    atomic_store(&ring->ours->sent, ring->sent);
    return must_wake(ring, RING_PIECE);
}

void
stk_ring_doze(stk_ring *ring, int what)
{
    atomic_store(&ring->ours->asleep, (uint32_t)what);
}

enum stk_nap
stk_ring_nap(stk_ring *ring, int what)
{
    return stk_nap_take(&ring->ours->asleep, (uint32_t)(what | RING_NAP));
}

void
stk_ring_end_nap(stk_ring *ring)
{
    stk_nap_end(&ring->theirs->asleep);
}

bool
stk_ring_rise(stk_ring *ring)
{
    return atomic_exchange(&ring->ours->asleep, RING_AWAKE) == RING_AWAKE;
}

bool
stk_ring_apart(stk_ring *ring)
{
    uint32_t here = (uint32_t)(sched_getcpu() + 1);

    if (ring->cpu != here) {
        ring->cpu = here;
        atomic_store_explicit(&ring->ours->cpu, here, memory_order_relaxed);
    }
    return atomic_load_explicit(&ring->theirs->cpu, memory_order_relaxed) !=
           here;
}
