/* SPDX-License-Identifier: Apache-2.0 */
/* cli/filter.c: which records are wanted. */
#include "cli/filter.h"

#include <getopt.h>

#include "unit.h"

#define SECOND 1000000ull
#define NOW    (1000000ull * SECOND)

static void
test_since__counts_back_from_now(void **state)
{
    uint64_t since = 0;

    (void)state;
    assert_int_equal(cli_parse_since(&since, "90s", NOW), 0);
    assert_int_equal(since, NOW - 90 * SECOND);
    assert_int_equal(cli_parse_since(&since, "10m", NOW), 0);
    assert_int_equal(since, NOW - 600 * SECOND);
    assert_int_equal(cli_parse_since(&since, "2h", NOW), 0);
    assert_int_equal(since, NOW - 7200 * SECOND);
    assert_int_equal(cli_parse_since(&since, "7d", NOW), 0);
    assert_int_equal(since, NOW - 7 * 86400 * SECOND);
}

static void
test_since__before_1970_is_the_beginning(void **state)
{
    uint64_t since = 1;

    (void)state;
    assert_int_equal(cli_parse_since(&since, "1000d", NOW), 0);
    assert_int_equal(since, 0);
}

static void
test_since__a_date_may_leave_out_the_rest(void **state)
{
    static const char *const same[] = {
        "1970-01-02",
        "1970-01-02T00:00",
        "1970-01-02 00:00",
        "1970-01-02T00:00:00",
        "1970-01-02T00:00:00Z",
        "1970-01-02T00:00:00.000000",
        "1970-01-02T00:00:00.000000Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        uint64_t since = 0;

        assert_int_equal(cli_parse_since(&since, same[i], NOW), 0);
        assert_int_equal(since, 86400 * SECOND);
    }
}

static void
test_since__what_is_no_time_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "yesterday",
        "10",
        "10x",
        "10mm",
        "-5m",
        "m",
        "99999999999999999999s",
        "1970-1-2",
        "1970",
        "1970-01-02T",
        "1970-13-02",
        "2026-01-31T12:0x",
        "Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint64_t since = 7;

        assert_int_equal(cli_parse_since(&since, wrong[i], NOW), -1);
    }
}

static stk_record
some_record(void)
{
    stk_record record = STK_RECORD_INIT;

    record.time = 5 * SECOND;
    record.pid = 42;
    record.event = "import";
    record.name = "os.path";
    record.importer = "plugins.reports";
    record.verdict = "allow";
    return record;
}

static void
test_match__an_empty_filter_takes_everything(void **state)
{
    cli_filter filter = { 0 };
    stk_record record = some_record(), bare = STK_RECORD_INIT;

    (void)state;
    assert_true(cli_filter_match(&filter, &record));
    assert_true(cli_filter_match(&filter, &bare));
}

static void
test_match__a_name_holds_what_is_below_it_and_no_other(void **state)
{
    cli_filter filter = { 0 };
    stk_record record = some_record();

    (void)state;
    filter.name = "os";
    assert_true(cli_filter_match(&filter, &record));
    filter.name = "os.path";
    assert_true(cli_filter_match(&filter, &record));
    filter.name = "os.pat";
    assert_false(cli_filter_match(&filter, &record));
    filter.name = "o";
    assert_false(cli_filter_match(&filter, &record));
    record.name = NULL;
    assert_false(cli_filter_match(&filter, &record));
}

static void
test_match__importer_pid_event_and_time_must_all_hold(void **state)
{
    cli_filter filter = { 0 };
    stk_record record = some_record();

    (void)state;
    filter.importer = "plugins";
    filter.pid = 42;
    filter.event = "import";
    filter.since = 5 * SECOND;
    assert_true(cli_filter_match(&filter, &record));
    record.pid = 43;
    assert_false(cli_filter_match(&filter, &record));
    record = some_record();
    record.event = "reload";
    assert_false(cli_filter_match(&filter, &record));
    record = some_record();
    record.importer = NULL;
    assert_false(cli_filter_match(&filter, &record));
    record = some_record();
    record.time--;
    assert_false(cli_filter_match(&filter, &record));
}

static void
test_match__denied_takes_denied_attempts_alone(void **state)
{
    cli_filter filter = { 0 };
    stk_record record = some_record();

    (void)state;
    filter.denied = true;
    assert_false(cli_filter_match(&filter, &record));
    record.verdict = "deny";
    assert_true(cli_filter_match(&filter, &record));
    record.verdict = NULL;
    assert_false(cli_filter_match(&filter, &record));
}

static const cli_option options[] = { CLI_FILTER_OPTIONS, CLI_OPTION_HELP,
                                      CLI_OPTION_END };
static const cli_command command = { "test", "", "", options, NULL };

static void
test_take__reads_each_of_its_options(void **state)
{
    cli_filter filter = { 0 };
    cli_line line = { 0 };

    (void)state;
    line.command = &command;
    optarg = (char *)"os";
    assert_int_equal(cli_filter_take(&filter, &line, CLI_FILTER_NAME),
                     CLI_GOOD);
    assert_string_equal(filter.name, "os");
    optarg = (char *)"tamper";
    assert_int_equal(cli_filter_take(&filter, &line, CLI_FILTER_EVENT),
                     CLI_GOOD);
    assert_string_equal(filter.event, "tamper");
    optarg = (char *)"worker";
    assert_int_equal(cli_filter_take(&filter, &line, CLI_FILTER_EVENT),
                     CLI_GOOD);
    assert_string_equal(filter.event, "worker");
    optarg = (char *)"syscall";
    assert_int_equal(cli_filter_take(&filter, &line, CLI_FILTER_EVENT),
                     CLI_GOOD);
    assert_string_equal(filter.event, "syscall");
    assert_null(filter.audited);
    optarg = (char *)"os.system";
    assert_int_equal(cli_filter_take(&filter, &line, CLI_FILTER_EVENT),
                     CLI_GOOD);
    assert_null(filter.event);
    assert_non_null(filter.audited);
    optarg = (char *)"12";
    assert_int_equal(cli_filter_take(&filter, &line, CLI_FILTER_PID),
                     CLI_GOOD);
    assert_int_equal(filter.pid, 12);
    cli_filter_clear(&filter);
    assert_null(filter.audited);
}

static void
test_take__a_wrong_argument_stops_with_usage(void **state)
{
    static const struct {
        int option;
        const char *argument;
    } wrong[] = {
        { CLI_FILTER_EVENT, "imports" }, { CLI_FILTER_PID, "0" },
        { CLI_FILTER_PID, "12x" },       { CLI_FILTER_PID, "" },
        { CLI_FILTER_SINCE, "soon" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cli_filter filter = { 0 };
        cli_line line = { 0 };

        line.command = &command;
        optarg = (char *)wrong[i].argument;
        assert_int_equal(cli_filter_take(&filter, &line, wrong[i].option),
                         CLI_STOP);
        assert_int_equal(line.status, CLI_USAGE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_since__counts_back_from_now),
        cmocka_unit_test(test_since__before_1970_is_the_beginning),
        cmocka_unit_test(test_since__a_date_may_leave_out_the_rest),
        cmocka_unit_test(test_since__what_is_no_time_is_refused),
        cmocka_unit_test(test_match__an_empty_filter_takes_everything),
        cmocka_unit_test(
            test_match__a_name_holds_what_is_below_it_and_no_other),
        cmocka_unit_test(
            test_match__importer_pid_event_and_time_must_all_hold),
        cmocka_unit_test(test_match__denied_takes_denied_attempts_alone),
        cmocka_unit_test(test_take__reads_each_of_its_options),
        cmocka_unit_test(test_take__a_wrong_argument_stops_with_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
