/* SPDX-License-Identifier: Apache-2.0 */
/* fork() and the locks of guards. */
#include "guard/fork.h"

#include <pthread.h>

#include "guard/history.h"
#include "guard/internal.h"

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static stk_guard *first;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
hold_all(void)
{
    pthread_mutex_lock(&list_lock);
    for (stk_guard *at = first; at; at = at->next) {
        pthread_rwlock_wrlock(&at->lock);
        stk_history_hold(at->history);
    }
}

static void
release_all(void)
{
    for (stk_guard *at = first; at; at = at->next) {
        stk_history_release(at->history);
        pthread_rwlock_unlock(&at->lock);
    }
    pthread_mutex_unlock(&list_lock);
}

/* The child's thread has another number than the one that locked: a
 * read-write lock is made anew rather than unlocked. */
static void
renew_all(void)
{
    for (stk_guard *at = first; at; at = at->next) {
        stk_history_release(at->history);
        pthread_rwlock_init(&at->lock, NULL);
    }
    pthread_mutex_unlock(&list_lock);
}

static void
register_handlers(void)
{
    pthread_atfork(hold_all, release_all, renew_all);
}

void
stk_fork_watch(stk_guard *guard)
{
    pthread_once(&once, register_handlers);
    pthread_mutex_lock(&list_lock);
    guard->next = first;
    first = guard;
    pthread_mutex_unlock(&list_lock);
}

void
stk_fork_forget(stk_guard *guard)
{
    stk_guard **link = &first;

    pthread_mutex_lock(&list_lock);
    while (*link && *link != guard)
        link = &(*link)->next;
    if (*link)
        *link = guard->next;
    pthread_mutex_unlock(&list_lock);
}
