/* SPDX-License-Identifier: Apache-2.0 */
/* What a guard writes down: attempts, and its own life. */
#include "guard/report.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/internal.h"
#include "trust/digest.h"

#define WHERE_MAX 4200u

static const char *
verdict_name(enum stk_verdict verdict)
{
    return verdict == STK_ALLOW ? "allow" : "deny";
}

/* "file:line", or NULL for no rule. By hand: snprintf() takes as long as all
 * the rest of it. */
static const char *
where_text(char text[WHERE_MAX], const stk_rule_ref *rule)
{
    char digits[10];
    size_t length, at = sizeof digits;
    uint32_t line = rule->line;

    if (!rule->file)
        return NULL;
    length = strnlen(rule->file, WHERE_MAX - sizeof digits - 2);
    memcpy(text, rule->file, length);
    text[length++] = ':';
    do
        digits[--at] = (char)('0' + line % 10);
    while (line /= 10);
    memcpy(text + length, digits + at, sizeof digits - at);
    text[length + sizeof digits - at] = '\0';
    return text;
}

static void
free_policy(stk_policy **policy)
{
    stk_policy_free(*policy);
}

typedef int stk_log_write_fn(stk_log *log, const stk_record *record,
                             stk_error *err);

/* A record that is lost stops what it was about, or does not: the policy
 * says which. */
static int
write_by(stk_log_write_fn *write, stk_guard *guard, const stk_policy *policy,
         const stk_record *record, stk_error *err)
{
    if (!guard->log)
        return stk_error_set(err, STK_E_AUDIT, "the log is closed");
    if (write(guard->log, record, err) == 0)
        return 0;
    return stk_policy_on_audit_failure(policy) == STK_ALLOW ? 0 : -STK_E_AUDIT;
}

static int
write_record(stk_guard *guard, const stk_policy *policy,
             const stk_record *record, stk_error *err)
{
    return write_by(stk_log_write, guard, policy, record, err);
}

/* ---- attempts -------------------------------------------------------- */

/* Who had to be allowed, too. Those who do not ask themselves count when one
 * of them decided. */
static bool
is_told(const stk_attempt *attempt, const stk_judgement *judgement, size_t i)
{
    uint32_t beside = STK_IMPORTER_BROUGHT | STK_IMPORTER_BEYOND;

    return !(attempt->importers[i].flags & beside) || judgement->by == i;
}

/* The other importers, innermost first. */
static char *
through_text(const stk_attempt *attempt, const stk_judgement *judgement)
{
    stk_buffer out = STK_BUFFER_INIT(65536);

    for (size_t i = 1; i < attempt->n_importers; i++) {
        const char *name = attempt->importers[i].name;

        if (!is_told(attempt, judgement, i))
            continue;
        if (out.length)
            stk_buffer_puts(&out, " ");
        stk_buffer_puts(&out, name ? name : "?");
    }
    return stk_buffer_steal(&out);
}

static const char *
outcome_of(const stk_judgement *judgement,
           const stk_circumstances *circumstances)
{
    if (judgement->refuse || judgement->decision.reason == STK_REASON_AUDIT)
        return "refused";
    /* the mark of an observed denial: whether there is such a module is what
     * nobody would have looked for */
    if (judgement->decision.verdict == STK_DENY)
        return "would-refuse";
    if (circumstances->outcome)
        return circumstances->outcome;
    return circumstances->cached ? "cached" : "found";
}

static void
fill_record(stk_record *record, const stk_attempt *attempt,
            const stk_judgement *judgement,
            const stk_circumstances *circumstances)
{
    record->event = circumstances->event ? circumstances->event : "import";
    record->name = attempt->name;
    record->importer =
        attempt->n_importers ? attempt->importers[0].name : NULL;
    record->file = circumstances->file;
    record->line = circumstances->line;
    record->verdict = verdict_name(judgement->decision.verdict);
    record->requirement = judgement->decision.requirement;
    record->reason = stk_reason_name(judgement->decision.reason);
    record->cached = circumstances->cached;
    record->origin = circumstances->origin;
    record->loader = circumstances->loader;
    record->outcome = outcome_of(judgement, circumstances);
    record->error = circumstances->error;
    record->key = circumstances->key;
    record->digest = circumstances->digest;
    record->sandbox = circumstances->sandbox;
    if (circumstances->trust)
        record->reason = circumstances->trust;
    record->ns = circumstances->ns;
    if (judgement->has_observed)
        record->observe = verdict_name(judgement->observed);
}

/* What is counted is what the log holds, so that the two agree. */
static void
count_attempt(stk_guard *guard, const stk_judgement *judgement, bool cached,
              bool lost)
{
    bool denied = lost || judgement->decision.verdict == STK_DENY;

    atomic_fetch_add(denied ? &guard->denied : &guard->allowed, 1);
    if (lost || judgement->refuse)
        atomic_fetch_add(&guard->refused, 1);
    if (cached)
        atomic_fetch_add(&guard->cached, 1);
}

int
stk_guard_record(stk_guard *guard, const stk_attempt *attempt,
                 const stk_judgement *judgement,
                 const stk_circumstances *circumstances, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *through = NULL;
    char rule[WHERE_MAX], observed[WHERE_MAX];
    stk_record record = STK_RECORD_INIT;
    int result;

    fill_record(&record, attempt, judgement, circumstances);
    record.rule = where_text(rule, &judgement->decision.rule);
    record.observe_rule = where_text(observed, &judgement->observed_rule);
    if (attempt->n_importers > 1) {
        through = through_text(attempt, judgement);
        record.through = through && through[0] ? through : NULL;
    }
    result =
        write_by(circumstances->within ? stk_log_write_within : stk_log_write,
                 guard, judgement->policy, &record, err);
    count_attempt(guard, judgement, record.cached, result < 0);
    return result;
}

/* What is recorded beside attempts, under the policy in force. */
static int
write_event(stk_guard *guard, const stk_record *record, stk_error *err)
{
    STK_CLEANUP(free_policy) stk_policy *policy = stk_guard_policy(guard);

    return write_record(guard, policy, record, err);
}

int
stk_guard_record_tamper(stk_guard *guard, const char *layer, const char *owner,
                        const char *noticed, stk_error *err)
{
    stk_record record = {
        .event = "tamper",
        .name = layer,
        .importer = owner ? owner : noticed,
        .reason = owner ? "found-there" : "asked-next",
        .outcome = "put-back",
    };

    atomic_fetch_add(&guard->tampered, 1);
    return write_event(guard, &record, err);
}

int
stk_guard_record_finder(stk_guard *guard, const char *owner, stk_error *err)
{
    stk_record record = {
        .event = "finder",
        .name = "sys.meta_path",
        .importer = owner,
        .reason = "startup",
        .outcome = "put-behind",
    };

    return write_event(guard, &record, err);
}

int
stk_guard_record_child(stk_guard *guard, const char *name,
                       const char *importer, const char *outcome,
                       stk_error *err)
{
    bool refused = !strcmp(outcome, "refused");
    stk_record record = {
        .event = "child",
        .name = name,
        .importer = importer,
        .verdict = verdict_name(refused ? STK_DENY : STK_ALLOW),
        .outcome = outcome,
    };

    return write_event(guard, &record, err);
}

int
stk_report_denial(stk_guard *guard, const stk_report_denied *denied,
                  stk_error *err)
{
    stk_record record = {
        .event = "syscall",
        .name = denied->text,
        .importer = denied->package,
        .verdict = verdict_name(STK_DENY),
        .reason = "profile",
        .sandbox = denied->profile,
        .requirement = denied->groups,
        .outcome = denied->killed ? "killed" : "refused",
    };

    return write_event(guard, &record, err);
}

int
stk_report_resource(stk_guard *guard, const stk_report_read *read,
                    stk_error *err)
{
    stk_record record = {
        .event = "resource",
        .name = read->module,
        .importer = read->package,
        .verdict = verdict_name(read->trust ? STK_DENY : STK_ALLOW),
        .reason = read->trust,
        .error = read->error,
        .origin = read->path,
        .sandbox = read->profile,
        .outcome = read->trust   ? "refused"
                   : read->found ? "found"
                                 : "not-found",
    };

    return write_event(guard, &record, err);
}

int
stk_report_worker(stk_guard *guard, const stk_report_started *started,
                  stk_error *err)
{
    stk_record record = {
        .event = "worker",
        .name = started->package,
        .sandbox = started->profile,
        .reason = started->layers,
        .outcome = "started",
    };

    return write_event(guard, &record, err);
}

int
stk_report_dropped_output(stk_guard *guard, const stk_report_dropped *dropped,
                          stk_error *err)
{
    stk_record record = {
        .event = "worker",
        .name = dropped->package,
        .sandbox = dropped->profile,
        .outcome = "output-dropped",
        .error = dropped->text,
    };

    return write_event(guard, &record, err);
}

static bool
wants_signed(const stk_policy *policy, const char *name)
{
    stk_request request = STK_REQUEST_INIT;
    stk_decision decision;

    request.name = name;
    decision = stk_policy_decide(policy, &request);
    return stk_requirement_signed(decision.requirement);
}

#define UNVERIFIED_LINE 32768u /* bytes of names in one record */

static int
write_unverified(stk_guard *guard, const stk_policy *policy, const char *how,
                 stk_buffer *told, stk_error *err)
{
    stk_record record = STK_RECORD_INIT;
    int result;

    if (told->length == 0)
        return 0;
    if (stk_buffer_check(told, err) < 0)
        return -STK_E_AUDIT;
    record.event = how;
    record.name = told->data;
    record.requirement = "signed";
    record.origin = how;
    record.outcome = "not-verified";
    result = write_record(guard, policy, &record, err);
    stk_buffer_clear(told);
    return result;
}

int
stk_guard_record_unverified(stk_guard *guard, const char *how,
                            const char *const *names, size_t n, stk_error *err)
{
    STK_CLEANUP(free_policy) stk_policy *policy = stk_guard_policy(guard);
    STK_CLEANUP(stk_buffer_clear)
    stk_buffer told = STK_BUFFER_INIT(2 * UNVERIFIED_LINE);
    int result = 0;

    for (size_t i = 0; result == 0 && i < n; i++) {
        if (!wants_signed(policy, names[i]))
            continue;
        stk_buffer_puts(&told, told.length ? " " : "");
        stk_buffer_puts(&told, names[i]);
        if (told.length >= UNVERIFIED_LINE)
            result = write_unverified(guard, policy, how, &told, err);
    }
    return result == 0 ? write_unverified(guard, policy, how, &told, err)
                       : result;
}

/* ---- the guard's own life -------------------------------------------- */

/* The digest of the canonical text: what is in force, whatever the files
 * say by now. NULL when memory is out. */
static const char *
policy_digest(char text[STK_DIGEST_HEX], const stk_policy *policy)
{
    STK_CLEANUP(stk_freep) char *canonical = NULL;
    unsigned char digest[STK_DIGEST_BYTES];

    if (stk_policy_print(&canonical, policy, NULL) < 0)
        return NULL;
    stk_digest_memory(digest, canonical, strlen(canonical));
    return stk_digest_hex(text, digest);
}

static const char *
mode_name(const stk_guard *guard, const stk_policy *policy)
{
    bool observes =
        guard->force_observe || stk_policy_mode(policy) == STK_MODE_OBSERVE;

    return observes ? "observe" : "enforce";
}

char *
stk_guard_digest(stk_guard *guard)
{
    STK_CLEANUP(free_policy) stk_policy *policy = stk_guard_policy(guard);
    char digest[STK_DIGEST_HEX];
    const char *text = policy_digest(digest, policy);

    return text ? stk_text_dup(text) : NULL;
}

int
stk_report_start(stk_guard *guard, const stk_guard_options *options,
                 stk_error *err)
{
    char digest[STK_DIGEST_HEX], told[256];
    stk_record record = STK_RECORD_INIT;

    record.event = "start";
    record.name = guard->path;
    record.digest = policy_digest(digest, guard->snapshot.policy);
    record.outcome = mode_name(guard, guard->snapshot.policy);
    snprintf(told, sizeof told, "%s, Python %s",
             options->host ? options->host : "embed",
             options->version ? options->version : "not told");
    record.reason = told;
    return write_record(guard, guard->snapshot.policy, &record, err);
}

int
stk_report_reload(stk_guard *guard, const stk_policy *policy,
                  const stk_error *failure, stk_error *err)
{
    char digest[STK_DIGEST_HEX], told[1400];
    stk_record record = STK_RECORD_INIT;

    record.event = "reload";
    record.name = guard->path;
    if (failure) {
        record.outcome = "failed";
        record.error = stk_error_text(failure, told, sizeof told);
    } else {
        record.outcome = mode_name(guard, policy);
        record.digest = policy_digest(digest, policy);
    }
    return write_record(guard, policy, &record, err);
}

bool
stk_guard_logs(const stk_guard *guard)
{
    return guard->logs;
}
