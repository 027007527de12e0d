/* SPDX-License-Identifier: Apache-2.0 */
/* A guard for a test: a policy in the test's folder, and its log. */
#ifndef STK_UNIT_GUARDS_H
#define STK_UNIT_GUARDS_H

#include <stockade/guard.h>

#include "unit.h"

#define POLICY_HEAD "[stockade]\nversion = 1\n"

static inline void
guards_policy(void **state, const char *text)
{
    char whole[4096];
    int n = snprintf(whole, sizeof whole, POLICY_HEAD "%s", text);

    assert_in_range(n, 1, sizeof whole - 1);
    unit_write(state, "policy.ini", whole, (size_t)n);
}

/* The options of a guard over policy.ini and the file `log` of the folder. */
static inline stk_guard_options
guards_options(void **state)
{
    static char policy[PATH_MAX], sink[PATH_MAX + 8];
    stk_guard_options options = STK_GUARD_OPTIONS_INIT;

    snprintf(policy, sizeof policy, "%s", unit_path(state, "policy.ini"));
    snprintf(sink, sizeof sink, "file:%s", unit_path(state, "log"));
    options.policy = policy;
    options.audit = sink;
    options.host = "embed";
    options.version = "3.99.1";
    return options;
}

static inline stk_guard *
guards_new(void **state, const char *text)
{
    stk_guard_options options;
    stk_error err = STK_ERROR_INIT;
    stk_guard *guard = NULL;

    guards_policy(state, text);
    options = guards_options(state);
    if (stk_guard_new(&guard, &options, &err) < 0)
        fail_msg("%s", err.message);
    return guard;
}

/* Judges `name` for `importer`, NULL for unknown code. To be cleared. */
static inline stk_judgement
guards_judge(stk_guard *guard, const char *name, const char *importer)
{
    stk_importer asker = { importer, 0 };
    stk_attempt attempt = { name, &asker, 1, 0 };
    stk_judgement judgement;

    stk_guard_judge(guard, &attempt, &judgement);
    return judgement;
}

/* The same, and recorded; returns what _record() did. */
static inline int
guards_ask(stk_guard *guard, const char *name, const char *importer)
{
    stk_importer asker = { importer, 0 };
    stk_attempt attempt = { name, &asker, 1, 0 };
    stk_circumstances circumstances = { 0 };
    stk_judgement judgement;
    int result;

    stk_guard_judge(guard, &attempt, &judgement);
    result =
        stk_guard_record(guard, &attempt, &judgement, &circumstances, NULL);
    stk_judgement_clear(&judgement);
    return result;
}

/* Record number `n` of the log. To be freed; its strings live as long. */
static inline stk_log_reader *
guards_record(void **state, size_t n, stk_record *out)
{
    stk_log_reader *reader;

    assert_int_equal(
        stk_log_reader_open(&reader, unit_path(state, "log"), NULL), 0);
    for (size_t i = 0; i <= n; i++)
        assert_int_equal(stk_log_reader_next(reader, out, NULL), 1);
    return reader;
}

/* How many records the log holds, with no finding; fails otherwise. */
static inline uint64_t
guards_count(void **state, uint64_t chains, uint64_t open)
{
    static const stk_verify_calls calls = { NULL, NULL, NULL };
    stk_log_summary summary;

    assert_int_equal(
        stk_log_verify(&summary, unit_path(state, "log"), &calls, NULL), 0);
    assert_int_equal(summary.chains, chains);
    assert_int_equal(summary.open, open);
    return summary.records;
}

#endif
