/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOCKADE_GUARD_H
#define STOCKADE_GUARD_H

/*
 * A guard: a policy and its audit log, in force. It knows no Python; the
 * layers that see an import hand it attempts, and do as it says.
 *
 * Life cycle: stk_guard_new() -> stk_guard_judge() and stk_guard_record()
 * from any thread -> stk_guard_free(). For an embedded interpreter see
 * <stockade/embed.h>.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/audit.h>
#include <stockade/error.h>
#include <stockade/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stk_guard stk_guard;

typedef struct stk_guard_options {
    const char *policy;     /* path; copied */
    bool observe;           /* mode = observe, whatever the policy says */
    const char *audit;      /* sinks, space separated, instead of the policy's;
                               NULL: the policy's; copied */
    const char *host;       /* "run", "embed", "install": told in `start` */
    const char *version;    /* of Python, told in `start`; NULL: none */
    stk_report_fn report;   /* for errors of the policy; may be NULL */
    void *payload;          /* for `report` */
    const char *digest;     /* what stk_guard_digest() told of the policy that
                               must be in force; NULL: any */
    const char *policy_key; /* a public key, or the path of its file: the
                               policy, and each file that it extends or
                               observes, must be signed with it, now and at
                               each reload; NULL: none; copied */
    bool require_signed_policy; /* without a policy_key no guard is made: for
                                   a host whose key comes from elsewhere */
    const char *policy_state; /* path of a state file: a policy older than one
                                 that was in force is refused, by the sequence
                                 it was signed with; needs a policy_key; NULL:
                                 none; copied */
} stk_guard_options;

#define STK_GUARD_OPTIONS_INIT                                                \
    {                                                                         \
        NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, NULL    \
    }

/*
 * Loads the policy, opens its sinks, writes the `start` record.
 * `*out` is freed by stk_guard_free(). Returns as stk_policy_load() and
 * stk_log_open() do, -STK_E_INVALID too for a policy_key that is none, or is
 * missing, and for a policy that is older than policy_state says.
 */
STK_API int stk_guard_new(stk_guard **out, const stk_guard_options *options,
                          stk_error *err);

/* Ends every worker of the process, writes the `end` record and closes the
 * log; nothing is recorded any more. While no other thread uses the guard. A
 * second call does nothing. */
STK_API void stk_guard_close(stk_guard *guard);

/* Closes it, if that was not done, and frees. NULL is fine. */
STK_API void stk_guard_free(stk_guard *guard);

/*
 * Loads the policy file again and swaps it in; records it. A relative path
 * means what it meant to stk_guard_new(), whatever the working folder is by
 * now. The sinks stay as they were opened. On failure the old policy stays in
 * force: it was not loaded, which is recorded, too, or the record could not be
 * written and `on_audit_failure` of the new one is deny. Returns as
 * stk_policy_load(), or -STK_E_AUDIT. Any thread.
 */
STK_API int stk_guard_reload(stk_guard *guard, stk_error *err);

/* The same, with every error of the policy reported as stk_policy_load()
 * does. */
STK_API int stk_guard_reload_reporting(stk_guard *guard, stk_report_fn report,
                                       void *payload, stk_error *err);

/*
 * stk_policy_is_free() of the policy in force and of the `observe =` one:
 * when true, who asks need not be known. Any thread.
 */
STK_API bool stk_guard_is_free(stk_guard *guard, const char *name);

/*
 * True when the policy in force, or the `observe =` one, has a rule for the
 * audit event, so that it is to be judged. Takes no lock: it may be asked
 * for every event that is raised. Any thread.
 */
STK_API bool stk_guard_watches(const stk_guard *guard, const char *event);

/* True when it matters who asks: the policy in force, or the `observe =` one,
 * has a rule for importers, trusts a group or has a closure. Any thread. */
STK_API bool stk_guard_tells_importers(stk_guard *guard);

/*
 * True when the policy in force has a rule that says `signed`. Takes no lock:
 * it is asked for every file that is opened as code. Any thread.
 */
STK_API bool stk_guard_needs_signatures(const stk_guard *guard);

/* True when it has a rule that says `sandbox:`. Takes no lock, either. */
STK_API bool stk_guard_needs_workers(const stk_guard *guard);

/*
 * Not every file that is opened as code can be seen in this process, for the
 * reason that the text tells (static): a policy with a rule that says
 * `signed` is not loaded by stk_guard_reload() any more. Once, at first.
 */
STK_API void stk_guard_set_unsigned(stk_guard *guard, const char *why);

/* The policy in force: a reference that the caller frees. Any thread. */
STK_API stk_policy *stk_guard_policy(stk_guard *guard);

/* Grows by one at each reload: decisions kept from an older one are void. */
STK_API uint64_t stk_guard_generation(const stk_guard *guard);

/* BLAKE2b-256 of the canonical text of the policy in force, 64 lower-case
 * hexadecimal digits: freed by free(), NULL when memory is out. Any thread. */
STK_API char *stk_guard_digest(stk_guard *guard);

/* What a second process of the same program would make its guard from, with
 * absolute paths: .policy, .observe, .audit, .policy_key and .policy_state.
 * Borrowed from the guard. */
STK_API void stk_guard_options_get(const stk_guard *guard,
                                   stk_guard_options *out);

/* True when denials are recorded and not enforced. */
STK_API bool stk_guard_observes(const stk_guard *guard);

/* ---- attempts ------------------------------------------------------ */

/* Beside STK_REQUEST_*: it does not ask, it first loaded the code that
 * does. Only what its own [modules from X] sections deny counts. */
#define STK_IMPORTER_BROUGHT 0x100u

/* Beside STK_REQUEST_*: it had a module imported whose body asks for what
 * none of its statements says. Only what is denied to it by name counts. */
#define STK_IMPORTER_BEYOND 0x200u

/* One module on the stack of the code that asks. */
typedef struct stk_importer {
    const char *name; /* NULL: unknown code */
    uint32_t flags;   /* STK_REQUEST_* */
} stk_importer;

typedef struct stk_attempt {
    const char *name;              /* absolute, dotted, UTF-8 */
    const stk_importer *importers; /* innermost first; all must be allowed */
    size_t n_importers;            /* 0 is one unknown importer */
    uint32_t flags; /* STK_REQUEST_EVENT: `name` is an audit event */
} stk_attempt;

typedef struct stk_judgement {
    stk_decision decision;      /* the first importer's that is denied, else
                                   the innermost's; of an event the first
                                   that a rule allows, if one does */
    size_t by;                  /* index of the importer it is about */
    bool refuse;                /* do not go on: denied, and enforced */
    enum stk_verdict observed;  /* of the `observe =` policy */
    stk_rule_ref observed_rule; /* .file NULL when there is none */
    bool has_observed;
    stk_policy *policy; /* borrows from this reference; given back by
                           stk_judgement_clear() */
    struct stk_evidence_store *evidence; /* of that policy; likewise. NULL
                                            where it wants nothing signed */
} stk_judgement;

/* Judges one attempt. Total. Any thread. */
STK_API void stk_guard_judge(stk_guard *guard, const stk_attempt *attempt,
                             stk_judgement *out);
STK_API void stk_judgement_clear(stk_judgement *judgement);

/* What the layers know beside the judgement, for the record: the fields of
 * the same name of stk_record. Borrowed for the call. */
typedef struct stk_circumstances {
    const char *event; /* "import" when NULL */
    const char *file;
    uint32_t line; /* 1-based; 0: not known */
    bool cached;
    const char *origin;
    const char *loader;
    const char *outcome; /* NULL: from the judgement and `cached` */
    const char *error;
    const char *key;     /* names of the keys that signed it */
    const char *digest;  /* BLAKE2b-256 of its source, in hexadecimal */
    const char *trust;   /* why its signature does not hold: the reason */
    uint64_t ns;         /* nanoseconds that the guard took */
    const char *sandbox; /* the profile that its code runs under */
    bool within;         /* in the midst of another import */
} stk_circumstances;

/*
 * Records an attempt, before it goes on. Returns 0, or -STK_E_AUDIT when
 * the record could not be written and on_audit_failure = deny: the import
 * must not go on. With continue, 0. Any thread.
 */
STK_API int stk_guard_record(stk_guard *guard, const stk_attempt *attempt,
                             const stk_judgement *judgement,
                             const stk_circumstances *circumstances,
                             stk_error *err);

/* Counts a cached repeat that is not written. Any thread. */
STK_API void stk_guard_count_repeat(stk_guard *guard);

/*
 * Records that a layer was removed or replaced: `layer` names it, `owner` is
 * the module whose code was found in its place (reason `found-there`), NULL
 * where that is not known, `noticed` then the module that asked when it was
 * noticed (reason `asked-next`), NULL for unknown code. Returns as _record().
 */
STK_API int stk_guard_record_tamper(stk_guard *guard, const char *layer,
                                    const char *owner, const char *noticed,
                                    stk_error *err);

/*
 * Records that the code of `owner` put a finder before the guard's while the
 * interpreter started, and that it stands behind it now. Returns as
 * _record().
 */
STK_API int stk_guard_record_finder(stk_guard *guard, const char *owner,
                                    stk_error *err);

/*
 * Records that `importer` (NULL: unknown code) starts a Python as a process:
 * `name` is the program, `outcome` "guarded" or "refused". Returns as
 * _record().
 */
STK_API int stk_guard_record_child(stk_guard *guard, const char *name,
                                   const char *importer, const char *outcome,
                                   stk_error *err);

/*
 * Records those of the `n` modules that the policy in force wants signed, and
 * that nobody verified: `how` is "frozen", into the interpreter, or "loaded",
 * before the guard was there, and the event. One record, or more for many
 * names; none where there is no such module. Returns as _record().
 */
STK_API int stk_guard_record_unverified(stk_guard *guard, const char *how,
                                        const char *const *names, size_t n,
                                        stk_error *err);

typedef struct stk_guard_stats {
    uint64_t attempts; /* recorded, and the repeats */
    uint64_t allowed;
    uint64_t denied;  /* would-be denials included */
    uint64_t refused; /* denied and enforced, or not to be recorded */
    uint64_t cached;  /* attempts on a module already loaded */
    uint64_t repeats; /* cached repeats, counted, not written */
    uint64_t tampered;
    uint64_t reloads;
    uint64_t lost; /* records that a sink did not take */
} stk_guard_stats;

STK_API void stk_guard_stats_get(const stk_guard *guard, stk_guard_stats *out);

/*
 * Calls `each` with the last records, oldest first, up to
 * STK_GUARD_HISTORY of them, each a line as in the log. Of a guard whose log
 * has no sink the lines are made now and are no chain: `prev` is 64 zeros in
 * each.
 */
#define STK_GUARD_HISTORY 1000
STK_API void stk_guard_history(stk_guard *guard, stk_line_fn each,
                               void *payload);

/* ---- learning ------------------------------------------------------ */

/*
 * Writes a policy under which what the records of `log` did is allowed:
 * no `*`, no default = allow, grouped by importer, `closure` for packages
 * of site-packages. With `base` not NULL the policy there is read first and
 * what it allows is kept. `*out` is NUL-terminated, freed by free().
 * Returns 0, or as stk_log_reader_next() and stk_policy_load().
 */
STK_API int stk_learn(char **out, const char *log, const char *base,
                      stk_error *err);

/*
 * The same, and the policy denies the sets @events.introspection, .native,
 * .network and .process to everybody and allows each importer what the log
 * says that it fired. stk_learn() does so where the log has such a record.
 */
STK_API int stk_learn_events(char **out, const char *log, const char *base,
                             stk_error *err);

#ifdef __cplusplus
}
#endif
#endif
