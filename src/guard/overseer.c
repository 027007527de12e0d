/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that answers denied system calls of all workers. */
#include "guard/overseer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/report.h"
#include "sandbox/syscalls.h"

#define TOLD_MAX  (64u << 10)
#define LATER_MAX 16u
#define LATER_NS  2000000

struct stk_oversight {
    stk_supervisor *supervisor; /* owned; NULL once it is gone */
    int epoll;                  /* of the thread that watches it */
    stk_guard *guard;
    char *package, *profile; /* owned */
    uint32_t quota;
    stk_buffer told; /* denied calls, a line each; under the lock */
    bool killed;     /* for one more than the quota; under the lock */
};

/* Held while the thread looks at any of them: what is freed under it is not
 * looked at any more. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Owned, all of it. The one that is stopped is nobody's but the stopper's:
 * who watches meanwhile starts another. */
typedef struct overseer {
    pthread_t thread;
    bool running;
    int epoll, timer, stopper[2];
    dev_t device; /* which file the stopper is */
    ino_t inode;
} overseer;

#define NO_OVERSEER                                                           \
    (overseer)                                                                \
    {                                                                         \
        .epoll = -1, .timer = -1, .stopper = { -1, -1 }                       \
    }

static overseer now = { .epoll = -1, .timer = -1, .stopper = { -1, -1 } };

/* A daemon closes all descriptors that it does not know, and ours may then
 * be the numbers of other files; the thread hears nothing any more. Of the
 * four the pipe is one of its kind. */
static bool
has_descriptors(const overseer *at)
{
    struct stat st;

    for (unsigned i = 0; i < 2; i++)
        if (fstat(at->stopper[i], &st) < 0 || st.st_dev != at->device ||
            st.st_ino != at->inode)
            return false;
    return true;
}

static bool
is_running(const overseer *at)
{
    return at->running && has_descriptors(at);
}

typedef struct errand {
    stk_overseer_job job;
    uint64_t with;
} errand;

/* Under the lock. */
static errand later[LATER_MAX];
static unsigned n_later;

/* ---- denials --------------------------------------------------------- */

static void
record(stk_oversight *at, const stk_denial *denial)
{
    stk_error err = STK_ERROR_INIT;
    char groups[STK_GROUPS_TEXT];

    stk_syscalls_text(groups, sizeof groups, denial->groups);
    at->killed |= denial->killed;
    if (at->told.length < TOLD_MAX - sizeof denial->text)
        stk_buffer_printf(&at->told, "%s\n", denial->text);
    /* it was refused already: a record that is lost is counted as lost */
    stk_report_denial(
        at->guard,
        &(stk_report_denied){ denial->text, at->package, at->profile,
                              groups[0] ? groups : NULL, denial->killed },
        &err);
}

/* By hand: a fork of ours may have it open, and then it stays in there. */
static void
drop_supervisor(stk_oversight *at)
{
    if (!at->supervisor)
        return;
    epoll_ctl(at->epoll, EPOLL_CTL_DEL, stk_supervisor_fd(at->supervisor),
              NULL);
    stk_supervisor_free(at->supervisor);
    at->supervisor = NULL;
}

static void
take_denials(stk_oversight *at)
{
    stk_error err = STK_ERROR_INIT;
    stk_denial denial;
    int result;

    while (at->supervisor && (result = stk_supervisor_next(
                                  at->supervisor, &denial, &err)) != 0) {
        if (result > 0) {
            record(at, &denial);
            continue;
        }
        drop_supervisor(at);
    }
}

/* ---- what is done later ---------------------------------------------- */

/* Pointers are even. */
static uint64_t
timer_mark(int timer)
{
    return (uint64_t)(unsigned)timer << 1 | 1;
}

static bool
is_timer(const struct epoll_event *event)
{
    return event->data.u64 & 1;
}

static int
arm_timer(void)
{
    const struct itimerspec when = { .it_value = { 0, LATER_NS } };

    return timerfd_settime(now.timer, 0, &when, NULL);
}

void
stk_overseer_later(stk_overseer_job job, uint64_t with)
{
    bool kept;

    pthread_mutex_lock(&lock);
    kept = n_later < LATER_MAX && is_running(&now) &&
           (n_later > 0 || arm_timer() == 0);
    if (kept) {
        later[n_later].job = job;
        later[n_later++].with = with;
    }
    pthread_mutex_unlock(&lock);
    if (!kept)
        job(with);
}

/* Those that there are: what one of them leaves for later is done later. */
static void
do_all_later(void)
{
    errand all[LATER_MAX];
    unsigned n;

    pthread_mutex_lock(&lock);
    n = n_later;
    memcpy(all, later, n * sizeof *all);
    n_later = 0;
    pthread_mutex_unlock(&lock);
    while (n-- > 0)
        all[n].job(all[n].with);
}

static void
take_timer(uint64_t mark)
{
    uint64_t expired;

    /* else it is not time yet */
    if (read((int)(mark >> 1), &expired, sizeof expired) > 0)
        do_all_later();
}

/* ---- the thread ------------------------------------------------------ */

static void *
oversee(void *own)
{
    struct epoll_event event;
    int epoll = (int)(intptr_t)own;

    for (;;) {
        int n = epoll_wait(epoll, &event, 1, -1);

        if (n < 0 && errno != EINTR)
            return NULL;
        if (n <= 0)
            continue;
        if (!event.data.ptr)
            return NULL; /* the stopper */
        pthread_mutex_lock(&lock);
        /* it may have been freed since: only what is still there comes up
         * again, so look anew under the lock */
        n = epoll_wait(epoll, &event, 1, 0);
        if (n > 0 && event.data.ptr && !is_timer(&event))
            take_denials(event.data.ptr);
        pthread_mutex_unlock(&lock);
        if (n > 0 && !event.data.ptr)
            return NULL;
        /* here alone: whoever looks twice must do what it saw second, or two
         * that are ready take turns for ever */
        if (n > 0 && is_timer(&event))
            take_timer(event.data.u64);
    }
}

static void
close_all(overseer *at)
{
    stk_closep(&at->epoll);
    stk_closep(&at->timer);
    stk_closep(&at->stopper[0]);
    stk_closep(&at->stopper[1]);
}

/* A fork has no such thread, and the workers are not its own. */
static void
forget_thread(void)
{
    pthread_mutex_init(&lock, NULL);
    n_later = 0;
    if (is_running(&now))
        close_all(&now);
    now = NO_OVERSEER;
}

static void
watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget_thread);
}

/* Signals are for the host's own threads. */
static int
create_thread(void)
{
    sigset_t all, before;
    int result;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_create(&now.thread, NULL, oversee,
                            (void *)(intptr_t)now.epoll);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

/* What it waits for beside the workers. */
static int
open_all(void)
{
    struct epoll_event stopper = { .events = EPOLLIN, .data.ptr = NULL };
    struct epoll_event timer = { .events = EPOLLIN };
    struct stat st;

    now.epoll = epoll_create1(EPOLL_CLOEXEC);
    now.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (now.epoll < 0 || now.timer < 0 || pipe2(now.stopper, O_CLOEXEC) < 0 ||
        fstat(now.stopper[0], &st) < 0)
        return -1;
    now.device = st.st_dev;
    now.inode = st.st_ino;
    timer.data.u64 = timer_mark(now.timer);
    if (epoll_ctl(now.epoll, EPOLL_CTL_ADD, now.timer, &timer) < 0)
        return -1;
    return epoll_ctl(now.epoll, EPOLL_CTL_ADD, now.stopper[0], &stopper);
}

/* It sleeps for as long as the process lives. What was to be done later is
 * about descriptors that were closed, too. Under the lock. */
static void
abandon(const overseer *lost)
{
    pthread_detach(lost->thread);
    n_later = 0;
}

static int
start_thread(stk_error *err)
{
    int result;

    if (is_running(&now))
        return 0;
    if (now.running)
        abandon(&now);
    now = NO_OVERSEER;
    pthread_once(&once, watch_forks);
    if (open_all() < 0) {
        result = stk_error_set_errno(err, STK_E_IO, errno, "epoll");
        close_all(&now);
        return result;
    }
    result = create_thread();
    if (result) {
        close_all(&now);
        return stk_error_set_errno(err, STK_E_IO, result, "a thread");
    }
    now.running = true;
    return 0;
}

void
stk_overseer_stop(void)
{
    overseer last;
    bool ours;

    pthread_mutex_lock(&lock);
    last = now;
    now = NO_OVERSEER;
    ours = is_running(&last);
    if (last.running && !ours)
        abandon(&last);
    pthread_mutex_unlock(&lock);
    if (!ours)
        return;
    stk_closep(&last.stopper[1]); /* the other end hangs up */
    pthread_join(last.thread, NULL);
    close_all(&last);
    do_all_later();
}

/* ---- one worker ------------------------------------------------------ */

static stk_oversight *
new_oversight(const stk_overseen *who, uint32_t quota)
{
    stk_oversight *at = calloc(1, sizeof *at);

    if (!at)
        return NULL;
    at->epoll = -1;
    at->guard = who->guard;
    at->quota = quota;
    at->told = (stk_buffer)STK_BUFFER_INIT(TOLD_MAX);
    at->package = stk_text_dup(who->package);
    at->profile = stk_text_dup(who->profile);
    if (at->package && at->profile)
        return at;
    free(at->package);
    free(at->profile);
    free(at);
    return NULL;
}

static int
add(stk_oversight *at, stk_error *err)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = at };
    int result = start_thread(err);

    at->epoll = now.epoll;
    if (result == 0 &&
        epoll_ctl(at->epoll, EPOLL_CTL_ADD, stk_supervisor_fd(at->supervisor),
                  &event) < 0)
        result = stk_error_set_errno(err, STK_E_IO, errno, "epoll_ctl");
    return result;
}

int
stk_overseer_watch(stk_oversight **out, const stk_overseen *who, int listener,
                   int pidfd, uint32_t denials, stk_error *err)
{
    stk_oversight *at = new_oversight(who, denials);
    int result;

    if (!at) {
        close(listener);
        return stk_error_memory(err);
    }
    result =
        stk_supervisor_new(&at->supervisor, listener, pidfd, denials, err);
    if (result == 0) {
        pthread_mutex_lock(&lock);
        result = add(at, err);
        pthread_mutex_unlock(&lock);
    }
    if (result < 0) {
        stk_oversight_free(at);
        return result;
    }
    *out = at;
    return 0;
}

/* A call is recorded under the lock that it was answered under: what the
 * worker did next, it did after this has the lock. */
char *
stk_oversight_take(stk_oversight *at)
{
    char *text;

    if (!at)
        return stk_text_dup("");
    pthread_mutex_lock(&lock);
    text = stk_buffer_steal(&at->told);
    at->told = (stk_buffer)STK_BUFFER_INIT(TOLD_MAX);
    pthread_mutex_unlock(&lock);
    return text;
}

void
stk_oversight_explain(stk_oversight *at, stk_error *err)
{
    if (!at)
        return;
    pthread_mutex_lock(&lock);
    if (at->killed)
        snprintf(err->message, sizeof err->message,
                 "the worker was killed: it was refused more than %u system "
                 "calls, `denials` of its profile",
                 at->quota);
    pthread_mutex_unlock(&lock);
}

void
stk_oversight_free(stk_oversight *at)
{
    if (!at)
        return;
    pthread_mutex_lock(&lock);
    drop_supervisor(at);
    pthread_mutex_unlock(&lock);
    free(at->package);
    free(at->profile);
    stk_buffer_clear(&at->told);
    free(at);
}
