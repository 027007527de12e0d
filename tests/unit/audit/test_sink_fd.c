/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to a descriptor of the host. */
#include "audit/sink.h"

#include <signal.h>
#include <sys/socket.h>

#include "scratch.h"

static const char *
spec_of(int fd)
{
    static char spec[32];

    snprintf(spec, sizeof spec, "fd:%d", fd);
    return spec;
}

static void
assert_refused(const char *spec, int code, const char *message)
{
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;

    assert_int_equal(stk_sink_open(&sink, spec, &err), -code);
    assert_string_equal(err.message, message);
}

static void
test_open__refuses_what_is_no_number(void **state)
{
    static const char *const specs[] = {
        "fd:", "fd:x", "fd:-1", "fd:+3", "fd: 3", "fd:3x", "fd:9999999999",
    };
    char message[128];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(specs); i++) {
        snprintf(message, sizeof message,
                 "audit sink \"%s\" names no descriptor", specs[i]);
        assert_refused(specs[i], STK_E_INVALID, message);
    }
}

static void
test_open__refuses_what_cannot_be_written(void **state)
{
    char message[128];
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    snprintf(message, sizeof message,
             "audit sink fd:%d: is not open for writing", fd);
    assert_refused(spec_of(fd), STK_E_IO, message);
    close(fd);
    fd = open("/dev/null", O_PATH | O_CLOEXEC);
    assert_refused(spec_of(fd), STK_E_IO, message);
    close(fd);
    assert_refused("fd:999999", STK_E_IO,
                   "audit sink fd:999999: cannot use descriptor: Bad file "
                   "descriptor");
}

static void
test_open__the_number_stays_the_callers(void **state)
{
    int ends[2];
    stk_sink sink;
    char got[8] = "";

    (void)state;
    assert_int_equal(pipe(ends), 0);
    sink = open_sink(spec_of(ends[1]));
    assert_true(fcntl(sink.fd, F_GETFD) & FD_CLOEXEC);
    assert_true(sink.fd > 2 && sink.fd != ends[1]);
    close(ends[1]);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    assert_int_equal(read(ends[0], got, sizeof got), 4);
    assert_string_equal(got, "one\n");
    stk_sink_close(&sink);
    assert_int_equal(read(ends[0], got, sizeof got), 0);
    close(ends[0]);
}

static void
test_write__a_descriptor_that_was_closed_is_told(void **state)
{
    int ends[2];
    stk_sink sink;
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    sink = open_sink(spec_of(ends[1]));
    close(sink.fd);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(write_text(&sink, "one", &err), -STK_E_AUDIT);
        assert_non_null(strstr(err.message, ": its descriptor was closed"));
    }
    stk_sink_close(&sink);
    close(ends[0]);
    close(ends[1]);
}

static int
write_to_closed(void *payload)
{
    int ends[2];
    stk_sink sink;
    stk_error err = STK_ERROR_INIT;

    (void)payload;
    signal(SIGPIPE, SIG_DFL);
    if (pipe(ends) < 0 || stk_sink_open(&sink, spec_of(ends[1]), &err) < 0)
        return 1;
    close(ends[0]);
    for (int i = 0; i < 3; i++)
        if (write_text(&sink, "x", &err) != -STK_E_AUDIT ||
            !strstr(err.message, ": cannot write: Broken pipe"))
            return 2;
    return 0;
}

static void
test_write__a_closed_pipe_is_an_error_each_time(void **state)
{
    (void)state;
    assert_int_equal(in_child(write_to_closed, NULL), 0);
}

/* Fills a pipe of a page until a line is cut, then reads what came. */
static void
test_write__a_cut_line_is_ended_by_the_next(void **state)
{
    int ends[2];
    stk_sink sink;
    stk_error err = STK_ERROR_INIT;
    char *got = calloc(1, 1 << 20), text[6001];
    ssize_t n;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 4096);
    sink = open_sink(spec_of(ends[1]));
    assert_int_equal(write_text(&sink, text, &err), -STK_E_AUDIT);
    assert_non_null(strstr(err.message, "Connection timed out"));
    n = read(ends[0], got, 1 << 20);
    assert_int_equal(n, 4096);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    assert_int_equal(write_text(&sink, "two", NULL), 0);
    n = read(ends[0], got, 1 << 20);
    assert_int_equal(n, 9);
    assert_memory_equal(got, "\none\ntwo\n", 9);
    stk_sink_close(&sink);
    close(ends[0]);
    close(ends[1]);
    free(got);
}

static void
test_write__a_datagram_socket_gets_a_line_each(void **state)
{
    int sockets[2];
    stk_sink sink;
    stk_error err = STK_ERROR_INIT;
    char got[64], *text = malloc(1 << 22);

    (void)state;
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
    sink = open_sink(spec_of(sockets[0]));
    memset(text, 'x', 1 << 22);
    text[(1 << 22) - 1] = '\0';
    assert_int_equal(write_text(&sink, text, &err), -STK_E_AUDIT);
    assert_non_null(strstr(err.message, "Message too long"));
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    assert_int_equal(recv(sockets[1], got, sizeof got, 0), 4);
    assert_memory_equal(got, "one\n", 4);
    stk_sink_close(&sink);
    close(sockets[0]);
    close(sockets[1]);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open__refuses_what_is_no_number),
        cmocka_unit_test(test_open__refuses_what_cannot_be_written),
        cmocka_unit_test(test_open__the_number_stays_the_callers),
        cmocka_unit_test(test_write__a_descriptor_that_was_closed_is_told),
        cmocka_unit_test(test_write__a_closed_pipe_is_an_error_each_time),
        cmocka_unit_test(test_write__a_cut_line_is_ended_by_the_next),
        cmocka_unit_test(test_write__a_datagram_socket_gets_a_line_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
