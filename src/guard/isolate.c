/* SPDX-License-Identifier: Apache-2.0 */
/* One worker, seen from the host: started, asked under a lock, killed. */
#include "guard/isolate.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/inforce.h"
#include "guard/overseer.h"
#include "guard/report.h"
#include "guard/spares.h"
#include "sandbox/lockdown.h"
#include "sandbox/spawn.h"
#include "wire/channel.h"
#include "wire/reader.h"

#define LOCKDOWN_MS  10000
#define WHY_MAX      512u
#define RELEASES_MAX 4096u /* told at a time */
#define OWNER_NONE   0
#define INTERRUPTED  "it is at work for the call that this interrupts"

struct stk_worker {
    _Atomic unsigned refs;
    pid_t host; /* a fork of it has no worker */
    stk_profile profile;
    char *package; /* owned */
    stk_sandbox_report report;
    int pidfd;            /* owned */
    uint64_t zygote;      /* to be told that it was taken; 0: it was */
    stk_channel *channel; /* owned */
    stk_conversation talk;

    pthread_mutex_t lock; /* over the channel and the conversation */
    _Atomic pid_t owner;  /* the thread that has it */
    unsigned depth;

    pthread_mutex_t small; /* over what is below; held for no call */
    _Atomic bool dead;     /* read by any thread; `why` stays from then on */
    char why[WHY_MAX];
    uint64_t *releases; /* owned; ids */
    size_t n_releases, room;

    /* under list_lock */
    stk_oversight *oversight;        /* owned */
    struct stk_worker *next, **back; /* in the list of all */
};

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static stk_worker *all;

/* ---- life ------------------------------------------------------------ */

static void
renew_locks(void)
{
    pthread_mutex_init(&list_lock, NULL);
    for (stk_worker *w = all; w; w = w->next)
        pthread_mutex_init(&w->small, NULL);
}

static void
watch_forks(void)
{
    pthread_atfork(NULL, NULL, renew_locks);
}

static void
link_worker(stk_worker *w)
{
    pthread_mutex_lock(&list_lock);
    w->next = all;
    w->back = &all;
    if (all)
        all->back = &w->next;
    all = w;
    pthread_mutex_unlock(&list_lock);
}

static void
unlink_worker(stk_worker *w)
{
    pthread_mutex_lock(&list_lock);
    if (w->back) {
        *w->back = w->next;
        if (w->next)
            w->next->back = w->back;
    }
    pthread_mutex_unlock(&list_lock);
}

stk_worker *
stk_worker_ref(stk_worker *w)
{
    atomic_fetch_add(&w->refs, 1);
    return w;
}

static bool
is_host(const stk_worker *w)
{
    return getpid() == w->host;
}

static void
end_process(const stk_worker *w)
{
    if (w->pidfd >= 0 && is_host(w))
        stk_spawn_kill(w->pidfd);
}

void
stk_worker_free(stk_worker *w)
{
    if (!w || atomic_fetch_sub(&w->refs, 1) != 1)
        return;
    unlink_worker(w);
    end_process(w);
    stk_oversight_free(w->oversight);
    stk_channel_free(w->channel);
    stk_closep(&w->pidfd);
    free(w->package);
    free(w->releases);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&w->small);
    free(w);
}

void
stk_worker_kill(stk_worker *w, const char *why)
{
    pthread_mutex_lock(&w->small);
    if (!atomic_load(&w->dead)) {
        snprintf(w->why, sizeof w->why, "%.*s", WHY_MAX - 1, why);
        atomic_store(&w->dead, true);
    }
    pthread_mutex_unlock(&w->small);
    end_process(w);
}

static bool
is_dead(const stk_worker *w)
{
    return atomic_load(&((stk_worker *)(uintptr_t)w)->dead);
}

bool
stk_worker_is_alive(const stk_worker *w)
{
    return !is_dead(w) && is_host(w);
}

const char *
stk_worker_why(const stk_worker *w)
{
    if (!is_host(w))
        return "it is the worker of the process that forked this one";
    return is_dead(w) ? w->why : "";
}

const stk_profile *
stk_worker_profile(const stk_worker *w)
{
    return &w->profile;
}

const char *
stk_worker_package(const stk_worker *w)
{
    return w->package;
}

const stk_sandbox_report *
stk_worker_report(const stk_worker *w)
{
    return &w->report;
}

char *
stk_worker_take_denials(stk_worker *w)
{
    char *text;

    pthread_mutex_lock(&list_lock); /* stk_isolate_stop() */
    text = stk_oversight_take(w->oversight);
    pthread_mutex_unlock(&list_lock);
    return text;
}

stk_usage
stk_worker_usage(const stk_worker *w)
{
    return stk_usage_read(w->pidfd);
}

/* ---- the lock -------------------------------------------------------- */

static pid_t
this_thread(void)
{
    static _Thread_local pid_t own;

    if (!own)
        own = (pid_t)syscall(SYS_gettid);
    return own;
}

/* Told in words: `number` is for callers. */
static int
refuse(stk_error *err, int number, const char *why)
{
    stk_error_set(err, STK_E_IO, "%s", why);
    if (err)
        err->sys_errno = number;
    return -STK_E_IO;
}

static int
take_lock(stk_worker *w, uint64_t deadline)
{
    struct timespec until = { (time_t)(deadline / 1000000000u),
                              (long)(deadline % 1000000000u) };

    if (pthread_mutex_trylock(&w->lock) == 0)
        return 0;
    return pthread_mutex_clocklock(&w->lock, CLOCK_MONOTONIC, &until);
}

int
stk_worker_enter(stk_worker *w, uint64_t deadline, stk_error *err)
{
    if (atomic_load(&w->owner) == this_thread()) {
        w->depth++;
        return 0;
    }
    if (!is_host(w))
        return refuse(err, EPIPE, stk_worker_why(w));
    if (take_lock(w, deadline) != 0)
        return refuse(err, ETIMEDOUT, "other threads keep the worker busy");
    atomic_store(&w->owner, this_thread());
    w->depth = 1;
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
    /* not before its first call is done: they would compete */
    if (zygote)
        stk_spares_refill(zygote);
}

bool
stk_worker_is_busy(const stk_worker *w)
{
    pid_t owner = atomic_load(&((stk_worker *)(uintptr_t)w)->owner);

    return owner != OWNER_NONE && owner != this_thread();
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

/* Why it was killed, where that was not for what `err` says. */
static int
fail(stk_worker *w, stk_error *err)
{
    pthread_mutex_lock(&list_lock); /* stk_isolate_stop() */
    stk_oversight_explain(w->oversight, err);
    pthread_mutex_unlock(&list_lock);
    stk_worker_kill(w, err->message);
    snprintf(err->message, sizeof err->message, "%s", w->why);
    return -err->code;
}

static int
check_alive(stk_worker *w, stk_error *err)
{
    return stk_worker_is_alive(w) ? 0 : refuse(err, EPIPE, stk_worker_why(w));
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
    if (w->n_releases == w->room && !is_dead(w)) {
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

static int
tell_releases(stk_worker *w, uint64_t deadline, stk_error *err)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_frame frame;
    bool none;

    pthread_mutex_lock(&w->small);
    none = w->n_releases == 0;
    pthread_mutex_unlock(&w->small);
    if (none)
        return 0;
    stk_worker_begin(w, &writer);
    write_releases(w, &writer);
    if (stk_writer_finish(&writer, err) < 0 ||
        stk_conversation_tell(&w->talk, &frame, STK_OP_RELEASE, err) < 0)
        return fail(w, err);
    return send_frame(w, &writer, &frame, deadline, err);
}

/* ---- asking ---------------------------------------------------------- */

int
stk_worker_ask(stk_worker *w, enum stk_op op, stk_writer *writer,
               uint64_t deadline, stk_error *err)
{
    stk_frame frame;
    int result = stk_writer_finish(writer, err);

    if (result == 0)
        result = check_alive(w, err);
    /* a handler of a signal, say, in the midst of a call: that goes on */
    if (result == 0 && stk_conversation_turn(&w->talk) != STK_SIDE_HOST)
        result = stk_error_set(err, STK_E_STATE, "%s", INTERRUPTED);
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
        result = check_alive(w, err);
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
    int result = check_alive(w, err);

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

/* ---- starting -------------------------------------------------------- */

/* It was written before any untrusted byte was there. */
static int
await_report(stk_worker *w, uint64_t deadline, stk_error *err)
{
    stk_value_bounds bounds = stk_worker_bounds(w);
    stk_worker_heard heard;
    stk_reader reader;
    int result;

    do
        result = stk_worker_hear(w, &heard, deadline, err);
    while (result == STK_CHANNEL_INTERRUPTED);
    if (result < 0)
        return result;
    stk_reader_init(&reader, heard.value, heard.length, &bounds);
    return stk_inforce_read(&w->report, &reader,
                            heard.frame.kind == STK_FRAME_RAISED, err);
}

/* Its last words, where it could not lock itself down. */
static int
explain_failure(stk_worker *w, stk_error *err)
{
    stk_error told = STK_ERROR_INIT;
    uint64_t soon = stk_clock_monotonic_ns() + UINT64_C(1000000000);

    if (await_report(w, soon, &told) < 0 && told.code == STK_E_UNSUPPORTED)
        *err = told;
    return -err->code;
}

/* `listener` is taken. Under the lock that stk_isolate_stop() has: after it
 * nobody writes into the guard's log. */
static int
watch(stk_worker *w, stk_guard *guard, int listener, stk_error *err)
{
    stk_overseen who = { guard, w->package, w->profile.name };
    int result;

    pthread_mutex_lock(&list_lock);
    result = check_alive(w, err);
    if (result < 0)
        close(listener);
    else
        result = stk_overseer_watch(&w->oversight, &who, listener, w->pidfd,
                                    w->profile.denials, err);
    pthread_mutex_unlock(&list_lock);
    return result;
}

/* It was asked to when it was ordered, and may have done so long ago. */
static int
confine(stk_worker *w, stk_guard *guard, stk_error *err)
{
    uint64_t deadline =
        stk_clock_monotonic_ns() + LOCKDOWN_MS * UINT64_C(1000000);
    int listener = -1, result = 0;

    if (stk_lockdown_receive(&listener, stk_channel_fd(w->channel),
                             LOCKDOWN_MS, err) < 0)
        return explain_failure(w, err);
    if (listener >= 0)
        result = watch(w, guard, listener, err);
    return result < 0 ? result : await_report(w, deadline, err);
}

static int
start(stk_worker *w, stk_guard *guard, stk_error *err)
{
    stk_standby ready;
    int result = stk_spares_take(&ready, &w->zygote, &w->profile, err);

    if (result < 0)
        return result;
    w->channel = ready.channel;
    w->talk = ready.talk;
    w->pidfd = ready.pidfd;
    return confine(w, guard, err);
}

/* Whatever this machine lacks is written down before any code runs. */
static int
record_start(const stk_worker *w, stk_guard *guard, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *layers = stk_inforce_text(&w->report);

    if (!layers)
        return stk_error_memory(err);
    return stk_report_worker(
        guard, &(stk_report_started){ w->package, w->profile.name, layers },
        err);
}

static stk_worker *
make_worker(const stk_profile *profile, const char *package)
{
    stk_worker *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    w->refs = 1;
    w->host = getpid();
    w->profile = *profile;
    w->pidfd = -1;
    w->package = stk_text_dup(package);
    pthread_mutex_init(&w->lock, NULL);
    pthread_mutex_init(&w->small, NULL);
    if (!w->package) {
        stk_worker_free(w);
        return NULL;
    }
    return w;
}

int
stk_worker_new(stk_worker **out, stk_guard *guard, const stk_profile *profile,
               const char *package, stk_error *err)
{
    stk_worker *w = make_worker(profile, package);
    int result;

    if (!w)
        return stk_error_memory(err);
    pthread_once(&once, watch_forks);
    link_worker(w);
    result = start(w, guard, err);
    if (result == 0)
        result = record_start(w, guard, err);
    if (result < 0) {
        stk_worker_free(w);
        return result;
    }
    *out = w;
    return 0;
}

/* ---- the end --------------------------------------------------------- */

void
stk_isolate_stop(void)
{
    pthread_mutex_lock(&list_lock);
    for (stk_worker *w = all; w; w = w->next) {
        stk_worker_kill(w, "the guard is closed");
        if (is_host(w)) {
            stk_oversight_free(w->oversight);
            w->oversight = NULL;
        }
    }
    pthread_mutex_unlock(&list_lock);
    stk_overseer_stop();
    stk_spares_stop();
}
