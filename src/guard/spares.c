/* SPDX-License-Identifier: Apache-2.0 */
/* The zygotes of this process, and the workers that are kept ready. */
#include "guard/spares.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/profile.h"
#include "base/text.h"
#include "guard/overseer.h"
#include "guard/zygote.h"

/* Looks at those that were ordered, some ms apart: then they are there. */
#define GATHERS_MAX 20u
#define ANSWERED_S  30

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static stk_zygote *first;
static uint64_t last_id;
static _Atomic bool prepared; /* `how` stays from then on */

/* owned */
static struct {
    stk_isolate_how how;
    char *program, *version;
    char **argv;
} own;

/* ---- how they are started -------------------------------------------- */

static void
free_texts(char **texts)
{
    for (char **text = texts; text && *text; text++)
        free(*text);
    free(texts);
}

static char **
copy_texts(const char *const *texts, unsigned n)
{
    char **copy = calloc((size_t)n + 1, sizeof *copy);

    for (unsigned i = 0; copy && i < n; i++) {
        copy[i] = stk_text_dup(texts[i]);
        if (!copy[i]) {
            free_texts(copy);
            return NULL;
        }
    }
    return copy;
}

static void
forget_how(void)
{
    free(own.program);
    free(own.version);
    free_texts(own.argv);
    memset(&own, 0, sizeof own);
}

/* The child has none of them: they are its parent's, whose locks another
 * thread may have held. */
static void
forget_all(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&answered, NULL);
    for (stk_zygote *z = first; z; z = z->next)
        stk_zygote_forget(z);
    first = NULL;
}

static void
watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget_all);
}

static int
prepare_locked(const stk_isolate_how *given, stk_error *err)
{
    unsigned n = 0;

    if (prepared)
        return 0;
    while (given->argv[n])
        n++;
    own.program = stk_text_dup(given->program);
    own.version = stk_text_dup(given->version);
    own.argv = copy_texts(given->argv, n);
    if (!own.program || !own.version || !own.argv) {
        forget_how();
        return stk_error_memory(err);
    }
    own.how = (stk_isolate_how){ own.program, (const char *const *)own.argv,
                                 own.version };
    pthread_once(&once, watch_forks);
    prepared = true;
    return 0;
}

int
stk_isolate_prepare(const stk_isolate_how *given, stk_error *err)
{
    int result;

    pthread_mutex_lock(&lock);
    result = prepare_locked(given, err);
    pthread_mutex_unlock(&lock);
    return result;
}

bool
stk_isolate_is_prepared(void)
{
    return prepared;
}

/* ---- which zygote ----------------------------------------------------- */

static char *
print_profile(const stk_profile *profile)
{
    STK_CLEANUP(stk_freep) char *text = stk_profile_print(profile);

    return text ? stk_text_printf("%s\n%s", profile->name, text) : NULL;
}

static uint64_t
stamp_of(const stk_preloader *preloader)
{
    return preloader ? preloader->stamp : 0;
}

static stk_zygote *
find_text(const char *text, uint64_t stamp)
{
    for (stk_zygote *z = first; z; z = z->next)
        if (!z->answering && z->stamp == stamp && !strcmp(z->text, text))
            return z;
    return NULL;
}

/* Without their texts, where they are the same to the byte. */
static stk_zygote *
find_quickly(const stk_profile *profile, uint64_t stamp)
{
    for (stk_zygote *z = first; z; z = z->next)
        if (!z->answering && z->stamp == stamp &&
            !memcmp(&z->profile, profile, sizeof *profile))
            return z;
    return NULL;
}

/* Another thread answers what it asks: the wait for it is shorter than to do
 * all of that once more. One that never comes back is not waited for. */
static void
await_answered(const stk_profile *profile, uint64_t stamp)
{
    struct timespec until;
    stk_zygote *z;
    int result = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ANSWERED_S;
    do {
        for (z = first; z; z = z->next)
            if (z->answering && z->stamp == stamp &&
                !pthread_equal(z->answerer, pthread_self()) &&
                !memcmp(&z->profile, profile, sizeof *profile))
                break;
        if (z)
            result = pthread_cond_clockwait(&answered, &lock, CLOCK_MONOTONIC,
                                            &until);
    } while (z && result == 0);
}

static void
drop_zygote(stk_zygote *gone)
{
    stk_zygote **link = &first;

    while (*link && *link != gone)
        link = &(*link)->next;
    if (*link)
        *link = gone->next;
    stk_zygote_free(gone);
}

/* While its modules are found, anything may be done in this thread and in
 * others: nobody else has this one then. */
static void
unlock_for(stk_zygote *z)
{
    z->answerer = pthread_self();
    z->answering = true;
    pthread_mutex_unlock(&lock);
}

static void
lock_for(stk_zygote *z)
{
    pthread_mutex_lock(&lock);
    z->answering = false;
    pthread_cond_broadcast(&answered);
}

/* Nobody will want those of an older policy; one that has workers stays for
 * as long as these are held. */
static void
drop_outdated(const char *text, uint64_t stamp)
{
    stk_zygote *next;

    for (stk_zygote *z = first; z; z = next) {
        next = z->next;
        if (z->stamp && z->stamp < stamp && !z->answering &&
            !stk_preloaded_is_shared(z->loaded) && !strcmp(z->text, text))
            drop_zygote(z);
    }
}

/* ---- spares ---------------------------------------------------------- */

static bool
take_ready(stk_zygote *z, stk_standby *out)
{
    while (z->n_ready > 0) {
        stk_standby one = z->ready[--z->n_ready];

        if (stk_standby_lives(&one)) {
            *out = one;
            return true;
        }
        stk_standby_clear(&one, true);
    }
    return false;
}

/* One that could not lock itself down is handed out, too: it says why. */
static int
take_from(stk_zygote *z, stk_standby *out, const stk_preloader *preloader,
          stk_error *err)
{
    const stk_zygote_host host = { preloader, unlock_for, lock_for };
    int result;

    if (take_ready(z, out))
        return 0;
    result = stk_zygote_collect(z, &host, err);
    if (result < 0 || take_ready(z, out))
        return result;
    result = stk_zygote_order(z, 1, true, err);
    if (result == 0)
        result = stk_zygote_collect(z, NULL, err);
    if (result == 0)
        *out = z->ready[--z->n_ready];
    return result;
}

/* `text` is taken. */
static int
add_zygote(stk_zygote **out, const stk_profile *profile, char *text,
           unsigned n, const stk_preloader *preloader, bool haste,
           stk_error *err)
{
    int result;

    drop_outdated(text, stamp_of(preloader));
    result = stk_zygote_new(out, &own.how, profile, text, stamp_of(preloader),
                            n, haste, err);
    if (result < 0)
        return result;
    (*out)->id = ++last_id;
    (*out)->next = first;
    first = *out;
    return 0;
}

static int
take_anew(stk_zygote **out, stk_standby *one, const stk_profile *profile,
          const stk_preloader *preloader, char *text, stk_error *err)
{
    stk_zygote *z;
    int result = add_zygote(&z, profile, text, 1, preloader, true, err);

    if (result < 0)
        return result;
    result = take_from(z, one, preloader, err);
    if (result < 0 && !z->greeted)
        drop_zygote(z);
    else
        *out = z;
    return result;
}

static int
take_locked(stk_zygote **out, stk_standby *one, const stk_profile *profile,
            const stk_preloader *preloader, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    uint64_t stamp = stamp_of(preloader);
    stk_zygote *z;
    int result;

    if (preloader)
        await_answered(profile, stamp);
    z = find_quickly(profile, stamp);
    if (!z) {
        text = print_profile(profile);
        if (!text)
            return stk_error_memory(err);
        z = find_text(text, stamp);
    }
    if (z) {
        *out = z;
        result = take_from(z, one, preloader, err);
        /* one that refuses lives, and the workers that it has: they would
         * end with it */
        if (result == 0 || (result == -STK_E_UNSUPPORTED && z->greeted))
            return result;
        drop_zygote(z); /* it died, or broke: once more, with another */
    }
    if (!text)
        text = print_profile(profile);
    if (!text)
        return stk_error_memory(err);
    return take_anew(out, one, profile, preloader, STK_STEAL(text), err);
}

static int
check_prepared(stk_error *err)
{
    if (prepared)
        return 0;
    return stk_error_set(err, STK_E_STATE,
                         "nobody said how workers are started");
}

int
stk_spares_take(stk_standby *out, uint64_t *id, stk_preloaded **loaded,
                const stk_profile *profile, const stk_preloader *preloader,
                stk_error *err)
{
    int result = check_prepared(err);
    stk_zygote *z = NULL;

    if (result < 0)
        return result;
    pthread_mutex_lock(&lock);
    result = take_locked(&z, out, profile, preloader, err);
    if (result == 0) {
        *id = z->id;
        *loaded = stk_preloaded_ref(z->loaded);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static stk_zygote *
find_id(uint64_t id)
{
    stk_zygote *z = first;

    while (z && z->id != id)
        z = z->next;
    return z && !z->answering ? z : NULL;
}

/* False: some are on their way. */
static bool
gather(stk_zygote *z)
{
    stk_error err = STK_ERROR_INIT;
    bool all;

    if (z->asked != STK_OP_NONE && stk_channel_has(z->channel) &&
        stk_zygote_collect(z, NULL, &err) < 0)
        return true; /* whoever takes finds that, too */
    all = z->asked == STK_OP_NONE;
    for (unsigned i = 0; i < z->n_ready; i++) {
        stk_standby_hear(&z->ready[i]);
        all = all && z->ready[i].heard;
    }
    return all || ++z->gathers == GATHERS_MAX;
}

/* What a spare says of itself is heard before somebody needs it. */
static void
gather_later(uint64_t id)
{
    stk_zygote *z;
    bool done = true;

    if (pthread_mutex_trylock(&lock) != 0)
        return;
    z = find_id(id);
    if (z)
        done = gather(z);
    pthread_mutex_unlock(&lock);
    if (!done)
        stk_overseer_later(gather_later, id);
}

/* True: some are on their way. */
static bool
refill(stk_zygote *z)
{
    stk_error err = STK_ERROR_INIT;

    if (z->asked != STK_OP_NONE || z->n_ready >= z->profile.spares)
        return false;
    z->gathers = 0;
    if (stk_zygote_order(z, z->profile.spares - z->n_ready, false, &err) == 0)
        return true;
    /* it is gone: whoever takes finds that, too */
    stk_zygote_cancel(z);
    return false;
}

void
stk_spares_refill(uint64_t id)
{
    stk_zygote *z;
    bool ordered = false;

    /* who has it takes, or starts one: that takes time */
    if (pthread_mutex_trylock(&lock) != 0)
        return;
    z = find_id(id);
    if (z)
        ordered = refill(z);
    pthread_mutex_unlock(&lock);
    if (ordered)
        stk_overseer_later(gather_later, id);
}

/* Whatever was loaded there. */
static stk_zygote *
find_any(const stk_profile *profile)
{
    for (stk_zygote *z = first; z; z = z->next)
        if (!z->answering && !memcmp(&z->profile, profile, sizeof *profile))
            return z;
    return NULL;
}

static void
rouse(stk_zygote *z, enum stk_op op)
{
    stk_error err = STK_ERROR_INIT;

    if (z->n_ready == 0 && z->asked != STK_OP_NONE &&
        stk_channel_has(z->channel) && stk_zygote_collect(z, NULL, &err) < 0)
        return; /* whoever takes finds that, too */
    if (z->n_ready > 0)
        stk_standby_rouse(&z->ready[z->n_ready - 1], op);
}

void
stk_isolate_rouse(const stk_profile *profile, enum stk_op op)
{
    stk_zygote *z;

    if (pthread_mutex_trylock(&lock) != 0)
        return;
    z = find_any(profile);
    if (z)
        rouse(z, op);
    pthread_mutex_unlock(&lock);
}

/* Later nobody would be there who answers it. */
static int
answer_all(stk_zygote *z, const stk_preloader *preloader, stk_error *err)
{
    const stk_zygote_host host = { preloader, unlock_for, lock_for };
    int result = stk_zygote_collect(z, &host, err);

    if (result < 0)
        drop_zygote(z);
    return result;
}

static int
warm_locked(const stk_profile *profile, const stk_preloader *preloader,
            stk_error *err)
{
    STK_CLEANUP(stk_freep) char *text = print_profile(profile);
    stk_zygote *z;
    int result;

    if (!text)
        return stk_error_memory(err);
    if (find_text(text, stamp_of(preloader)))
        return 0;
    result = add_zygote(&z, profile, STK_STEAL(text), profile->spares,
                        preloader, false, err);
    return result == 0 && preloader ? answer_all(z, preloader, err) : result;
}

int
stk_isolate_warm(const stk_profile *profile, const stk_preloader *preloader,
                 stk_error *err)
{
    int result = check_prepared(err);

    if (result < 0)
        return result;
    pthread_mutex_lock(&lock);
    result = warm_locked(profile, preloader, err);
    pthread_mutex_unlock(&lock);
    return result;
}

/* Whoever answers it frees it, if he ever comes back. */
static void
stop_answering(stk_zygote *z)
{
    first = z->next;
    z->stopped = true;
    stk_child_kill(&z->child);
}

void
stk_spares_stop(void)
{
    pthread_mutex_lock(&lock);
    while (first)
        if (first->answering)
            stop_answering(first);
        else
            drop_zygote(first);
    pthread_mutex_unlock(&lock);
}
