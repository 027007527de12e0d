/* SPDX-License-Identifier: Apache-2.0 */
/* One worker, asked: under its lock, frame by frame. */
#include "guard/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "guard/ending.h"
#include "guard/overseer.h"
#include "guard/spares.h"
#include "guard/worker_parts.h"

#define RELEASES_MAX 4096u /* told at a time */
#define OWNER_NONE   0
#define INTERRUPTED  "it is at work for the call that this interrupts"

/* ---- the lock -------------------------------------------------------- */

pid_t
stk_worker_thread(void)
{
    static _Thread_local pid_t own;

    if (!own)
        own = (pid_t)syscall(SYS_gettid);
    return own;
}

static bool
is_lent_to_another(const stk_worker *w)
{
    pid_t to = atomic_load(&((stk_worker *)(uintptr_t)w)->lent_to);

    return to != OWNER_NONE && to != stk_worker_thread();
}

static void
own_lock(stk_worker *w, unsigned depth)
{
    atomic_store(&w->owner, stk_worker_thread());
    w->depth = depth;
}

static int
take_lock(stk_worker *w, uint64_t deadline)
{
    struct timespec until = { (time_t)(deadline / 1000000000u),
                              (long)(deadline % 1000000000u) };
    int result = pthread_mutex_clocklock(&w->lock, CLOCK_MONOTONIC, &until);

    if (result != 0)
        return result;
    while (result == 0 && is_lent_to_another(w))
        result = pthread_cond_clockwait(&w->returned, &w->lock,
                                        CLOCK_MONOTONIC, &until);
    if (result != 0)
        pthread_mutex_unlock(&w->lock);
    return result;
}

static bool
try_lock(stk_worker *w)
{
    if (!stk_worker_is_host(w) || pthread_mutex_trylock(&w->lock) != 0)
        return false;
    if (!is_lent_to_another(w))
        return true;
    pthread_mutex_unlock(&w->lock);
    return false;
}

bool
stk_worker_try_enter(stk_worker *w)
{
    if (atomic_load(&w->owner) == stk_worker_thread()) {
        w->depth++;
        return true;
    }
    if (!try_lock(w))
        return false;
    own_lock(w, 1);
    return true;
}

int
stk_worker_enter(stk_worker *w, uint64_t deadline, stk_error *err)
{
    if (stk_worker_try_enter(w))
        return 0;
    if (!stk_worker_is_host(w))
        return stk_worker_refuse(err, EPIPE, stk_worker_why(w));
    if (take_lock(w, deadline) != 0)
        return stk_worker_refuse(err, ETIMEDOUT,
                                 "other threads keep the worker busy");
    own_lock(w, 1);
    return 0;
}

void
stk_worker_leave(stk_worker *w)
{
    uint64_t zygote = w->zygote;

    if (--w->depth > 0)
        return;
    w->zygote = 0;
    atomic_store(&w->owner, OWNER_NONE);
    pthread_mutex_unlock(&w->lock);
    /* not while its first calls are made: they would compete */
    if (zygote)
        stk_overseer_later(stk_spares_refill, zygote);
}

bool
stk_worker_is_busy(const stk_worker *w)
{
    pid_t owner = atomic_load(&((stk_worker *)(uintptr_t)w)->owner);

    if (owner == OWNER_NONE)
        return is_lent_to_another(w);
    return owner != stk_worker_thread();
}

unsigned
stk_worker_lend(stk_worker *w, pid_t thread)
{
    unsigned depth = w->depth;

    atomic_store(&w->lent_to, thread);
    w->depth = 0;
    atomic_store(&w->owner, OWNER_NONE);
    pthread_mutex_unlock(&w->lock);
    return depth;
}

void
stk_worker_reclaim(stk_worker *w, unsigned depth)
{
    /* no deadline: what it is lent for has one, and we owe an answer */
    pthread_mutex_lock(&w->lock);
    atomic_store(&w->lent_to, OWNER_NONE);
    own_lock(w, depth);
    pthread_cond_broadcast(&w->returned);
}

bool
stk_worker_is_lent(const stk_worker *w)
{
    return atomic_load(&((stk_worker *)(uintptr_t)w)->lent_to) != OWNER_NONE;
}

/* ---- frames ---------------------------------------------------------- */

stk_value_bounds
stk_worker_bounds(const stk_worker *w)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;

    if (w->profile.reply < bounds.bytes)
        bounds.bytes = (size_t)w->profile.reply;
    bounds.memory = bounds.bytes * 4;
    return bounds;
}

void
stk_worker_begin(const stk_worker *w, stk_writer *writer)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;

    if (w->profile.calls & STK_CALLS_BUFFERS)
        bounds.buffers = STK_WRITER_FDS_MAX;
    stk_writer_begin(writer, STK_FRAME_HEAD, &bounds);
}

/* Of what it died by itself. */
static void
tell_ending(const stk_worker *w, stk_error *err)
{
    size_t length = strlen(err->message);
    stk_ending ending;

    if (err->code != STK_E_IO || err->sys_errno != EPIPE ||
        !stk_worker_is_alive(w))
        return;
    ending = stk_ending_read(w->pidfd);
    stk_ending_text(err->message + length, sizeof err->message - length,
                    &ending, &w->profile);
}

/* Why it was killed, where that was not for what `err` says. */
static int
fail(stk_worker *w, stk_error *err)
{
    tell_ending(w, err);
    stk_worker_explain(w, err);
    stk_worker_kill(w, err->message);
    snprintf(err->message, sizeof err->message, "%s", w->why);
    return -err->code;
}

static int
send_frame(stk_worker *w, stk_writer *writer, const stk_frame *frame,
           uint64_t deadline, stk_error *err)
{
    stk_frame_write(writer->data, frame);
    if (stk_channel_send_fds(w->channel, writer->data, writer->length,
                             writer->fds, writer->n_fds, deadline, err) < 0)
        return fail(w, err);
    return 0;
}

/* ---- handles that nobody holds --------------------------------------- */

void
stk_worker_release(stk_worker *w, uint64_t id)
{
    pthread_mutex_lock(&w->small);
    if (w->n_releases == w->room && !atomic_load(&w->dead)) {
        size_t room = w->room ? 2 * w->room : 64;
        uint64_t *more = realloc(w->releases, room * sizeof *more);

        /* without memory the worker keeps an object: no harm to the host */
        if (more) {
            w->releases = more;
            w->room = room;
        }
    }
    if (w->n_releases < w->room)
        w->releases[w->n_releases++] = id;
    pthread_mutex_unlock(&w->small);
}

static void
write_releases(stk_worker *w, stk_writer *writer)
{
    size_t n;

    pthread_mutex_lock(&w->small);
    n = w->n_releases < RELEASES_MAX ? w->n_releases : RELEASES_MAX;
    stk_writer_hold(writer, STK_VALUE_LIST, 2 * n);
    for (size_t i = 0; i < n; i++) {
        stk_writer_uint(writer, w->releases[--w->n_releases]);
        stk_writer_int(writer, 1);
    }
    pthread_mutex_unlock(&w->small);
}

static bool
has_releases(stk_worker *w)
{
    bool some;

    pthread_mutex_lock(&w->small);
    some = w->n_releases > 0;
    pthread_mutex_unlock(&w->small);
    return some;
}

static int
tell_some(stk_worker *w, uint64_t deadline, stk_error *err)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_frame frame;

    stk_worker_begin(w, &writer);
    write_releases(w, &writer);
    if (stk_writer_finish(&writer, err) < 0 ||
        stk_conversation_tell(&w->talk, &frame, STK_OP_RELEASE, err) < 0)
        return fail(w, err);
    return send_frame(w, &writer, &frame, deadline, err);
}

/* All of them: a worker that hands over more each time would fill the
 * memory. */
static int
tell_releases(stk_worker *w, uint64_t deadline, stk_error *err)
{
    int result = 0;

    while (result == 0 && has_releases(w))
        result = tell_some(w, deadline, err);
    return result;
}

/* ---- asking ---------------------------------------------------------- */

int
stk_worker_ask(stk_worker *w, enum stk_op op, stk_writer *writer,
               uint64_t deadline, stk_error *err)
{
    stk_frame frame;
    int result = stk_writer_finish(writer, err);

    if (result == 0)
        result = stk_worker_check(w, err);
    /* a handler of a signal, say, in the midst of a call: that goes on */
    if (result == 0 && stk_conversation_turn(&w->talk) != STK_SIDE_HOST)
        result = stk_error_set(err, STK_E_STATE, "%s", INTERRUPTED);
    if (result == 0)
        stk_channel_begin(w->channel, deadline);
    if (result == 0)
        result = tell_releases(w, deadline, err);
    if (result == 0)
        result = stk_conversation_ask(&w->talk, &frame, op, err);
    return result < 0 ? result : send_frame(w, writer, &frame, deadline, err);
}

int
stk_worker_answer(stk_worker *w, bool raised, stk_writer *writer,
                  uint64_t deadline, stk_error *err)
{
    stk_frame frame;
    int result = stk_writer_finish(writer, err);

    if (result == 0)
        result = stk_worker_check(w, err);
    if (result == 0)
        result = tell_releases(w, deadline, err);
    if (result == 0)
        result = stk_conversation_answer(&w->talk, &frame, raised, err);
    return result < 0 ? result : send_frame(w, writer, &frame, deadline, err);
}

int
stk_worker_hear(stk_worker *w, stk_worker_heard *out, uint64_t deadline,
                stk_error *err)
{
    const unsigned char *data;
    size_t length;
    int result = stk_worker_check(w, err);

    if (result == 0)
        result =
            stk_channel_receive(w->channel, &data, &length, deadline, err);
    if (result == STK_CHANNEL_INTERRUPTED)
        return result;
    if (result == 0)
        result = stk_frame_read(&out->frame, data, length, err);
    if (result == 0)
        result = stk_conversation_hear(&w->talk, &out->frame, err);
    if (result < 0)
        return fail(w, err);
    out->value = data + STK_FRAME_HEAD;
    out->length = length - STK_FRAME_HEAD;
    return 0;
}
