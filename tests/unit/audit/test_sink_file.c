/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to a file: what may be one, whole lines, full disks. */
#include "audit/sink.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "scratch.h"

static int
open_spec(const char *kind, const char *what, stk_error *err)
{
    stk_sink sink;
    char spec[300];
    int result;

    snprintf(spec, sizeof spec, "%s:%s", kind, what);
    result = stk_sink_open(&sink, spec, err);
    if (result == 0)
        stk_sink_close(&sink);
    return result;
}

static void
assert_refused(const char *path, const char *message)
{
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(open_spec("file", path, &err), -STK_E_IO);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, path);
}

static void
test_open__creates_for_the_owner_alone(void **state)
{
    scratch *s = *state;
    struct stat st;
    mode_t before = umask(0);

    assert_int_equal(open_spec("file", s->log, NULL), 0);
    umask(before);
    assert_int_equal(stat(s->log, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0600);
}

static void
test_open__refuses_what_is_no_file(void **state)
{
    scratch *s = *state;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    assert_refused(s->folder, "cannot open the audit log: Is a directory");
    assert_int_equal(mkfifo(s->log, 0600), 0);
    assert_refused(s->log,
                   "audit log is a FIFO; open it yourself and use fd:N");
    unlink(s->log);
    assert_int_equal(symlink("/dev/null", s->log), 0);
    assert_refused(s->log, "audit log is a symbolic link");
    unlink(s->log);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strcpy(address.sun_path, s->log);
    assert_int_equal(bind(fd, (void *)&address, sizeof address), 0);
    assert_refused(s->log,
                   "cannot open the audit log: No such device or address");
    close(fd);
    assert_refused("/nowhere/log",
                   "cannot open the audit log: No such file or directory");
}

static void
test_open__takes_devices_that_are_no_disk(void **state)
{
    (void)state;
    assert_int_equal(open_spec("file", "/dev/null", NULL), 0);
}

static void
test_open__wants_a_name(void **state)
{
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_int_equal(open_spec("file", "", &err), -STK_E_INVALID);
    assert_string_equal(err.message, "audit sink \"file:\" names no file");
}

static int
open_without_streams(void *payload)
{
    scratch *s = payload;
    stk_sink sink;

    close(0);
    close(1);
    close(2);
    if (stk_sink_open(&sink, s->spec, NULL) < 0)
        return 1;
    return sink.fd <= 2 || !(fcntl(sink.fd, F_GETFD) & FD_CLOEXEC) ||
           fcntl(0, F_GETFD) >= 0;
}

static void
test_open__never_becomes_standard_output(void **state)
{
    assert_int_equal(in_child(open_without_streams, *state), 0);
}

/* ---- writing ---------------------------------------------------------- */

static void
assert_holds(const char *path, const char *expected)
{
    char *data = read_whole(path, NULL);

    assert_string_equal(data, expected);
    free(data);
}

static void
test_write__appends_whole_lines(void **state)
{
    scratch *s = *state;
    stk_sink sink;

    write_whole(s->log, "before\n", 7);
    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    assert_int_equal(truncate(s->log, 0), 0);
    assert_int_equal(write_text(&sink, "two", NULL), 0);
    stk_sink_close(&sink);
    assert_holds(s->log, "two\n");
}

static void
test_write__ends_a_line_that_was_torn(void **state)
{
    scratch *s = *state;
    stk_sink sink;

    write_whole(s->log, "torn", 4);
    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    assert_int_equal(write_text(&sink, "two", NULL), 0);
    stk_sink_close(&sink);
    assert_holds(s->log, "torn\none\ntwo\n");
}

static void
test_write__another_file_of_that_number_is_left_alone(void **state)
{
    scratch *s = *state;
    char other[300];
    stk_sink sink;
    int fd;

    snprintf(other, sizeof other, "%s.other", s->log);
    write_whole(other, "mine\n", 5);
    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    fd = open(other, O_RDWR | O_CLOEXEC);
    assert_int_equal(dup2(fd, sink.fd), sink.fd);
    assert_int_equal(write_text(&sink, "two", NULL), 0);
    assert_int_equal(dup2(fd, sink.fd), sink.fd);
    close(fd);
    fd = sink.fd;
    stk_sink_close(&sink);
    assert_true(fcntl(fd, F_GETFD) >= 0);
    close(fd);
    assert_holds(other, "mine\n");
    assert_holds(s->log, "one\ntwo\n");
    unlink(other);
}

/* `when` the first, and the second `later`, which is within: what the other
 * file holds then. */
static void
write_over_another(scratch *s, bool within, uint64_t later, const char *mine)
{
    char other[300];
    stk_sink sink;
    int fd;

    snprintf(other, sizeof other, "%s.other", s->log);
    write_whole(other, "mine\n", 5);
    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    fd = open(other, O_RDWR | O_APPEND | O_CLOEXEC);
    assert_int_equal(dup2(fd, sink.fd), sink.fd);
    close(fd);
    assert_int_equal(
        write_text_at(&sink, "two", SCRATCH_TIME + later, within, NULL), 0);
    close(sink.fd);
    stk_sink_close(&sink);
    assert_holds(other, mine);
    unlink(other);
    unlink(s->log);
}

/* The price of not looking is seen where it is paid, and nowhere else. */
static void
test_write__only_what_follows_within_a_moment_is_not_looked_at(void **state)
{
    uint64_t moment = STK_SINK_SETTLED_US;

    write_over_another(*state, true, moment - 1, "mine\ntwo\n");
    write_over_another(*state, true, moment, "mine\n");
    write_over_another(*state, true, (uint64_t)-1, "mine\n");
    write_over_another(*state, false, 0, "mine\n");
}

static void
test_write__a_number_that_is_nobodys_is_noticed_within(void **state)
{
    scratch *s = *state;
    stk_sink sink;

    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    close(sink.fd);
    assert_int_equal(write_text_at(&sink, "two", SCRATCH_TIME, true, NULL), 0);
    stk_sink_close(&sink);
    assert_holds(s->log, "one\ntwo\n");
}

static void
test_write__is_looked_at_within_after_a_fork(void **state)
{
    scratch *s = *state;
    stk_sink sink;

    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    assert_int_equal(dup2(1, sink.fd), sink.fd);
    stk_sink_forked(&sink);
    assert_int_equal(write_text_at(&sink, "two", SCRATCH_TIME, true, NULL), 0);
    stk_sink_close(&sink);
    assert_holds(s->log, "one\ntwo\n");
}

/* As programs have it whose limit of open files is low. */
static void
test_write__a_low_number_is_looked_at_always(void **state)
{
    scratch *s = *state;
    stk_sink sink;
    int low;

    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    low = fcntl(sink.fd, F_DUPFD_CLOEXEC, 3);
    close(sink.fd);
    sink.fd = low;
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    assert_int_equal(dup2(1, low), low);
    assert_int_equal(write_text_at(&sink, "two", SCRATCH_TIME, true, NULL), 0);
    stk_sink_close(&sink);
    close(low);
    assert_holds(s->log, "one\ntwo\n");
}

static void
test_write__a_closed_descriptor_is_opened_again_from_anywhere(void **state)
{
    scratch *s = *state;
    char spec[300], *before = get_current_dir_name();
    stk_sink sink;

    assert_int_equal(chdir(s->folder), 0);
    snprintf(spec, sizeof spec, "file:%s", strrchr(s->log, '/') + 1);
    assert_int_equal(stk_sink_open(&sink, spec, NULL), 0);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    assert_int_equal(chdir("/"), 0);
    close(sink.fd);
    assert_int_equal(write_text(&sink, "two", NULL), 0);
    stk_sink_close(&sink);
    assert_holds(s->log, "one\ntwo\n");
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void
test_write__what_cannot_be_opened_again_is_told(void **state)
{
    scratch *s = *state;
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;

    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    close(sink.fd);
    unlink(s->log);
    assert_int_equal(mkdir(s->log, 0700), 0);
    assert_true(write_text(&sink, "one", &err) < 0);
    assert_string_equal(err.message,
                        "cannot open the audit log: Is a directory");
    assert_int_equal(rmdir(s->log), 0);
    assert_int_equal(write_text(&sink, "two", NULL), 0);
    stk_sink_close(&sink);
    assert_holds(s->log, "two\n");
}

/* As another process does that is killed within a write. */
static void
tear(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

    assert_int_equal(write(fd, "torn", 4), 4);
    close(fd);
}

static void
test_write__ends_what_another_process_has_torn_since(void **state)
{
    scratch *s = *state;
    stk_sink sink;

    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    tear(s->log);
    assert_int_equal(write_text(&sink, "two", NULL), 0);
    assert_int_equal(write_text(&sink, "three", NULL), 0);
    tear(s->log);
    assert_int_equal(write_text(&sink, "four", NULL), 0);
    stk_sink_close(&sink);
    assert_holds(s->log, "one\ntorn\ntwo\nthree\ntorn\nfour\n");
}

static int
append_blindly(void *payload)
{
    scratch *s = payload;
    stk_sink sink;

    if (chmod(s->log, 0222) < 0 || (geteuid() == 0 && seteuid(65534) < 0) ||
        stk_sink_open(&sink, s->spec, NULL) < 0 || sink.readable ||
        write_text(&sink, "one", NULL) < 0)
        return 1;
    tear(s->log);
    return write_text(&sink, "two", NULL) < 0;
}

static void
test_write__does_not_guess_at_what_it_cannot_read(void **state)
{
    scratch *s = *state;

    write_whole(s->log, "", 0);
    assert_int_equal(chmod(s->folder, 0711), 0);
    assert_int_equal(in_child(append_blindly, s), 0);
    assert_int_equal(chmod(s->log, 0600), 0);
    assert_holds(s->log, "one\ntorntwo\n");
}

static void
test_write__looks_again_after_a_fork(void **state)
{
    scratch *s = *state;
    stk_sink sink;

    assert_int_equal(stk_sink_open(&sink, s->spec, NULL), 0);
    assert_int_equal(write_text(&sink, "one", NULL), 0);
    write_whole(s->log, "one\ntorn", 8);
    stk_sink_forked(&sink);
    assert_int_equal(write_text(&sink, "two", NULL), 0);
    stk_sink_close(&sink);
    assert_holds(s->log, "one\ntorn\ntwo\n");
}

static void
test_write__a_full_device_is_an_error_each_time(void **state)
{
    stk_sink sink;
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_int_equal(stk_sink_open(&sink, "file:/dev/full", NULL), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(write_text(&sink, "one", &err), -STK_E_AUDIT);
        assert_string_equal(err.message, "file:/dev/full: cannot write: No "
                                         "space left on device");
        assert_int_equal(err.sys_errno, ENOSPC);
    }
    stk_sink_close(&sink);
}

/* SIGXFSZ has its default action here: it would kill. */
static int
write_to_the_limit(void *payload)
{
    scratch *s = payload;
    struct rlimit limit = { 10, RLIM_INFINITY };
    stk_sink sink;
    stk_error err = STK_ERROR_INIT;
    sigset_t pending;

    signal(SIGXFSZ, SIG_DFL);
    if (stk_sink_open(&sink, s->spec, NULL) < 0 ||
        setrlimit(RLIMIT_FSIZE, &limit) < 0 ||
        write_text(&sink, "one", NULL) < 0)
        return 1;
    if (write_text(&sink, "twotwotwo", &err) != -STK_E_AUDIT ||
        !strstr(err.message, "took 6 of 10 bytes"))
        return 2;
    if (write_text(&sink, "three", &err) != -STK_E_AUDIT ||
        err.sys_errno != EFBIG)
        return 3;
    if (write_text_at(&sink, "more", SCRATCH_TIME + 1, true, &err) !=
            -STK_E_AUDIT ||
        !sink.settled || err.sys_errno != EFBIG)
        return 6;
    sigpending(&pending);
    if (sigismember(&pending, SIGXFSZ))
        return 4;
    limit.rlim_cur = RLIM_INFINITY;
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0 ||
        write_text(&sink, "four", NULL) < 0)
        return 5;
    return 0;
}

static void
test_write__a_file_at_its_limit_kills_nobody(void **state)
{
    scratch *s = *state;

    assert_int_equal(in_child(write_to_the_limit, s), 0);
    assert_holds(s->log, "one\ntwotwo\nfour\n");
}

#define SKIPPED 77

/* A file system of 16 pages that nobody else sees. */
static int
fill_a_disk(void *payload)
{
    scratch *s = payload;
    char spec[300], filler[512], *text;
    stk_sink sink;
    int lines = 0, whole = 0;

    if (own_mounts() < 0 ||
        mount("none", s->folder, "tmpfs", 0, "size=64k") < 0)
        return SKIPPED;
    snprintf(spec, sizeof spec, "file:%s/full", s->folder);
    memset(filler, 'x', sizeof filler);
    filler[400] = '\0';
    if (stk_sink_open(&sink, spec, NULL) < 0)
        return 1;
    while (write_text(&sink, filler, NULL) == 0)
        if (++lines > 1000)
            return 2;
    if (write_text(&sink, filler, NULL) == 0 || lines < 100)
        return 3;
    /* somebody makes room: the torn line stays, the next begins afresh */
    if (ftruncate(sink.fd, 65000) < 0 || write_text(&sink, "end", NULL) < 0)
        return 4;
    text = read_whole(spec + 5, NULL);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        whole += strlen(line) == 400 || !strcmp(line, "end");
    free(text);
    return whole < 100 ? 5 : 0;
}

static void
test_write__a_full_disk_loses_lines_but_tears_no_later_one(void **state)
{
    int code = in_child(fill_a_disk, *state);

    if (code == SKIPPED) {
        unit_skip("no file system can be mounted here");
    }
    assert_int_equal(code, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(test_open__creates_for_the_owner_alone),
        scratch_test(test_open__refuses_what_is_no_file),
        cmocka_unit_test(test_open__takes_devices_that_are_no_disk),
        cmocka_unit_test(test_open__wants_a_name),
        scratch_test(test_open__never_becomes_standard_output),
        scratch_test(test_write__appends_whole_lines),
        scratch_test(test_write__ends_a_line_that_was_torn),
        scratch_test(test_write__ends_what_another_process_has_torn_since),
        scratch_test(test_write__does_not_guess_at_what_it_cannot_read),
        scratch_test(test_write__another_file_of_that_number_is_left_alone),
        scratch_test(
            test_write__only_what_follows_within_a_moment_is_not_looked_at),
        scratch_test(test_write__a_number_that_is_nobodys_is_noticed_within),
        scratch_test(test_write__is_looked_at_within_after_a_fork),
        scratch_test(test_write__a_low_number_is_looked_at_always),
        scratch_test(
            test_write__a_closed_descriptor_is_opened_again_from_anywhere),
        scratch_test(test_write__what_cannot_be_opened_again_is_told),
        scratch_test(test_write__looks_again_after_a_fork),
        cmocka_unit_test(test_write__a_full_device_is_an_error_each_time),
        scratch_test(test_write__a_file_at_its_limit_kills_nobody),
        scratch_test(
            test_write__a_full_disk_loses_lines_but_tears_no_later_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
