/* SPDX-License-Identifier: Apache-2.0 */
/* A policy and its audit log, in force: their life together. */
#include <stockade/guard.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "guard/fork.h"
#include "guard/internal.h"
#include "guard/isolate.h"
#include "guard/report.h"

/* ---- sinks ----------------------------------------------------------- */

#define SINKS_MAX 16

/* Splits "file:a syslog:" into words, in place. */
static int
split_sinks(char *text, const char *words[SINKS_MAX], size_t *n,
            stk_error *err)
{
    char *rest = NULL;

    *n = 0;
    for (char *word = strtok_r(text, " \t\n", &rest); word;
         word = strtok_r(NULL, " \t\n", &rest)) {
        if (*n == SINKS_MAX)
            return stk_error_set(err, STK_E_LIMIT, "more than %d sinks",
                                 SINKS_MAX);
        words[(*n)++] = word;
    }
    return 0;
}

static int
open_log(stk_guard *guard, const char *audit, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    const char *words[SINKS_MAX];
    const char *const *sinks;
    size_t n;
    int result;

    if (!audit) {
        sinks = stk_policy_audit(guard->snapshot.policy, &n);
        guard->logs = n > 0;
        return stk_log_open(&guard->log, sinks, n, err);
    }
    text = stk_text_dup(audit);
    if (!text)
        return stk_error_memory(err);
    result = split_sinks(text, words, &n, err);
    guard->logs = result == 0 && n > 0;
    return result < 0 ? result : stk_log_open(&guard->log, words, n, err);
}

/* ---- life ------------------------------------------------------------ */

/* The same sinks for a process that works in another folder; NULL for none,
 * and when memory is out. */
static char *
absolute_sinks(const char *audit)
{
    stk_buffer out = STK_BUFFER_INIT(65536);
    STK_CLEANUP(stk_freep) char *text = audit ? stk_text_dup(audit) : NULL;
    char *rest = NULL;

    for (char *word = text ? strtok_r(text, " \t\n", &rest) : NULL; word;
         word = strtok_r(NULL, " \t\n", &rest)) {
        STK_CLEANUP(stk_freep) char *path = NULL;

        if (!strncmp(word, "file:", 5))
            path = stk_path_absolute(word + 5);
        stk_buffer_puts(&out, path ? "file:" : "");
        stk_buffer_puts(&out, path ? path : word);
        stk_buffer_puts(&out, " ");
    }
    return text ? stk_buffer_steal(&out) : NULL;
}

static stk_guard *
new_guard(const stk_guard_options *options)
{
    stk_guard *guard = calloc(1, sizeof *guard);

    if (!guard)
        return NULL;
    pthread_rwlock_init(&guard->lock, NULL);
    guard->path = stk_text_dup(options->policy);
    /* a process that moves to another folder must not choose another policy */
    guard->reload_path = stk_path_absolute(options->policy);
    guard->history = stk_history_new();
    guard->force_observe = options->observe;
    guard->audit = absolute_sinks(options->audit);
    if (options->policy_state)
        guard->policy_state = stk_path_absolute(options->policy_state);
    if ((options->audit && !guard->audit) ||
        (options->policy_state && !guard->policy_state) || !guard->path ||
        !guard->reload_path || !guard->history) {
        stk_guard_free(guard);
        return NULL;
    }
    stk_fork_watch(guard);
    return guard;
}

static void
clear_snapshot(stk_snapshot *snapshot)
{
    stk_evidence_store_free(snapshot->evidence);
    stk_policy_free(snapshot->policy);
}

/* What is wrong with a key or a bundle is told as what is wrong with the
 * rest of the policy. */
static int
open_evidence(stk_snapshot *loaded, stk_report_fn report, void *payload,
              stk_error *err)
{
    stk_error own = STK_ERROR_INIT;
    int result;

    err = err ? err : &own;
    result = stk_evidence_store_new(&loaded->evidence, loaded->policy, err);
    if (result < 0 && report)
        report(payload, &(stk_diagnostic){ STK_SEVERITY_ERROR, err->file,
                                           err->line, err->message });
    return result;
}

/* Last of all: what is refused for another reason is kept nowhere. */
static int
accept_policy(const stk_guard *guard, const stk_policy_loading *how,
              stk_error *err)
{
    stk_error own = STK_ERROR_INIT;
    int result;

    err = err ? err : &own;
    result =
        stk_policyfloor_accept(how->check_payload, guard->policy_state, err);
    if (result < 0 && !err->file[0])
        stk_error_at(err, how->path, 0);
    if (result < 0 && how->report)
        how->report(how->payload,
                    &(stk_diagnostic){ STK_SEVERITY_ERROR, err->file,
                                       err->line, err->message });
    return result;
}

/* The policy, and what it needs to verify signatures. */
static int
load_policy(stk_snapshot *out, const stk_guard *guard,
            const stk_policy_loading *how, stk_error *err)
{
    stk_snapshot loaded = { NULL, NULL };
    int result = stk_policy_load_checked(&loaded.policy, how, err);

    if (result == 0 && stk_policy_needs_signatures(loaded.policy))
        result = open_evidence(&loaded, how->report, how->payload, err);
    if (result == 0 && guard->unable && loaded.evidence)
        result = stk_error_set(err, STK_E_STATE, "%s", guard->unable);
    if (result == 0)
        result = accept_policy(guard, how, err);
    if (result < 0)
        clear_snapshot(&loaded);
    else
        *out = loaded;
    return result;
}

static int
load_from(stk_snapshot *out, const stk_guard *guard, const char *path,
          stk_report_fn report, void *payload, stk_error *err)
{
    stk_policyfloor files = { .key = guard->policy_key };
    stk_policy_loading how = {
        path,    report,
        payload, guard->policy_key ? stk_policyfloor_check : NULL,
        &files,  false
    };
    int result = load_policy(out, guard, &how, err);

    stk_policyfloor_clear(&files);
    return result;
}

static int
take_policy_key(stk_guard *guard, const stk_guard_options *options,
                stk_error *err)
{
    if (options->policy_key)
        return stk_policykey_new(&guard->policy_key, options->policy_key, err);
    if (options->policy_state)
        return stk_error_set(err, STK_E_INVALID,
                             "policy_state keeps what was signed, and no "
                             "policy_key says with what");
    if (options->require_signed_policy)
        return stk_error_set(err, STK_E_INVALID,
                             "the policy must be signed, and no policy_key "
                             "says with what");
    return 0;
}

static void
watch_events(stk_guard *guard, stk_watched *watched)
{
    stk_watched_replace(watched, atomic_load(&guard->watched));
    atomic_store(&guard->watched, watched);
}

static int
check_digest(stk_guard *guard, const char *wanted, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *digest = stk_guard_digest(guard);

    if (!digest)
        return stk_error_memory(err);
    if (!strcmp(digest, wanted))
        return 0;
    return stk_error_set(err, STK_E_STATE,
                         "%s is not what it was when the guard was made that "
                         "this one follows: reload that, or start it again",
                         guard->path);
}

static void
note_signatures(stk_guard *guard)
{
    atomic_store(&guard->needs_signatures, guard->snapshot.evidence != NULL);
    atomic_store(&guard->needs_workers,
                 stk_policy_needs_workers(guard->snapshot.policy));
}

static int
start_guard(stk_guard *guard, const stk_guard_options *options, stk_error *err)
{
    stk_watched *watched;
    int result = take_policy_key(guard, options, err);

    if (result < 0)
        return result;
    result = load_from(&guard->snapshot, guard, guard->path, options->report,
                       options->payload, err);
    if (result < 0)
        return result;
    note_signatures(guard);
    result = stk_watched_new(&watched, guard->snapshot.policy, err);
    if (result < 0)
        return result;
    watch_events(guard, watched);
    result = options->digest ? check_digest(guard, options->digest, err) : 0;
    if (result < 0)
        return result;
    result = open_log(guard, options->audit, err);
    if (result < 0)
        return result;
    stk_log_set_tap(guard->log, stk_history_add, guard->history);
    stk_log_set_keep(guard->log, stk_history_keep, guard->history);
    return stk_report_start(guard, options, err);
}

int
stk_guard_new(stk_guard **out, const stk_guard_options *options,
              stk_error *err)
{
    stk_guard *guard = new_guard(options);
    int result;

    if (!guard)
        return stk_error_memory(err);
    result = start_guard(guard, options, err);
    if (result < 0) {
        stk_guard_free(guard);
        return result;
    }
    *out = guard;
    return 0;
}

void
stk_guard_close(stk_guard *guard)
{
    stk_log *log = guard->log;

    /* the thread that answers them records what they try */
    if (log)
        stk_isolate_stop();
    guard->log = NULL;
    stk_log_close(log, guard->repeats);
}

void
stk_guard_free(stk_guard *guard)
{
    if (!guard)
        return;
    stk_fork_forget(guard);
    stk_guard_close(guard);
    clear_snapshot(&guard->snapshot);
    stk_watched_free(atomic_load(&guard->watched));
    stk_history_free(guard->history);
    pthread_rwlock_destroy(&guard->lock);
    free(guard->path);
    free(guard->reload_path);
    free(guard->audit);
    free(guard->policy_state);
    stk_policykey_free(guard->policy_key);
    free(guard);
}

void
stk_guard_options_get(const stk_guard *guard, stk_guard_options *out)
{
    *out = (stk_guard_options)STK_GUARD_OPTIONS_INIT;
    out->policy = guard->reload_path;
    out->observe = guard->force_observe;
    out->audit = guard->audit;
    if (guard->policy_key)
        out->policy_key = stk_policykey_text(guard->policy_key);
    out->policy_state = guard->policy_state;
}

/* ---- another policy -------------------------------------------------- */

static void
swap_policy(stk_guard *guard, const stk_snapshot *loaded)
{
    stk_snapshot old;

    pthread_rwlock_wrlock(&guard->lock);
    old = guard->snapshot;
    guard->snapshot = *loaded;
    note_signatures(guard);
    atomic_fetch_add(&guard->generation, 1);
    pthread_rwlock_unlock(&guard->lock);
    clear_snapshot(&old);
}

/* What is loaded stays where it is; what of it is imported later is looked
 * for there. */
static int
follow_packages(stk_guard *guard, const stk_snapshot *loaded, stk_error *err)
{
    stk_evidence_store *earlier = stk_guard_evidence(guard);
    int result = stk_evidence_store_follow(loaded->evidence, earlier, err);

    stk_evidence_store_free(earlier);
    return result;
}

static void
report_failure(stk_guard *guard, const stk_error *failure)
{
    stk_policy *policy = stk_guard_policy(guard);

    stk_report_reload(guard, policy, failure, NULL);
    stk_policy_free(policy);
}

int
stk_guard_reload_reporting(stk_guard *guard, stk_report_fn report,
                           void *payload, stk_error *err)
{
    stk_error own = STK_ERROR_INIT;
    stk_snapshot loaded;
    stk_watched *watched;
    int result;

    err = err ? err : &own;
    result =
        load_from(&loaded, guard, guard->reload_path, report, payload, err);
    if (result == 0) {
        result = stk_watched_new(&watched, loaded.policy, err);
        if (result < 0)
            clear_snapshot(&loaded);
    }
    if (result < 0) {
        report_failure(guard, err);
        return result;
    }
    result = follow_packages(guard, &loaded, err);
    /* what is in force must be in the log */
    if (result == 0)
        result = stk_report_reload(guard, loaded.policy, NULL, err);
    if (result < 0) {
        stk_watched_free(watched);
        clear_snapshot(&loaded);
        return result;
    }
    watch_events(guard, watched); /* not before: the other one stays else */
    swap_policy(guard, &loaded);
    atomic_fetch_add(&guard->reloads, 1);
    return 0;
}

int
stk_guard_reload(stk_guard *guard, stk_error *err)
{
    return stk_guard_reload_reporting(guard, NULL, NULL, err);
}

bool
stk_guard_needs_signatures(const stk_guard *guard)
{
    return atomic_load_explicit(&guard->needs_signatures,
                                memory_order_acquire);
}

bool
stk_guard_needs_workers(const stk_guard *guard)
{
    return atomic_load_explicit(&guard->needs_workers, memory_order_acquire);
}

void
stk_guard_set_unsigned(stk_guard *guard, const char *why)
{
    guard->unable = why;
}

bool
stk_guard_watches(const stk_guard *guard, const char *event)
{
    return stk_watched_has(
        atomic_load_explicit(&guard->watched, memory_order_acquire), event);
}

/* ---- numbers --------------------------------------------------------- */

void
stk_guard_count_repeat(stk_guard *guard)
{
    atomic_fetch_add_explicit(&guard->repeats, 1, memory_order_relaxed);
}

void
stk_guard_stats_get(const stk_guard *guard, stk_guard_stats *out)
{
    out->repeats = guard->repeats;
    out->allowed = guard->allowed + out->repeats;
    out->denied = guard->denied;
    out->attempts = out->allowed + out->denied;
    out->refused = guard->refused;
    out->cached = guard->cached + out->repeats;
    out->tampered = guard->tampered;
    out->reloads = guard->reloads;
    out->lost = guard->log ? stk_log_lost(guard->log) : 0;
}

void
stk_guard_history(stk_guard *guard, stk_line_fn each, void *payload)
{
    stk_history_each(guard->history, each, payload);
}
