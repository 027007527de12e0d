/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to the system log, played by a socket of our own. */
#include "audit/sink.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "scratch.h"

/* s->log is the socket, not a file, in this program. */
static int
listen_on(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0 && strlen(path) < sizeof address.sun_path);
    strcpy(address.sun_path, path);
    assert_int_equal(bind(fd, (void *)&address, sizeof address), 0);
    return fd;
}

static stk_sink
open_syslog(const scratch *s)
{
    char spec[300];

    snprintf(spec, sizeof spec, "syslog:%s", s->log);
    return open_sink(spec);
}

static void
assert_receives(int fd, const char *expected)
{
    char got[4096];
    ssize_t n = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);

    assert_true(n >= 0);
    got[n] = '\0';
    assert_string_equal(got, expected);
}

static void
set_zone(const char *zone)
{
    if (zone)
        setenv("TZ", zone, 1);
    else
        unsetenv("TZ");
    tzset();
}

static void
test_write__sends_what_rfc_3164_says(void **state)
{
    scratch *s = *state;
    int log = listen_on(s->log);
    stk_sink sink;

    set_zone("UTC");
    sink = open_syslog(s);
    assert_int_equal(write_text(&sink, "{\"v\":1}", NULL), 0);
    assert_receives(log, "<84>Jan 31 12:00:00 stockade[41]: {\"v\":1}");
    stk_sink_close(&sink);
    set_zone("STK-13:30");
    sink = open_syslog(s);
    set_zone(NULL);
    assert_int_equal(write_text(&sink, "{\"v\":1}", NULL), 0);
    assert_receives(log, "<84>Feb  1 01:30:00 stockade[41]: {\"v\":1}");
    stk_sink_close(&sink);
    close(log);
}

static void
test_write__finds_a_system_log_that_was_started_again(void **state)
{
    scratch *s = *state;
    int log = listen_on(s->log);
    stk_sink sink;
    stk_error err = STK_ERROR_INIT;
    char expected[512];

    set_zone("UTC");
    sink = open_syslog(s);
    close(log);
    assert_int_equal(write_text(&sink, "one", &err), -STK_E_AUDIT);
    snprintf(expected, sizeof expected,
             "syslog:%s: cannot write: Connection refused", s->log);
    assert_string_equal(err.message, expected);
    unlink(s->log);
    log = listen_on(s->log);
    assert_int_equal(write_text(&sink, "two", NULL), 0);
    assert_receives(log, "<84>Jan 31 12:00:00 stockade[41]: two");
    stk_sink_close(&sink);
    close(log);
}

static void
test_write__says_that_a_record_is_too_long(void **state)
{
    scratch *s = *state;
    int log = listen_on(s->log);
    stk_sink sink = open_syslog(s);
    stk_error err = STK_ERROR_INIT;
    char *text = malloc(1 << 20);

    memset(text, 'x', 1 << 20);
    text[(1 << 20) - 1] = '\0';
    assert_int_equal(write_text(&sink, text, &err), -STK_E_AUDIT);
    assert_non_null(strstr(err.message, "a record of 1048575 bytes is too "
                                        "long for the system log: Message "
                                        "too long"));
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    stk_sink_close(&sink);
    close(log);
    free(text);
}

static void
test_write__a_log_that_does_not_read_is_not_waited_for_long(void **state)
{
    scratch *s = *state;
    int log = listen_on(s->log), n = 0;
    stk_sink sink = open_syslog(s);
    stk_error err = STK_ERROR_INIT;
    time_t before = time(NULL);

    while (write_text(&sink, "x", &err) == 0)
        assert_true(++n < 100000);
    assert_non_null(strstr(err.message, "Connection timed out"));
    assert_true(time(NULL) - before < 30);
    stk_sink_close(&sink);
    close(log);
}

static void
test_open__says_what_is_missing(void **state)
{
    scratch *s = *state;
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;
    char spec[300], expected[600];

    snprintf(spec, sizeof spec, "syslog:%s", s->log);
    snprintf(expected, sizeof expected,
             "audit sink %s: cannot reach the system log: No such file or "
             "directory",
             spec);
    assert_int_equal(stk_sink_open(&sink, spec, &err), -STK_E_IO);
    assert_string_equal(err.message, expected);
    memset(spec + 7, 'x', 200);
    spec[207] = '\0';
    assert_int_equal(stk_sink_open(&sink, spec, &err), -STK_E_INVALID);
    assert_non_null(strstr(err.message, "the path is too long for a socket"));
}

/* With no name it is /dev/log, wherever that leads. */
static void
test_open__without_a_name_is_the_machines(void **state)
{
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;

    (void)state;
    if (stk_sink_open(&sink, "syslog:", &err) == 0) {
        assert_string_equal(sink.path, "/dev/log");
        stk_sink_close(&sink);
    } else {
        assert_int_equal(err.code, STK_E_IO);
        assert_non_null(
            strstr(err.message, "audit sink syslog:: cannot reach"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(test_write__sends_what_rfc_3164_says),
        scratch_test(test_write__finds_a_system_log_that_was_started_again),
        scratch_test(test_write__says_that_a_record_is_too_long),
        scratch_test(
            test_write__a_log_that_does_not_read_is_not_waited_for_long),
        scratch_test(test_open__says_what_is_missing),
        cmocka_unit_test(test_open__without_a_name_is_the_machines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
