/* SPDX-License-Identifier: Apache-2.0 */
/* guard/report.c: what is written of attempts and of the guard's own life. */
#include "guard/report.h"
#include "guards.h"

#define DENIES_OS "default = allow\n[modules]\nos = deny\n"

static void
test_report__start_says_what_is_in_force(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_record record;
    stk_log_reader *reader = guards_record(state, 0, &record);

    assert_string_equal(record.event, "start");
    assert_string_equal(record.name, unit_path(state, "policy.ini"));
    assert_string_equal(record.reason, "embed, Python 3.99.1");
    assert_string_equal(record.outcome, "enforce");
    assert_int_equal(strlen(record.digest), 64);
    stk_log_reader_free(reader);
    stk_guard_free(guard);
}

static void
test_report__logs_to_a_sink_or_to_memory_alone(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_guard_options options = guards_options(state);
    stk_guard *silent;

    options.audit = "";
    assert_int_equal(stk_guard_new(&silent, &options, NULL), 0);
    assert_true(stk_guard_logs(guard));
    assert_false(stk_guard_logs(silent));
    stk_guard_free(silent);
    stk_guard_free(guard);
}

static void
test_report__denial_has_rule_and_outcome(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_record record;
    stk_log_reader *reader;
    char rule[PATH_MAX + 8];

    assert_int_equal(guards_ask(guard, "os", "app"), 0);
    reader = guards_record(state, 1, &record);
    snprintf(rule, sizeof rule, "%s:5", unit_path(state, "policy.ini"));
    assert_string_equal(record.event, "import");
    assert_string_equal(record.name, "os");
    assert_string_equal(record.importer, "app");
    assert_string_equal(record.verdict, "deny");
    assert_string_equal(record.rule, rule);
    assert_string_equal(record.outcome, "refused");
    stk_log_reader_free(reader);
    stk_guard_free(guard);
}

static void
test_report__observed_denial_is_marked_whatever_was_found(void **state)
{
    stk_guard *guard = guards_new(state, "mode = observe\n" DENIES_OS);
    stk_importer asker = { "app", 0 };
    stk_attempt attempt = { "os", &asker, 1, 0 };
    stk_circumstances circumstances = { .outcome = "found", .cached = true };
    stk_judgement judgement = guards_judge(guard, "os", "app");
    stk_record record;
    stk_log_reader *reader;

    stk_guard_record(guard, &attempt, &judgement, &circumstances, NULL);
    stk_judgement_clear(&judgement);
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.outcome, "would-refuse");
    assert_true(record.cached);
    stk_log_reader_free(reader);
    stk_guard_free(guard);
}

static void
test_report__others_on_the_stack_are_named(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    const stk_importer askers[] = { { "a", 0 }, { NULL, 0 }, { "c", 0 } };
    stk_attempt attempt = { "json", askers, 3, 0 };
    stk_circumstances circumstances = { .file = "f.py", .line = 7 };
    stk_judgement judgement;
    stk_record record;
    stk_log_reader *reader;

    stk_guard_judge(guard, &attempt, &judgement);
    stk_guard_record(guard, &attempt, &judgement, &circumstances, NULL);
    stk_judgement_clear(&judgement);
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.importer, "a");
    assert_string_equal(record.through, "? c");
    assert_string_equal(record.file, "f.py");
    assert_int_equal(record.line, 7);
    stk_log_reader_free(reader);
    stk_guard_free(guard);
}

static void
test_report__a_finder_of_the_start_is_told_and_is_no_tampering(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_guard_stats stats;
    stk_record record;
    stk_log_reader *reader;

    assert_int_equal(stk_guard_record_finder(guard, "hack", NULL), 0);
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.event, "finder");
    assert_string_equal(record.name, "sys.meta_path");
    assert_string_equal(record.importer, "hack");
    assert_string_equal(record.reason, "startup");
    assert_string_equal(record.outcome, "put-behind");
    stk_guard_stats_get(guard, &stats);
    assert_int_equal(stats.tampered, 0);
    stk_log_reader_free(reader);
    stk_guard_free(guard);
}

static void
test_report__tampering_is_told_and_counted(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_guard_stats stats;
    stk_record record;
    stk_log_reader *reader;

    assert_int_equal(
        stk_guard_record_tamper(guard, "sys.meta_path", NULL, "plug", NULL),
        0);
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.event, "tamper");
    assert_string_equal(record.name, "sys.meta_path");
    assert_string_equal(record.importer, "plug");
    assert_string_equal(record.reason, "asked-next");
    assert_string_equal(record.outcome, "put-back");
    stk_guard_stats_get(guard, &stats);
    assert_int_equal(stats.tampered, 1);
    stk_log_reader_free(reader);
    assert_int_equal(
        stk_guard_record_tamper(guard, "sys.meta_path", "shim", "plug", NULL),
        0);
    reader = guards_record(state, 2, &record);
    assert_string_equal(record.importer, "shim");
    assert_string_equal(record.reason, "found-there");
    stk_log_reader_free(reader);
    stk_guard_free(guard);
}

static void
test_report__closed_log_denies(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_guard_stats stats;

    stk_guard_close(guard);
    assert_int_equal(guards_ask(guard, "json", "app"), -STK_E_AUDIT);
    stk_guard_stats_get(guard, &stats);
    assert_int_equal(stats.refused, 1);
    stk_guard_free(guard);
}

/* A guard whose start is written to a pipe, and nothing after it. */
static stk_guard *
with_closed_pipe(void **state, const char *text)
{
    stk_guard_options options;
    stk_guard *guard = NULL;
    char sink[32];
    int ends[2];

    guards_policy(state, text);
    options = guards_options(state);
    assert_int_equal(pipe(ends), 0);
    snprintf(sink, sizeof sink, "fd:%d", ends[1]);
    options.audit = sink;
    assert_int_equal(stk_guard_new(&guard, &options, NULL), 0);
    close(ends[0]);
    close(ends[1]);
    return guard;
}

static void
test_report__lost_record_does_as_the_policy_says(void **state)
{
    stk_guard *guard = with_closed_pipe(state, "default = allow\n");
    stk_guard_stats stats;

    assert_int_equal(guards_ask(guard, "json", "app"), -STK_E_AUDIT);
    stk_guard_stats_get(guard, &stats);
    assert_int_equal(stats.denied, 1);
    assert_int_equal(stats.lost, 1);
    stk_guard_free(guard);
    guard = with_closed_pipe(state,
                             "default = allow\non_audit_failure = continue\n");
    assert_int_equal(guards_ask(guard, "json", "app"), 0);
    stk_guard_stats_get(guard, &stats);
    assert_int_equal(stats.denied, 0);
    assert_int_equal(stats.lost, 1);
    stk_guard_free(guard);
}

/* The log is the proof of what was in force: no record, no new policy. */
static void
test_report__reload_that_cannot_be_recorded_changes_nothing(void **state)
{
    stk_guard *guard = with_closed_pipe(state, DENIES_OS);
    uint64_t generation = stk_guard_generation(guard);
    stk_guard_stats stats;

    guards_policy(state, "default = allow\n");
    assert_int_equal(stk_guard_reload(guard, NULL), -STK_E_AUDIT);
    assert_false(stk_guard_is_free(guard, "os"));
    assert_int_equal(stk_guard_generation(guard), generation);
    stk_guard_stats_get(guard, &stats);
    assert_int_equal(stats.reloads, 0);
    guards_policy(state, "default = allow\non_audit_failure = continue\n");
    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    assert_true(stk_guard_is_free(guard, "os"));
    stk_guard_free(guard);
}

static void
test_report__child_is_told_with_who_starts_it(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_record record;
    stk_log_reader *reader;

    assert_int_equal(
        stk_guard_record_child(guard, "spawn", "app", "guarded", NULL), 0);
    assert_int_equal(
        stk_guard_record_child(guard, "python3", NULL, "refused", NULL), 0);
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.event, "child");
    assert_string_equal(record.name, "spawn");
    assert_string_equal(record.importer, "app");
    assert_string_equal(record.verdict, "allow");
    assert_string_equal(record.outcome, "guarded");
    stk_log_reader_free(reader);
    reader = guards_record(state, 2, &record);
    assert_null(record.importer);
    assert_string_equal(record.verdict, "deny");
    stk_log_reader_free(reader);
    stk_guard_free(guard);
}

static void
test_report__tells_what_must_be_signed_and_is_not_verified(void **state)
{
    static const char *const names[] = { "abc", "os", "shop", "zipimport" };
    stk_guard *guard;
    stk_record record;
    stk_log_reader *reader;

    guard = guards_new(state, "default = allow\n[key k]\n"
                              "public = RWSAxuvbygr2ijVadx0Mrv8LWzyJ3R5KULm5OD"
                              "dCNx2V9BIp5CLgva2I\nmodules = *\n[modules]\n"
                              "abc = signed\nzipimport = signed\n");
    assert_int_equal(
        stk_guard_record_unverified(guard, "frozen", names, 4, NULL), 0);
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.event, "frozen");
    assert_string_equal(record.name, "abc zipimport");
    assert_string_equal(record.requirement, "signed");
    assert_string_equal(record.outcome, "not-verified");
    assert_null(record.verdict);
    stk_log_reader_free(reader);
    assert_int_equal(
        stk_guard_record_unverified(guard, "frozen", names + 1, 2, NULL), 0);
    assert_int_equal(stk_guard_record_tamper(guard, "x", NULL, NULL, NULL), 0);
    reader = guards_record(state, 2, &record);
    assert_string_equal(record.event, "tamper");
    stk_log_reader_free(reader);
    stk_guard_free(guard);
}

static void
test_report__second_process_has_the_same_policy_or_none(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS), *second;
    stk_guard_options options;
    stk_error err = STK_ERROR_INIT;
    char *digest = stk_guard_digest(guard);

    assert_int_equal(strlen(digest), 64);
    stk_guard_options_get(guard, &options);
    assert_int_equal(options.policy[0], '/');
    assert_false(options.observe);
    options.digest = digest;
    assert_int_equal(stk_guard_new(&second, &options, &err), 0);
    stk_guard_free(second);
    unit_write(state, "policy.ini", "[stockade]\nversion = 1\n", 23);
    assert_int_equal(stk_guard_new(&second, &options, &err), -STK_E_STATE);
    assert_non_null(strstr(err.message, "policy.ini is not what it was"));
    free(digest);
    stk_guard_free(guard);
}

static void
test_report__sinks_of_a_second_process_are_absolute(void **state)
{
    stk_guard_options options = STK_GUARD_OPTIONS_INIT;
    stk_guard *guard;

    options.policy =
        unit_write(state, "policy.ini", "[stockade]\nversion = 1\n", 23);
    options.audit = "fd:2 file:/dev/null";
    assert_int_equal(stk_guard_new(&guard, &options, NULL), 0);
    stk_guard_options_get(guard, &options);
    assert_string_equal(options.audit, "fd:2 file:/dev/null ");
    stk_guard_free(guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_report__tells_what_must_be_signed_and_is_not_verified),
        unit_test_in_folder(test_report__child_is_told_with_who_starts_it),
        unit_test_in_folder(
            test_report__second_process_has_the_same_policy_or_none),
        unit_test_in_folder(
            test_report__sinks_of_a_second_process_are_absolute),
        unit_test_in_folder(test_report__start_says_what_is_in_force),
        unit_test_in_folder(test_report__logs_to_a_sink_or_to_memory_alone),
        unit_test_in_folder(test_report__denial_has_rule_and_outcome),
        unit_test_in_folder(
            test_report__observed_denial_is_marked_whatever_was_found),
        unit_test_in_folder(test_report__others_on_the_stack_are_named),
        unit_test_in_folder(
            test_report__a_finder_of_the_start_is_told_and_is_no_tampering),
        unit_test_in_folder(test_report__tampering_is_told_and_counted),
        unit_test_in_folder(test_report__closed_log_denies),
        unit_test_in_folder(test_report__lost_record_does_as_the_policy_says),
        unit_test_in_folder(
            test_report__reload_that_cannot_be_recorded_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
