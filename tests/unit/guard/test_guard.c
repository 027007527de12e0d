/* SPDX-License-Identifier: Apache-2.0 */
/* guard/guard.c: the life of a guard. */
#include "guards.h"

#define DENIES_OS "default = allow\n[modules]\nos = deny\n"

static void
test_new__writes_start_and_free_writes_end(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_record record;
    stk_log_reader *reader;

    assert_int_equal(guards_count(state, 1, 1), 1);
    stk_guard_count_repeat(guard);
    stk_guard_count_repeat(guard);
    stk_guard_close(guard);
    stk_guard_close(guard);
    stk_guard_free(guard);
    assert_int_equal(guards_count(state, 1, 0), 2);
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.event, "end");
    assert_int_equal(record.count, 2);
    stk_log_reader_free(reader);
    stk_guard_free(NULL);
}

static void
count_errors(void *payload, const stk_diagnostic *found)
{
    assert_int_equal(found->severity, STK_SEVERITY_ERROR);
    ++*(unsigned *)payload;
}

static void
test_new__bad_policy_reports_all_and_opens_no_log(void **state)
{
    stk_guard_options options;
    stk_guard *guard = NULL;
    stk_error err = STK_ERROR_INIT;
    unsigned reported = 0;

    guards_policy(state, "mode = obsreve\n[modules]\nos = dney\n");
    options = guards_options(state);
    options.report = count_errors;
    options.payload = &reported;
    assert_int_equal(stk_guard_new(&guard, &options, &err), -STK_E_INVALID);
    assert_null(guard);
    assert_int_equal(reported, 2);
    assert_int_equal(err.line, 3);
    assert_int_equal(access(unit_path(state, "log"), F_OK), -1);
}

/* A key without its other half, and a rule that needs it. */
#define SIGNED                                                                \
    "[modules]\nos = allow\nshop = signed\n[key a]\nmodules = *\n"            \
    "public = RWQAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"

static void
test_new__a_key_that_is_none_is_refused(void **state)
{
    stk_guard_options options;
    stk_guard *guard = NULL;
    stk_error err = STK_ERROR_INIT;
    unsigned reported = 0;

    guards_policy(state, SIGNED);
    options = guards_options(state);
    options.report = count_errors;
    options.payload = &reported;
    assert_int_equal(stk_guard_new(&guard, &options, &err), -STK_E_INVALID);
    assert_null(guard);
    assert_int_equal(reported, 1);
    assert_int_equal(err.line, 6);
    assert_non_null(strstr(err.message, "the key a is no Ed25519 key"));
    assert_int_equal(access(unit_path(state, "log"), F_OK), -1);
    guards_policy(state, "mode = observe\n" SIGNED);
    assert_int_equal(stk_guard_new(&guard, &options, &err), -STK_E_INVALID);
}

static void
test_new__bad_sinks_are_refused(void **state)
{
    stk_guard_options options;
    stk_guard *guard = NULL;
    char many[256] = "";

    guards_policy(state, DENIES_OS);
    options = guards_options(state);
    options.audit = "nothing";
    assert_int_equal(stk_guard_new(&guard, &options, NULL), -STK_E_INVALID);
    options.audit = "file:/does/not/exist/log";
    assert_int_equal(stk_guard_new(&guard, &options, NULL), -STK_E_IO);
    for (int i = 0; i < 17; i++)
        strcat(many, "fd:2 ");
    options.audit = many;
    assert_int_equal(stk_guard_new(&guard, &options, NULL), -STK_E_LIMIT);
    assert_null(guard);
}

static void
test_reload__good_policy_is_in_force_and_a_generation_on(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    uint64_t generation = stk_guard_generation(guard);

    assert_false(stk_guard_is_free(guard, "os"));
    guards_policy(state, "default = allow\n");
    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    assert_int_equal(stk_guard_generation(guard), generation + 1);
    assert_true(stk_guard_is_free(guard, "os"));
    stk_guard_free(guard);
}

static void
test_reload__bad_policy_changes_nothing(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    uint64_t generation = stk_guard_generation(guard);
    stk_policy *before = stk_guard_policy(guard), *after;
    stk_error err = STK_ERROR_INIT;
    stk_record record;
    stk_log_reader *reader;

    guards_policy(state, "oops\n");
    assert_int_equal(stk_guard_reload(guard, &err), -STK_E_INVALID);
    after = stk_guard_policy(guard);
    assert_ptr_equal(before, after);
    assert_int_equal(stk_guard_generation(guard), generation);
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.event, "reload");
    assert_string_equal(record.outcome, "failed");
    assert_non_null(strstr(record.error, err.message));
    stk_log_reader_free(reader);
    guards_policy(state, SIGNED);
    assert_int_equal(stk_guard_reload(guard, &err), -STK_E_INVALID);
    assert_int_equal(stk_guard_generation(guard), generation);
    stk_policy_free(before);
    stk_policy_free(after);
    stk_guard_free(guard);
}

static void
test_reload__failure_is_one_to_who_wants_no_error_too(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_log_reader *reader;
    stk_record record;

    guards_policy(state, "oops\n");
    assert_int_equal(stk_guard_reload(guard, NULL), -STK_E_INVALID);
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.outcome, "failed");
    assert_non_null(strstr(record.error, "policy.ini:3: "));
    stk_log_reader_free(reader);
    stk_guard_free(guard);
}

static void
test_reload__relative_path_means_what_it_meant(void **state)
{
    stk_guard_options options;
    stk_guard *guard = NULL;
    char here[PATH_MAX];

    assert_non_null(getcwd(here, sizeof here));
    guards_policy(state, DENIES_OS);
    options = guards_options(state);
    assert_int_equal(chdir(*state), 0);
    options.policy = "policy.ini";
    assert_int_equal(stk_guard_new(&guard, &options, NULL), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    stk_guard_free(guard);
    assert_int_equal(chdir(here), 0);
}

static void
test_stats__are_what_the_log_holds(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_judgement judgement;
    stk_guard_stats s;

    guards_ask(guard, "os", "app");
    guards_ask(guard, "json", "app");
    guards_ask(guard, "json", "app");
    stk_guard_count_repeat(guard);
    judgement = guards_judge(guard, "os", "app"); /* and not recorded */
    stk_judgement_clear(&judgement);
    stk_guard_stats_get(guard, &s);
    assert_int_equal(s.attempts, 4);
    assert_int_equal(s.allowed, 3);
    assert_int_equal(s.denied, 1);
    assert_int_equal(s.refused, 1);
    assert_int_equal(s.cached, 1);
    assert_int_equal(s.repeats, 1);
    assert_int_equal(s.tampered + s.reloads + s.lost, 0);
    stk_guard_free(guard);
}

static void
count_line(void *payload, const char *line, size_t length)
{
    assert_true(length > 2 && line[0] == '{');
    ++*(unsigned *)payload;
}

#define GOOD_KEY                                                              \
    "[key a]\nmodules = *\n"                                                  \
    "public = RWRQwqx7eurFe7nKei9+DcU1jX9HJLBiV6QNRQAbEY9HUd8Bsqf/Izq/\n"

static void
test_reload__no_policy_may_say_signed_where_code_cannot_be_seen(void **state)
{
    stk_guard *guard = guards_new(state, "[modules]\nos = allow\n");
    stk_error err = STK_ERROR_INIT;

    assert_false(stk_guard_needs_signatures(guard));
    guards_policy(state, "[modules]\nshop = signed\n" GOOD_KEY);
    assert_int_equal(stk_guard_reload(guard, &err), 0);
    assert_true(stk_guard_needs_signatures(guard));
    guards_policy(state, "[modules]\nos = allow\n");
    assert_int_equal(stk_guard_reload(guard, &err), 0);
    assert_false(stk_guard_needs_signatures(guard));
    stk_guard_set_unsigned(guard, "it is dark");
    guards_policy(state, "[modules]\nshop = signed\n" GOOD_KEY);
    assert_int_equal(stk_guard_reload(guard, &err), -STK_E_STATE);
    assert_string_equal(err.message, "it is dark");
    assert_false(stk_guard_needs_signatures(guard));
    guards_policy(state, "[modules]\npickle = allow\n");
    assert_int_equal(stk_guard_reload(guard, &err), 0);
    stk_guard_free(guard);
}

static void
test_history__has_the_lines_of_the_log(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    unsigned n = 0;

    guards_ask(guard, "os", "app");
    stk_guard_history(guard, count_line, &n);
    assert_int_equal(n, 2);
    stk_guard_free(guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_new__writes_start_and_free_writes_end),
        unit_test_in_folder(test_new__bad_policy_reports_all_and_opens_no_log),
        unit_test_in_folder(test_new__a_key_that_is_none_is_refused),
        unit_test_in_folder(test_new__bad_sinks_are_refused),
        unit_test_in_folder(
            test_reload__good_policy_is_in_force_and_a_generation_on),
        unit_test_in_folder(test_reload__bad_policy_changes_nothing),
        unit_test_in_folder(
            test_reload__failure_is_one_to_who_wants_no_error_too),
        unit_test_in_folder(test_reload__relative_path_means_what_it_meant),
        unit_test_in_folder(
            test_reload__no_policy_may_say_signed_where_code_cannot_be_seen),
        unit_test_in_folder(test_stats__are_what_the_log_holds),
        unit_test_in_folder(test_history__has_the_lines_of_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
