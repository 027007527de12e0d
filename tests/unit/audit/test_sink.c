/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sinks, and what they share. */
#include "audit/sink.h"

#include "scratch.h"

static void
assert_unknown(const char *spec, const char *shown)
{
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;
    char expected[512];

    snprintf(expected, sizeof expected,
             "unknown audit sink \"%s\"; known are file:PATH, syslog:, "
             "journal: and fd:N",
             shown);
    assert_int_equal(stk_sink_open(&sink, spec, &err), -STK_E_INVALID);
    assert_string_equal(err.message, expected);
}

static void
test_open__refuses_what_is_no_sink(void **state)
{
    (void)state;
    assert_unknown("", "");
    assert_unknown("file", "file");
    assert_unknown(":x", ":x");
    assert_unknown("files:x", "files:x");
    assert_unknown("fil:x", "fil:x");
    assert_unknown("FILE:x", "FILE:x");
    assert_unknown("a\nb\x1b[1m:", "a\\x0ab\\x1b[1m:");
}

static void
test_open__says_how_a_file_is_written(void **state)
{
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;

    (void)state;
    assert_int_equal(stk_sink_open(&sink, "log.jsonl", &err), -STK_E_INVALID);
    assert_string_equal(err.message, "unknown audit sink \"log.jsonl\"; did "
                                     "you mean \"file:log.jsonl\"?");
}

static void
test_severity__warns_of_denials_errors_and_tampering(void **state)
{
    stk_record record = STK_RECORD_INIT;

    (void)state;
    assert_int_equal(stk_sink_severity(&record), 5);
    record.verdict = "allow";
    assert_int_equal(stk_sink_severity(&record), 5);
    record.error = "cannot read";
    assert_int_equal(stk_sink_severity(&record), 4);
    record.error = NULL;
    record.verdict = "deny";
    assert_int_equal(stk_sink_severity(&record), 4);
    record.verdict = NULL;
    record.event = "tamper";
    assert_int_equal(stk_sink_severity(&record), 4);
    record.event = "start";
    assert_int_equal(stk_sink_severity(&record), 5);
}

static int
move_low(void *payload)
{
    int fd;

    (void)payload;
    close(0);
    fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (fd != 0)
        return 1;
    fd = stk_sink_move(fd);
    return fd < 3 || fcntl(0, F_GETFD) >= 0 ||
           !(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void
test_move__leaves_the_three_streams_free(void **state)
{
    (void)state;
    assert_int_equal(in_child(move_low, NULL), 0);
    assert_int_equal(stk_sink_move(-1), -1);
}

static void
test_close__can_be_called_again(void **state)
{
    stk_sink sink = open_sink("file:/dev/null");

    (void)state;
    stk_sink_close(&sink);
    assert_int_equal(sink.fd, -1);
    stk_sink_close(&sink);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open__refuses_what_is_no_sink),
        cmocka_unit_test(test_open__says_how_a_file_is_written),
        cmocka_unit_test(test_severity__warns_of_denials_errors_and_tampering),
        cmocka_unit_test(test_move__leaves_the_three_streams_free),
        cmocka_unit_test(test_close__can_be_called_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
