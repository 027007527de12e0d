/* SPDX-License-Identifier: Apache-2.0 */
/* Looking, napping, then sleeping, until the peer is as far, or it is the
 * end. */
#include "wire/wait.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/clock.h"

/* After this many looks in vain we do not look any more... */
#define SPIN_FAILS 3u
/* ... but try again after some waits, and after more each time in vain: two
 * that begin to talk are not to sleep for long. */
#define SPIN_PROBE_FIRST 4u
#define SPIN_PROBE_MOST  64u

/* A signal that came just before we slept, or to another thread, woke nobody:
 * after this many looks at the clock it is as if one came. */
#define SLEEP_TICKS 40u

/* Beside 1, 0 and -1: it takes longer than a nap. */
#define TOO_LONG 2

/* ---- how it ends ------------------------------------------------------- */

int
stk_wait_report(const stk_waiter *at, stk_error *err)
{
    const char *peer = at->host ? "worker" : "host";

    switch (at->fate) {
    case STK_FATE_DEAD:
        stk_error_set(err, STK_E_IO, "the %s is gone", peer);
        break;
    case STK_FATE_SILENT:
        stk_error_set(err, STK_E_IO, "the %s did not answer in time", peer);
        break;
    case STK_FATE_LIED:
        return stk_error_set(err, STK_E_INVALID, "the %s broke the rules: %s",
                             peer, at->lied);
    default:
        return stk_error_set_errno(err, STK_E_IO, at->sys_errno,
                                   "the channel to the %s", peer);
    }
    if (err)
        err->sys_errno = at->fate == STK_FATE_DEAD ? EPIPE : ETIMEDOUT;
    return -STK_E_IO;
}

int
stk_wait_end(stk_waiter *at, enum stk_channel_fate fate, const char *lied)
{
    at->fate = fate;
    at->sys_errno = errno;
    at->lied = lied;
    return -1;
}

int
stk_wait_lie(stk_waiter *at, const char *how)
{
    return stk_wait_end(at, STK_FATE_LIED, how);
}

/* ---- waiting ----------------------------------------------------------- */

int
stk_wait_look(stk_waiter *at, int what)
{
    int r = stk_ring_look(&at->ring, what);

    return r < 0 ? stk_wait_lie(at, "a counter that cannot be") : r;
}

/*
 * Looking is worth it while the peer runs on another CPU. On ours it cannot
 * run while we look, and each call would cost the whole spin; the hint may
 * lie, and a peer may be busy for long: then the last looks were in vain.
 */
static unsigned
measure_spin(stk_waiter *at, bool apart)
{
    if (!apart)
        return 0;
    if (at->spin_failed < SPIN_FAILS)
        return at->spin;
    if (++at->spin_waits < at->spin_probe)
        return 0;
    at->spin_waits = 0;
    if (at->spin_probe < SPIN_PROBE_MOST)
        at->spin_probe *= 2;
    return at->spin;
}

static void
learn_spin(stk_waiter *at, bool found)
{
    at->spin_failed = found ? 0 : at->spin_failed + 1;
    if (at->spin_failed <= SPIN_FAILS) {
        at->spin_waits = 0;
        at->spin_probe = SPIN_PROBE_FIRST;
    }
}

/* What was learnt on one CPU, or before one of us was moved, says nothing. */
static bool
note_apart(stk_waiter *at, bool apart)
{
    if (apart && !at->apart)
        learn_spin(at, true);
    at->apart = apart;
    return apart;
}

static inline void
relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

static int
spin(stk_waiter *at, int what, bool apart)
{
    unsigned looks = measure_spin(at, note_apart(at, apart));
    int r = 0;

    if (at->fresh > 0) {
        at->fresh--;
        looks *= STK_WAIT_FRESH_SPIN;
    }
    for (unsigned i = 0; i < looks && r == 0; i++) {
        relax();
        r = stk_wait_look(at, what);
    }
    if (looks)
        learn_spin(at, r != 0);
    return r;
}

/* 0 what was heard was right or nothing, 1 a signal came, -1 the end. */
static int
settle(stk_waiter *at, enum stk_bell heard)
{
    switch (heard) {
    case STK_BELL_NONE:
    case STK_BELL_RANG:
        return 0;
    case STK_BELL_INTERRUPTED:
        return 1;
    case STK_BELL_DEAD:
        return stk_wait_end(at, STK_FATE_DEAD, NULL);
    case STK_BELL_LIED:
        return stk_wait_lie(at, "a packet of another kind");
    default:
        return stk_wait_end(at, STK_FATE_FAILED, NULL);
    }
}

int
stk_wait_hear(stk_waiter *at, bool wait)
{
    return settle(at, stk_bell_hear(at->socket, &at->came, wait));
}

/* 0 something is at the socket, 1 a signal came, -1 the end. */
static int
poll_host(stk_waiter *at, uint64_t left)
{
    struct pollfd fds[2] = { { at->socket, POLLIN, 0 },
                             { at->pidfd, POLLIN, 0 } };
    const struct timespec timeout = { (time_t)(left / 1000000000u),
                                      (long)(left % 1000000000u) };
    int n = ppoll(fds, 2, &timeout, NULL);

    if (n < 0)
        return errno == EINTR ? 1 : stk_wait_end(at, STK_FATE_FAILED, NULL);
    if (n == 0)
        return stk_wait_end(at, STK_FATE_SILENT, NULL);
    /* what it still said is in the socket, if anything is */
    if (!fds[0].revents && fds[1].revents)
        return stk_wait_end(at, STK_FATE_DEAD, NULL);
    return 0;
}

/* Its process, or its end of the socket. */
static bool
is_gone(const stk_waiter *at)
{
    struct pollfd fds[2] = { { at->socket, 0, 0 }, { at->pidfd, POLLIN, 0 } };

    return poll(fds, 2, 0) > 0;
}

/*
 * While the deadline is far away, one call: the socket's own timeout brings
 * us back to look at the clock and at the pidfd.
 */
static int
sleep_host(stk_waiter *at, uint64_t deadline)
{
    uint64_t now = stk_clock_monotonic_ns();
    enum stk_bell heard;
    int r;

    for (unsigned ticks = 0;
         deadline > now && deadline - now > 2 * STK_WAIT_TICK_NS;
         now = stk_clock_monotonic_ns()) {
        if (ticks++ == SLEEP_TICKS)
            return 1;
        heard = stk_bell_hear(at->socket, &at->came, true);
        if ((heard == STK_BELL_NONE || heard == STK_BELL_INTERRUPTED) &&
            is_gone(at))
            return stk_wait_end(at, STK_FATE_DEAD, NULL);
        if (heard != STK_BELL_NONE)
            return settle(at, heard);
    }
    r = poll_host(at, deadline > now ? deadline - now : 0);
    return r ? r : stk_wait_hear(at, false);
}

/* A confined worker has no poll: it waits in recv, as long as it takes. */
static int
sleep_once(stk_waiter *at, uint64_t deadline)
{
    at->slept++;
    return at->host ? sleep_host(at, deadline) : stk_wait_hear(at, true);
}

/* Packets that are left over would each wake us for nothing. A peer may go
 * on sending while we read: no more than it could have queued. */
int
stk_wait_drain(stk_waiter *at)
{
    unsigned left = STK_WAIT_VAIN_MAX;
    enum stk_bell heard;

    at->stale = false;
    do
        heard = stk_bell_hear(at->socket, &at->came, false);
    while (heard == STK_BELL_RANG && --left > 0);
    if (heard == STK_BELL_LIED)
        return stk_wait_lie(at, "a packet of another kind");
    return heard == STK_BELL_DEAD;
}

/* The peer may have said its last word before the end was noticed. */
static int
look_again(stk_waiter *at, int what)
{
    enum stk_channel_fate fate = at->fate;

    if (fate != STK_FATE_DEAD && fate != STK_FATE_SILENT)
        return -1;
    if (stk_ring_look(&at->ring, what) != 1)
        return -1;
    at->fate = STK_FATE_OPEN;
    return 1;
}

/* A host's deadline may be too near for a nap, which has its own length. */
static bool
may_nap(const stk_waiter *at, uint64_t deadline)
{
    uint64_t now;

    if (!at->host)
        return true;
    now = stk_clock_monotonic_ns();
    return deadline > now && deadline - now > 2 * (uint64_t)STK_NAP_NS;
}

/* A timer of the host's may end every nap, and every sleep, before it is time
 * to look whether the peer is there still. */
static bool
may_go_on(const stk_waiter *at, enum stk_nap ended)
{
    return ended == STK_NAP_INTERRUPTED && !(at->host && is_gone(at));
}

/*
 * Half of what it costs to be woken is the socket: nobody sleeps there while
 * calls come one after the other. 1 it is there, 0 a signal came, -1 the end,
 * TOO_LONG.
 */
static int
nap(stk_waiter *at, int what, uint64_t deadline)
{
    enum stk_nap ended = STK_NAP_ENDED;
    int r = 0;

    /* a peer that wakes us puts off no deadline */
    for (unsigned heard = 0;
         r == 0 && ended == STK_NAP_ENDED && may_nap(at, deadline); heard++) {
        stk_ring_doze(&at->ring, what | RING_NAP);
        if (heard > STK_WAIT_VAIN_MAX)
            r = stk_wait_lie(at, "wakes for nothing");
        else if ((r = stk_wait_look(at, what)) == 0) {
            at->slept++;
            ended = stk_ring_nap(&at->ring, what);
            r = stk_wait_look(at, what);
        }
    }
    stk_ring_rise(&at->ring);
    /* who is woken may be elsewhere: its peer looks on, or does not */
    stk_ring_apart(&at->ring);
    return r == 0 && !may_go_on(at, ended) ? TOO_LONG : r;
}

static int
sleep_until(stk_waiter *at, int what, uint64_t deadline)
{
    unsigned heard = 0;
    int r, woken;

    if (at->stale && stk_wait_drain(at) < 0)
        return -1;
    for (;;) {
        stk_ring_doze(&at->ring, what);
        if ((r = stk_wait_look(at, what)))
            break;
        woken = sleep_once(at, deadline);
        heard += woken == 0;
        if ((r = woken < 0 ? look_again(at, what) : stk_wait_look(at, what)))
            break;
        if (woken > 0) /* r is 0 */
            break;
        if (heard > STK_WAIT_VAIN_MAX) {
            r = stk_wait_lie(at, "wakes for nothing");
            break;
        }
    }
    /* seen asleep, but what woke us was not its packet */
    if (stk_ring_rise(&at->ring) && heard == 0)
        at->stale = true;
    return r;
}

static int
wait_apart(stk_waiter *at, int what, uint64_t deadline, bool apart)
{
    bool fresh = at->fresh > 0;
    int r = spin(at, what, apart);
    bool late = r == 0 || fresh;

    if (r == 0)
        r = nap(at, what, deadline);
    if (r == TOO_LONG)
        r = sleep_until(at, what, deadline);
    if (late && at->host)
        at->answered = stk_clock_monotonic_ns();
    return r;
}

/* ---- where it runs ----------------------------------------------------- */

/* A host sees to it that looking is worth it. */
static bool
may_part(const stk_waiter *at)
{
    return at->host && at->pidfd >= 0 && at->spin > 0;
}

/*
 * One that is woken on our CPU often runs at once in our stead, so that its
 * answer is there before we look: the time is that of the waking, too. After
 * a pause it is woken on our CPU, wherever it slept.
 */
static void
choose_cpu(stk_waiter *at)
{
    bool apart = stk_ring_apart(&at->ring);

    at->joined = false;
    at->paused = at->since > STK_PART_PAUSE_NS;
    if (at->paused) {
        at->part.together = 0;
        at->joined = apart && stk_part_join(&at->part, at->pidfd);
    } else
        at->moved = stk_part_begin(&at->part, at->pidfd, apart);
    at->n_joined += at->joined;
    at->woke =
        apart && !at->paused && !at->part.trial ? 0 : stk_clock_monotonic_ns();
}

void
stk_wait_begin(stk_waiter *at, uint64_t deadline)
{
    bool known = at->deadline > 0 && deadline > at->deadline;
    uint64_t now;

    at->since = known ? deadline - at->deadline : 0;
    if (at->since > STK_PART_PAUSE_NS && at->answered) {
        now = stk_clock_monotonic_ns();
        at->since = now > at->answered ? now - at->answered : 0;
    }
    at->answered = 0;
    at->deadline = deadline;
}

static int
ring(stk_waiter *at)
{
    switch (stk_bell_ring(at->socket)) {
    case STK_BELL_RANG:
        return 0;
    case STK_BELL_DEAD:
        return stk_wait_end(at, STK_FATE_DEAD, NULL);
    default:
        return stk_wait_end(at, STK_FATE_FAILED, NULL);
    }
}

int
stk_wait_wake(stk_waiter *at, enum stk_ring_wake how)
{
    int r = 0;

    if (how == RING_WAKE_NOBODY)
        return 0;
    at->rang++;
    if (how == RING_WAKE_SOCKET)
        stk_part_refresh(&at->part);
    if (may_part(at))
        choose_cpu(at);
    if (how == RING_WAKE_NAP)
        stk_ring_end_nap(&at->ring);
    else
        r = ring(at);
    if (at->moved || at->joined)
        stk_part_settle(&at->part);
    return r;
}

/* What it takes after a pause says nothing of calls without one. */
static int
wait_paused(stk_waiter *at, int what, uint64_t deadline, int seen)
{
    bool apart = stk_ring_apart(&at->ring) && !at->joined;
    uint64_t began = at->woke;
    int r = seen;

    at->paused = false;
    at->woke = 0;
    if (r == 0)
        r = wait_apart(at, what, deadline, apart);
    if (r > 0)
        stk_part_resume(&at->part, stk_clock_monotonic_ns() - began);
    return r;
}

static int
wait_timed(stk_waiter *at, int what, uint64_t deadline, int seen)
{
    bool apart = stk_ring_apart(&at->ring) || at->moved;
    uint64_t began = at->woke;
    int r = seen;

    at->moved = false;
    at->woke = 0;
    if (apart && !at->part.trial) {
        at->part.together = 0;
        return r ? r : wait_apart(at, what, deadline, apart);
    }
    if (began == 0)
        began = stk_clock_monotonic_ns();
    if (r == 0)
        r = wait_apart(at, what, deadline, apart);
    if (r > 0)
        stk_part_end(&at->part, at->pidfd, apart,
                     stk_clock_monotonic_ns() - began);
    return r;
}

int
stk_wait_for(stk_waiter *at, int what, uint64_t deadline)
{
    int r = stk_wait_look(at, what);

    if (r < 0 || (r > 0 && at->woke == 0))
        return r;
    if (at->paused)
        return wait_paused(at, what, deadline, r);
    if (may_part(at))
        return wait_timed(at, what, deadline, r);
    return wait_apart(at, what, deadline, stk_ring_apart(&at->ring));
}
