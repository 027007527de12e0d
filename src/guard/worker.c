/* SPDX-License-Identifier: Apache-2.0 */
/* One worker: whether it lives, and why it does not. */
#include "guard/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/worker_parts.h"
#include "sandbox/spawn.h"

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static stk_worker *all;

/* ---- all of them ----------------------------------------------------- */

/* How many forks of the process that was the host this one is away from it:
 * getpid() asks the kernel, some times a call. */
static _Atomic unsigned forks;

static void
renew_locks(void)
{
    atomic_fetch_add(&forks, 1);
    pthread_mutex_init(&list_lock, NULL);
    for (stk_worker *w = all; w; w = w->next) {
        pthread_mutex_init(&w->small, NULL);
        pthread_cond_init(&w->returned, NULL); /* nobody waits here */
    }
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

/* ---- one of them ----------------------------------------------------- */

stk_worker *
stk_worker_make(const stk_profile *profile, const char *package)
{
    stk_worker *w;

    pthread_once(&once, watch_forks);
    w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->forks = atomic_load(&forks);
    w->profile = *profile;
    w->pidfd = -1;
    w->package = stk_text_dup(package);
    pthread_mutex_init(&w->lock, NULL);
    pthread_mutex_init(&w->small, NULL);
    pthread_cond_init(&w->returned, NULL);
    if (!w->package) {
        stk_worker_free(w);
        return NULL;
    }
    link_worker(w);
    return w;
}

/* `pidfd` is taken. */
static void
end_pidfd(uint64_t pidfd)
{
    stk_spawn_kill((int)pidfd);
    close((int)pidfd);
}

/* Whoever frees one mostly begins the next one now, and would wait for the
 * kernel to take this one apart. It can neither hear nor say anything. */
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
    if (!w)
        return;
    unlink_worker(w);
    end_soon(w);
    stk_oversight_free(w->oversight);
    stk_channel_free(w->channel);
    stk_closep(&w->pidfd);
    free(w->package);
    stk_preloaded_free(w->preloaded);
    free(w->releases);
    pthread_cond_destroy(&w->returned);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&w->small);
    free(w);
}

const stk_profile *
stk_worker_profile(const stk_worker *w)
{
    return &w->profile;
}

const stk_preloaded *
stk_worker_preloaded(const stk_worker *w)
{
    return w->preloaded;
}

/* ---- dead or alive --------------------------------------------------- */

bool
stk_worker_is_host(const stk_worker *w)
{
    return atomic_load(&forks) == w->forks;
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
end_process(const stk_worker *w)
{
    if (w->pidfd >= 0 && stk_worker_is_host(w))
        stk_spawn_kill(w->pidfd);
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

/* ---- what it did ----------------------------------------------------- */

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

/* ---- who watches it -------------------------------------------------- */

int
stk_worker_watch(stk_worker *w, stk_guard *guard, int listener, stk_error *err)
{
    stk_overseen who = { guard, w->package, w->profile.name };
    int result;

    /* after stk_worker_close_all() nobody writes into the guard's log */
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

void
stk_worker_explain(stk_worker *w, stk_error *err)
{
    pthread_mutex_lock(&list_lock); /* stk_worker_close_all() */
    stk_oversight_explain(w->oversight, err);
    pthread_mutex_unlock(&list_lock);
}

char *
stk_worker_take_denials(stk_worker *w)
{
    char *text;

    pthread_mutex_lock(&list_lock); /* stk_worker_close_all() */
    text = stk_oversight_take(w->oversight);
    pthread_mutex_unlock(&list_lock);
    return text;
}

void
stk_worker_close_all(const char *why)
{
    pthread_mutex_lock(&list_lock);
    for (stk_worker *w = all; w; w = w->next) {
        stk_worker_close(w, why);
        if (stk_worker_is_host(w)) {
            stk_oversight_free(w->oversight);
            w->oversight = NULL;
        }
    }
    pthread_mutex_unlock(&list_lock);
}
