/* SPDX-License-Identifier: Apache-2.0 */
/* One worker, seen from the host: its life. */
#include "guard/isolate.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/inforce.h"
#include "guard/report.h"
#include "guard/spares.h"
#include "guard/worker.h"
#include "policy/preload.h"
#include "sandbox/lockdown.h"
#include "sandbox/spawn.h"
#include "wire/reader.h"

#define LOCKDOWN_MS 10000

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static stk_worker *all;

/* ---- life ------------------------------------------------------------ */

/* How many forks of the process that was the host this one is away from it:
 * getpid() asks the kernel, some times a call. */
static _Atomic unsigned forks;

static void
renew_locks(void)
{
    atomic_fetch_add(&forks, 1);
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

bool
stk_worker_is_host(const stk_worker *w)
{
    return atomic_load(&forks) == w->forks;
}

static void
end_process(const stk_worker *w)
{
    if (w->pidfd >= 0 && stk_worker_is_host(w))
        stk_spawn_kill(w->pidfd);
}

/* `pidfd` is taken. */
static void
end_pidfd(uint64_t pidfd)
{
    stk_spawn_kill((int)pidfd);
    close((int)pidfd);
}

/* Whoever has the last one mostly begins the next one now, and would wait for
 * the kernel to take this one apart. It can neither hear nor say anything. */
static void
end_soon(stk_worker *w)
{
    int pidfd = w->pidfd;

    if (pidfd < 0 || !stk_worker_is_alive(w))
        return;
    w->pidfd = -1;
    stk_overseer_later(end_pidfd, (uint64_t)pidfd);
}

void
stk_worker_free(stk_worker *w)
{
    if (!w || atomic_fetch_sub(&w->refs, 1) != 1)
        return;
    unlink_worker(w);
    end_soon(w);
    stk_oversight_free(w->oversight);
    stk_channel_free(w->channel);
    stk_closep(&w->pidfd);
    free(w->package);
    stk_preloaded_free(w->preloaded);
    free(w->releases);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&w->small);
    free(w);
}

static bool
is_dead(const stk_worker *w)
{
    return atomic_load(&((stk_worker *)(uintptr_t)w)->dead);
}

bool
stk_worker_is_alive(const stk_worker *w)
{
    return !is_dead(w) && stk_worker_is_host(w);
}

static void
end_for(stk_worker *w, const char *why, bool closed)
{
    stk_usage taken = { 0, 0 };
    pid_t pid = 0; /* any thread may be here: `w->pid` is another's */

    /* afterwards the kernel has forgotten it */
    if (stk_worker_is_alive(w) && w->pidfd >= 0)
        taken = stk_usage_read(w->pidfd, &pid);
    pthread_mutex_lock(&w->small);
    if (!atomic_load(&w->dead)) {
        w->taken = taken;
        snprintf(w->why, sizeof w->why, "%.*s", STK_WORKER_WHY_MAX - 1, why);
        w->closed = closed;
        atomic_store(&w->dead, true);
    }
    pthread_mutex_unlock(&w->small);
    end_process(w);
}

void
stk_worker_kill(stk_worker *w, const char *why)
{
    end_for(w, why, false);
}

void
stk_worker_close(stk_worker *w, const char *why)
{
    end_for(w, why, true);
}

bool
stk_worker_has_ended(const stk_worker *w)
{
    return stk_worker_is_host(w) && is_dead(w);
}

bool
stk_worker_was_closed(const stk_worker *w)
{
    return is_dead(w) && w->closed;
}

const char *
stk_worker_why(const stk_worker *w)
{
    if (!stk_worker_is_host(w))
        return "it is the worker of the process that forked this one";
    return is_dead(w) ? w->why : "";
}

int
stk_worker_refuse(stk_error *err, int number, const char *why)
{
    stk_error_set(err, STK_E_IO, "%s", why);
    if (err)
        err->sys_errno = number;
    return -STK_E_IO;
}

int
stk_worker_check(const stk_worker *w, stk_error *err)
{
    return stk_worker_is_alive(w)
               ? 0
               : stk_worker_refuse(err, EPIPE, stk_worker_why(w));
}

void
stk_worker_explain(stk_worker *w, stk_error *err)
{
    pthread_mutex_lock(&list_lock); /* stk_isolate_stop() */
    stk_oversight_explain(w->oversight, err);
    pthread_mutex_unlock(&list_lock);
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

const stk_preloaded *
stk_worker_preloaded(const stk_worker *w)
{
    return w->preloaded;
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
stk_worker_usage(stk_worker *w)
{
    pid_t pid = w->pid;
    stk_usage usage;

    if (is_dead(w))
        return w->taken;
    usage = stk_usage_read(w->pidfd, &pid);
    w->pid = pid;
    return usage;
}

uint64_t
stk_worker_cpu(stk_worker *w)
{
    pid_t pid = w->pid;
    uint64_t cpu_ns;

    if (is_dead(w))
        return w->taken.cpu_ns;
    cpu_ns = stk_usage_cpu(w->pidfd, &pid);
    w->pid = pid;
    return cpu_ns;
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
    result = stk_worker_check(w, err);
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

/* Its report was heard already. */
static int
adopt(stk_worker *w, stk_guard *guard, const stk_standby *ready,
      stk_error *err)
{
    w->report = ready->report;
    return ready->listener < 0 ? 0 : watch(w, guard, ready->listener, err);
}

/* By the policy in force: what is kept ready may be an older one's. */
static int
check_preload(const stk_worker *w, stk_guard *guard, stk_error *err)
{
    stk_policy *policy = stk_guard_policy(guard);
    int result = stk_policy_preloads(policy, &w->profile, err);

    stk_policy_free(policy);
    return result;
}

static int
start(stk_worker *w, stk_guard *guard, const stk_preloader *preloader,
      stk_error *err)
{
    stk_standby ready;
    int result = check_preload(w, guard, err);

    if (result == 0)
        result = stk_spares_take(&ready, &w->zygote, &w->preloaded,
                                 &w->profile, preloader, err);
    if (result < 0)
        return result;
    w->channel = ready.channel;
    w->talk = ready.talk;
    w->pidfd = ready.pidfd;
    return ready.heard ? adopt(w, guard, &ready, err) : confine(w, guard, err);
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
    w->forks = atomic_load(&forks);
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
               const stk_preloader *preloader, const char *package,
               stk_error *err)
{
    stk_worker *w;
    int result;

    pthread_once(&once, watch_forks);
    w = make_worker(profile, package);
    if (!w)
        return stk_error_memory(err);
    link_worker(w);
    result = start(w, guard, preloader, err);
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
        stk_worker_close(w, "the guard is closed");
        if (stk_worker_is_host(w)) {
            stk_oversight_free(w->oversight);
            w->oversight = NULL;
        }
    }
    pthread_mutex_unlock(&list_lock);
    stk_overseer_stop();
    stk_spares_stop();
}
