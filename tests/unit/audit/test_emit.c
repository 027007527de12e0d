/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to a descriptor: no signals, no endless waits. */
#include "audit/emit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "scratch.h"

static int
make_closed_pipe(void)
{
    int ends[2];

    if (pipe(ends) < 0)
        return -1;
    close(ends[0]);
    return ends[1];
}

/* What this thread holds back. The kernel fills the first words alone. */
static sigset_t
mask_now(void)
{
    sigset_t mask;

    memset(&mask, 0, sizeof mask);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    return mask;
}

/* Both signals have their default action in here, and would kill. */
static int
write_to_closed(void *payload)
{
    int fd = make_closed_pipe(), sockets[2];
    sigset_t before, after, pending;

    (void)payload;
    signal(SIGPIPE, SIG_DFL);
    before = mask_now();
    if (stk_emit_once(fd, false, "x", 1) != -1 || errno != EPIPE)
        return 1;
    after = mask_now();
    sigpending(&pending);
    if (memcmp(&before, &after, sizeof before) ||
        sigismember(&pending, SIGPIPE))
        return 2;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0)
        return 3;
    close(sockets[0]);
    if (stk_emit_once(sockets[1], true, "x", 1) != -1 || errno != EPIPE)
        return 4;
    return 0;
}

static void
test_once__a_closed_pipe_kills_nobody(void **state)
{
    (void)state;
    assert_int_equal(in_child(write_to_closed, NULL), 0);
}

/* The host holds a SIGPIPE back: it must still be there afterwards. */
static int
write_while_pending(void *payload)
{
    int fd = make_closed_pipe();
    sigset_t blocked, pending;

    (void)payload;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGPIPE);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGPIPE);
    if (stk_emit_once(fd, false, "x", 1) != -1 || errno != EPIPE)
        return 1;
    sigpending(&pending);
    return !sigismember(&pending, SIGPIPE);
}

static void
test_once__a_signal_that_waited_is_left_waiting(void **state)
{
    (void)state;
    assert_int_equal(in_child(write_while_pending, NULL), 0);
}

/* One that waits does not hide one of the other kind that we raise. */
static int
reach_limit_while_pending(void *payload)
{
    const scratch *s = payload;
    struct rlimit limit = { 0, RLIM_INFINITY };
    sigset_t blocked, pending;
    int fd = open(s->log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGPIPE);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGPIPE);
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0 ||
        stk_emit_once(fd, false, "x", 1) != -1 || errno != EFBIG)
        return 1;
    sigpending(&pending);
    return sigismember(&pending, SIGXFSZ) || !sigismember(&pending, SIGPIPE);
}

static void
test_once__takes_back_only_what_it_raised(void **state)
{
    assert_int_equal(in_child(reach_limit_while_pending, *state), 0);
}

/* A limit that is set while the file is open already, and taken away. */
static int
write_file_to_its_limit(void *payload)
{
    const scratch *s = payload;
    struct rlimit limit = { 2, RLIM_INFINITY };
    sigset_t before, after, pending;
    int fd = open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    signal(SIGXFSZ, SIG_DFL);
    before = mask_now();
    if (stk_emit_file(fd, "x", 1) != 1 ||
        setrlimit(RLIMIT_FSIZE, &limit) < 0 ||
        stk_emit_file(fd, "yz", 2) != 1 || stk_emit_file(fd, "z", 1) != -1 ||
        errno != EFBIG)
        return 1;
    after = mask_now();
    sigpending(&pending);
    if (memcmp(&before, &after, sizeof before) ||
        sigismember(&pending, SIGXFSZ))
        return 2;
    limit.rlim_cur = RLIM_INFINITY;
    return setrlimit(RLIMIT_FSIZE, &limit) < 0 ||
           stk_emit_file(fd, "z", 1) != 1;
}

static void
test_file__at_its_limit_kills_nobody(void **state)
{
    const scratch *s = *state;
    char *data;

    assert_int_equal(in_child(write_file_to_its_limit, *state), 0);
    data = read_whole(s->log, NULL);
    assert_string_equal(data, "xyz");
    free(data);
}

static void
test_all__a_full_pipe_is_waited_for_and_given_up(void **state)
{
    char *data = calloc(1, 1 << 20);
    int ends[2];
    size_t taken;

    (void)state;
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(stk_emit_all(ends[1], false, data, 1 << 20, &taken), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_true(taken > 0 && taken < 1 << 20);
    close(ends[0]);
    close(ends[1]);
    free(data);
}

static void *
drain(void *payload)
{
    char data[4096];
    size_t got = 0;
    ssize_t n;

    usleep(50000);
    while ((n = read(*(int *)payload, data, sizeof data)) != 0) {
        if (n < 0) {
            usleep(1000);
            continue;
        }
        got += (size_t)n;
    }
    return (void *)got;
}

/* As much of `data` as was taken, which was read. */
static size_t
write_to_reader(const char *data)
{
    int ends[2];
    size_t taken;
    pthread_t reader;
    void *got;

    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(pthread_create(&reader, NULL, drain, &ends[0]), 0);
    if (stk_emit_all(ends[1], false, data, 1 << 20, &taken) < 0)
        assert_int_equal(errno, ETIMEDOUT);
    close(ends[1]);
    pthread_join(reader, &got);
    assert_int_equal((size_t)got, taken);
    close(ends[0]);
    return taken;
}

static void
test_all__goes_on_when_the_reader_does(void **state)
{
    char *data = calloc(1, 1 << 20);
    size_t taken = 0;

    (void)state;
    /* the patience may end where the machine is busy: not each time */
    for (unsigned i = 0; i < 20 && taken < 1 << 20; i++)
        taken = write_to_reader(data);
    assert_int_equal(taken, 1 << 20);
    free(data);
}

static void
note_alarm(int number)
{
    (void)number;
}

/* A signal every millisecond while the pipe is full. */
static int
write_under_signals(void *payload)
{
    struct sigaction action = { .sa_handler = note_alarm };
    struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
    char *data = calloc(1, 1 << 20);
    int ends[2];
    size_t taken;
    pthread_t reader;

    (void)payload;
    if (pipe2(ends, O_CLOEXEC) < 0 ||
        pthread_create(&reader, NULL, drain, &ends[0]) != 0)
        return 1;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    if (stk_emit_all(ends[1], false, data, 1 << 20, &taken) < 0)
        return 2;
    free(data);
    return taken != 1 << 20;
}

static void
test_all__goes_on_after_a_signal(void **state)
{
    (void)state;
    assert_int_equal(in_child(write_under_signals, NULL), 0);
}

static void
test_message__is_one_datagram_or_none(void **state)
{
    char *data = calloc(1, 1 << 22);
    struct iovec parts[] = { { (char[]){ "ab" }, 2 }, { (char[]){ "c" }, 1 } };
    struct iovec big = { data, 1 << 22 };
    int sockets[2];
    char got[8];

    (void)state;
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets), 0);
    assert_int_equal(stk_emit_message(sockets[0], parts, 2), 0);
    assert_int_equal(recv(sockets[1], got, sizeof got, 0), 3);
    assert_memory_equal(got, "abc", 3);
    assert_int_equal(stk_emit_message(sockets[0], &big, 1), -1);
    assert_int_equal(errno, EMSGSIZE);
    close(sockets[0]);
    close(sockets[1]);
    free(data);
}

static void
test_message__a_full_queue_is_waited_for_and_given_up(void **state)
{
    struct iovec part = { (char[]){ "x" }, 1 };
    int sockets[2], n = 0;

    (void)state;
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets), 0);
    while (stk_emit_message(sockets[0], &part, 1) == 0)
        assert_true(++n < 100000);
    assert_int_equal(errno, ETIMEDOUT);
    close(sockets[0]);
    close(sockets[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once__a_closed_pipe_kills_nobody),
        cmocka_unit_test(test_once__a_signal_that_waited_is_left_waiting),
        scratch_test(test_once__takes_back_only_what_it_raised),
        scratch_test(test_file__at_its_limit_kills_nobody),
        cmocka_unit_test(test_all__a_full_pipe_is_waited_for_and_given_up),
        cmocka_unit_test(test_all__goes_on_when_the_reader_does),
        cmocka_unit_test(test_all__goes_on_after_a_signal),
        cmocka_unit_test(test_message__is_one_datagram_or_none),
        cmocka_unit_test(
            test_message__a_full_queue_is_waited_for_and_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
