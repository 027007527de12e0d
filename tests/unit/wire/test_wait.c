/* SPDX-License-Identifier: Apache-2.0 */
/* wire/wait.c: peers that are late, silent, dead, or wake us for nothing. */
#include "wire/wait.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>

#include "peer.h"

static void
test_receive__ends_at_the_deadline(void **state)
{
    uint64_t before = stk_clock_monotonic_ns();

    (void)state;
    assert_ends(stay_silent, STK_FATE_SILENT,
                "the worker did not answer in time");
    assert_true(stk_clock_monotonic_ns() - before >= SECOND / 4);
}

static void
stop_itself(worker *at)
{
    (void)at;
    raise(SIGSTOP);
}

static void
test_receive__ends_at_the_deadline_when_the_worker_is_stopped(void **state)
{
    (void)state;
    assert_ends(stop_itself, STK_FATE_SILENT,
                "the worker did not answer in time");
}

static void
die_at_once(worker *at)
{
    (void)at;
    raise(SIGKILL);
}

static void
close_its_socket(worker *at)
{
    close(at->socket);
    pause();
}

static void
test_receive__says_that_the_worker_is_gone(void **state)
{
    (void)state;
    assert_ends(die_at_once, STK_FATE_DEAD, "the worker is gone");
    assert_ends(close_its_socket, STK_FATE_DEAD, "the worker is gone");
}

static void
count_two_at_once(worker *at)
{
    publish(at, 2, 10, 0);
    pause();
}

static void
count_backwards(worker *at)
{
    publish(at, UINT64_MAX, 10, 0);
    pause();
}

static void
test_receive__refuses_counters_that_jump(void **state)
{
    const char *said = "the worker broke the rules: a counter that cannot be";

    (void)state;
    assert_ends(count_two_at_once, STK_FATE_LIED, said);
    assert_ends(count_backwards, STK_FATE_LIED, said);
}

static void
leave_a_frame_unfinished(worker *at)
{
    publish(at, 1, 5000, 0);
    pause();
}

static void
test_receive__waits_no_longer_for_the_rest_than_for_the_beginning(void **state)
{
    (void)state;
    assert_ends(leave_a_frame_unfinished, STK_FATE_SILENT,
                "the worker did not answer in time");
}

static void
ring_for_ever(worker *at)
{
    for (;;)
        send(at->socket, "b", 1, 0);
}

static void
test_receive__is_not_kept_awake_for_nothing(void **state)
{
    (void)state;
    assert_ends(ring_for_ever, STK_FATE_LIED,
                "the worker broke the rules: wakes for nothing");
}

/* Each nap a little shorter than one that nobody ends. */
static void
end_naps_for_ever(worker *at)
{
    for (;;) {
        usleep(40000);
        stk_nap_end(&at->host->asleep);
    }
}

static void
test_receive__ends_at_the_deadline_whoever_ends_the_naps(void **state)
{
    uint64_t before = stk_clock_monotonic_ns();

    (void)state;
    assert_ends(end_naps_for_ever, STK_FATE_SILENT,
                "the worker did not answer in time");
    /* its end, far later, would be another */
    assert_true(stk_clock_monotonic_ns() - before >= SECOND / 4);
}

static void
test_send__ends_at_the_deadline_when_nothing_is_taken(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, stay_silent);
    stk_error err = STK_ERROR_INIT;
    char frame[10000] = "";

    (void)state;
    assert_int_equal(
        stk_channel_send(at.channel, frame, sizeof frame, in_ms(200), &err),
        -STK_E_IO);
    assert_int_equal(err.sys_errno, ETIMEDOUT);
    assert_int_equal(stk_channel_fate(at.channel), STK_FATE_SILENT);
    kill_peer(&at);
}

static void
take_what_was_not_sent(worker *at)
{
    atomic_store(&at->own->taken, 7);
    send(at->socket, "b", 1, 0);
    pause();
}

static void
test_send__refuses_to_believe_what_was_taken(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, take_what_was_not_sent);
    char frame[10000] = "";
    int r = 0;

    (void)state;
    for (unsigned i = 0; i < 1000 && r == 0; i++) {
        usleep(1000);
        r = stk_channel_send(at.channel, frame, sizeof frame, in_a_while(),
                             NULL);
    }
    assert_int_equal(r, -STK_E_INVALID);
    kill_peer(&at);
}

static void
answer_and_die(worker *at)
{
    stk_channel_send(at->channel, "last words", 10, 0, NULL);
    raise(SIGKILL);
}

static void
test_receive__takes_what_the_worker_said_before_it_died(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, answer_and_die);
    const unsigned char *data;
    siginfo_t info;
    size_t length;

    (void)state;
    assert_int_equal(waitid(P_PID, (id_t)at.pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(
        stk_channel_receive(at.channel, &data, &length, in_a_while(), NULL),
        0);
    assert_memory_equal(data, "last words", 10);
    assert_int_equal(
        stk_channel_receive(at.channel, &data, &length, in_a_while(), NULL),
        -STK_E_IO);
    assert_int_equal(stk_channel_fate(at.channel), STK_FATE_DEAD);
    end_peer(&at);
}

/* ---- what the host needs of it ----------------------------------------- */

static void
fork_and_die(worker *at)
{
    char byte;

    if (fork() == 0) {
        alarm(120);
        while (recv(at->socket, &byte, 1, 0) > 0) /* until the host closes */
            ;
        _exit(0);
    }
    _exit(3);
}

/* Its child has the socket, so that no end of the stream is seen. */
static void
test_watch__sees_the_death_of_a_worker_whose_child_lives(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, fork_and_die);
    int pidfd = (int)syscall(SYS_pidfd_open, at.pid, 0);
    const unsigned char *data;
    size_t length;

    (void)state;
    if (pidfd < 0)
        unit_skip("no pidfd_open on this machine");
    stk_channel_watch(at.channel, pidfd);
    assert_int_equal(
        stk_channel_receive(at.channel, &data, &length, in_a_while(), NULL),
        -STK_E_IO);
    assert_int_equal(stk_channel_fate(at.channel), STK_FATE_DEAD);
    close(pidfd);
    assert_int_equal(end_peer(&at), 3);
}

static void
on_alarm(int number)
{
    (void)number;
}

static int let[2]; /* a pipe: the answer is not sent before a byte came */

static void
answer_when_let(worker *at)
{
    const unsigned char *data;
    size_t length;
    char byte;

    stk_channel_receive(at->channel, &data, &length, 0, NULL);
    if (read(let[0], &byte, 1) != 1)
        _exit(71);
    stk_channel_send(at->channel, "late", 4, 0, NULL);
    pause();
}

static void
test_receive__comes_back_for_a_signal_and_goes_on(void **state)
{
    struct sigaction action = { .sa_handler = on_alarm }, before;
    const struct itimerspec often = { { 0, 20000000 }, { 0, 20000000 } };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = SIGUSR1 };
    stk_channel_options options = small_options();
    const unsigned char *data;
    unsigned interrupted = 0;
    size_t length;
    timer_t timer;
    peer at;

    (void)state;
    assert_int_equal(pipe2(let, O_CLOEXEC), 0);
    at = start_peer(&options, answer_when_let);
    sigaction(SIGUSR1, &action, &before);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    timer_settime(timer, 0, &often, NULL);
    assert_int_equal(stk_channel_send(at.channel, "x", 1, in_a_while(), NULL),
                     0);
    while (stk_channel_receive(at.channel, &data, &length, in_a_while(),
                               NULL) == STK_CHANNEL_INTERRUPTED)
        if (interrupted++ == 0)
            assert_int_equal(write(let[1], "x", 1), 1);
    timer_delete(timer);
    sigaction(SIGUSR1, &before, NULL);
    assert_int_equal(stk_channel_fate(at.channel), STK_FATE_OPEN);
    assert_memory_equal(data, "late", 4);
    assert_true(interrupted > 0);
    kill_peer(&at);
    close(let[0]);
    close(let[1]);
}

/* What a profiler has, more often than a nap is long. */
static timer_t
signal_often(struct sigaction *before)
{
    const struct itimerspec often = { { 0, 10000000 }, { 0, 10000000 } };
    struct sigaction action = { .sa_handler = on_alarm };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = SIGUSR1 };
    timer_t timer;

    sigaction(SIGUSR1, &action, before);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    timer_settime(timer, 0, &often, NULL);
    return timer;
}

static void
assert_death_is_seen_among_signals(play *part)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, part);
    int pidfd = (int)syscall(SYS_pidfd_open, at.pid, 0);
    uint64_t deadline = in_a_while();
    struct sigaction before;
    const unsigned char *data;
    size_t length;
    timer_t timer;
    int r;

    stk_channel_watch(at.channel, pidfd);
    timer = signal_often(&before);
    do
        r = stk_channel_receive(at.channel, &data, &length, deadline, NULL);
    while (r == STK_CHANNEL_INTERRUPTED);
    timer_delete(timer);
    sigaction(SIGUSR1, &before, NULL);
    assert_int_equal(r, -STK_E_IO);
    assert_int_equal(stk_channel_fate(at.channel), STK_FATE_DEAD);
    if (pidfd >= 0)
        close(pidfd);
    kill_peer(&at);
}

static void
test_receive__sees_a_death_among_signals(void **state)
{
    (void)state;
    assert_death_is_seen_among_signals(die_at_once);
    assert_death_is_seen_among_signals(close_its_socket);
}

static void
test_receive__sees_it_where_a_child_lives_among_signals(void **state)
{
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

    (void)state;
    if (pidfd < 0)
        unit_skip("no pidfd_open on this machine");
    close(pidfd);
    assert_death_is_seen_among_signals(fork_and_die);
}

static void
test_arm__lets_an_event_loop_wait(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, echo);
    const unsigned char *data;
    size_t length;
    unsigned slept = 0;

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        struct pollfd fd = { stk_channel_fd(at.channel), POLLIN, 0 };

        assert_int_equal(
            stk_channel_send(at.channel, "x", 1, in_a_while(), NULL), 0);
        while (!stk_channel_arm(at.channel)) {
            assert_int_equal(poll(&fd, 1, 60000), 1);
            slept++;
        }
        assert_int_equal(
            stk_channel_receive(at.channel, &data, &length, 0, NULL), 0);
    }
    assert_true(slept < 1200);
    assert_false(stk_channel_arm(at.channel));
    assert_int_equal(end_peer(&at), 0);
}

static void
test_arm__is_true_when_the_worker_is_gone(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, die_at_once);
    struct pollfd fd = { stk_channel_fd(at.channel), POLLIN, 0 };
    const unsigned char *data;
    size_t length;

    (void)state;
    assert_int_equal(poll(&fd, 1, 60000), 1);
    assert_true(stk_channel_arm(at.channel));
    assert_int_equal(stk_channel_receive(at.channel, &data, &length, 0, NULL),
                     -STK_E_IO);
    end_peer(&at);
}

static void
wait_for_the_host(worker *at)
{
    const unsigned char *data;
    stk_error err = STK_ERROR_INIT;
    size_t length;

    stk_channel_receive(at->channel, &data, &length, 0, &err);
    _exit(strcmp(err.message, "the host is gone") == 0 ? 42 : 43);
}

static void
test_receive__a_worker_sees_that_its_host_is_gone(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, wait_for_the_host);

    (void)state;
    assert_int_equal(end_peer(&at), 42);
}

/* Both sleep for each frame: no packet may be left over in the end. */
static void
test_channel__leaves_no_packets_behind(void **state)
{
    stk_channel_options options = small_options();
    stk_channel_stats stats;
    uint64_t began, naps;
    char packet[8];
    peer at;

    (void)state;
    options.spin = 0;
    at = start_peer(&options, echo);
    began = stk_clock_monotonic_ns();
    for (unsigned i = 0; i < 3000; i++)
        assert_echoes(at.channel, 1);
    stk_channel_stats_get(at.channel, &stats);
    /* a peer that is late, for its machine is busy, lets a nap run out */
    naps = (stk_clock_monotonic_ns() - began) / STK_NAP_NS;
    assert_int_equal(stats.sent, 3000);
    assert_int_equal(stats.received, 3000);
    assert_true(stats.slept > 0 && stats.slept < 3300 + naps);
    for (unsigned left = 0; recv(stk_channel_fd(at.channel), packet,
                                 sizeof packet, MSG_DONTWAIT) > 0;)
        assert_true(++left <= 2);
    assert_int_equal(end_peer(&at), 0);
}

/* A host's end and a process beside it, which said of itself that it runs
 * elsewhere. Nobody looks at the memory. */
static stk_waiter
start_waiter(pid_t *child)
{
    stk_waiter at = { .host = true, .socket = -1, .spin = 1 };
    cpu_set_t all;
    int memory;

    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    if (CPU_COUNT(&all) < 2)
        unit_skip("one CPU");
    assert_int_equal(stk_ring_new(&at.ring, 4096, &memory, NULL), 0);
    close(memory);
    *child = fork();
    if (*child == 0) {
        alarm(120);
        pause();
        _exit(0);
    }
    at.pidfd = (int)syscall(SYS_pidfd_open, *child, 0);
    if (at.pidfd < 0)
        unit_skip("no pidfd_open on this machine");
    return at;
}

static void
end_waiter(stk_waiter *at, pid_t child)
{
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(at->pidfd);
    stk_ring_clear(&at->ring);
}

static bool
joins(stk_waiter *at, uint64_t deadline)
{
    stk_wait_begin(at, deadline);
    assert_int_equal(stk_wait_wake(at, RING_WAKE_NAP), 0);
    return at->joined;
}

/* How long it ran: the deadline has passed, so that it looks and no more. */
static uint64_t
looked_in_vain(stk_waiter *at)
{
    struct timespec before, after;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    at->fate = STK_FATE_OPEN;
    assert_int_equal(stk_wait_for(at, RING_PIECE, 1), -1);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    return (uint64_t)(after.tv_sec - before.tv_sec) * SECOND +
           (uint64_t)after.tv_nsec - (uint64_t)before.tv_nsec;
}

/* Deadlines are as far from each other as the calls, whatever the clock
 * says: this test may be stopped anywhere. */
static void
test_wake__after_a_pause_it_is_on_our_cpu(void **state)
{
    uint64_t deadline = in_a_while();
    cpu_set_t all, now;
    stk_waiter at;
    pid_t child;

    (void)state;
    at = start_waiter(&child);
    assert_false(joins(&at, deadline)); /* before it nothing is known */
    assert_false(joins(&at, deadline += STK_PART_PAUSE_NS));
    at.part.together = 5;
    assert_true(joins(&at, deadline += STK_PART_PAUSE_NS + 1));
    assert_int_equal(at.part.together, 0); /* that row of calls is over */
    assert_false(joins(&at, deadline));
    assert_false(joins(&at, deadline - SECOND));
    assert_true(joins(&at, deadline));
    /* and it may run anywhere in the end */
    sched_getaffinity(0, sizeof all, &all);
    assert_int_equal(sched_getaffinity(child, sizeof now, &now), 0);
    assert_true(CPU_EQUAL(&now, &all));
    end_waiter(&at, child);
}

static void
test_wake__a_call_that_took_long_is_no_pause(void **state)
{
    uint64_t deadline = in_a_while();
    stk_waiter at;
    pid_t child;

    (void)state;
    at = start_waiter(&child);
    assert_false(joins(&at, deadline));
    at.answered = stk_clock_monotonic_ns() + 60 * SECOND; /* just now */
    assert_false(joins(&at, deadline += SECOND));
    assert_int_equal(at.answered, 0);
    at.answered = 1; /* long ago */
    assert_true(joins(&at, deadline += SECOND));
    end_waiter(&at, child);
}

/* The answer is there after as many looks as the first waits have, and not
 * after those of any other. */
static void
test_wait__looks_longer_for_what_comes_first(void **state)
{
    stk_waiter at;
    uint64_t took;
    pid_t child;

    (void)state;
    at = start_waiter(&child);
    at.spin = 100000;
    at.fresh = 1;
    atomic_store(&at.ring.theirs->cpu, UINT32_MAX);
    took = looked_in_vain(&at);
    assert_int_equal(at.fresh, 0);
    assert_true(took > looked_in_vain(&at));
    assert_int_not_equal(at.answered, 0);
    end_waiter(&at, child);
}

static void
test_wake__who_runs_on_our_cpu_is_left_there(void **state)
{
    uint64_t deadline = in_a_while();
    cpu_set_t before, one;
    stk_waiter at;
    pid_t child;

    (void)state;
    at = start_waiter(&child);
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    atomic_store(&at.ring.theirs->cpu, (uint32_t)sched_getcpu() + 1);
    stk_wait_begin(&at, deadline);
    at.part.together = 5;
    assert_false(joins(&at, deadline + SECOND));
    assert_int_equal(at.part.together, 0);
    sched_setaffinity(0, sizeof before, &before);
    end_waiter(&at, child);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receive__ends_at_the_deadline),
        cmocka_unit_test(
            test_receive__ends_at_the_deadline_when_the_worker_is_stopped),
        cmocka_unit_test(test_receive__says_that_the_worker_is_gone),
        cmocka_unit_test(test_receive__refuses_counters_that_jump),
        cmocka_unit_test(
            test_receive__waits_no_longer_for_the_rest_than_for_the_beginning),
        cmocka_unit_test(test_receive__is_not_kept_awake_for_nothing),
        cmocka_unit_test(
            test_receive__ends_at_the_deadline_whoever_ends_the_naps),
        cmocka_unit_test(
            test_send__ends_at_the_deadline_when_nothing_is_taken),
        cmocka_unit_test(test_send__refuses_to_believe_what_was_taken),
        cmocka_unit_test(
            test_receive__takes_what_the_worker_said_before_it_died),
        cmocka_unit_test(
            test_watch__sees_the_death_of_a_worker_whose_child_lives),
        cmocka_unit_test(test_receive__comes_back_for_a_signal_and_goes_on),
        cmocka_unit_test(test_receive__sees_a_death_among_signals),
        cmocka_unit_test(
            test_receive__sees_it_where_a_child_lives_among_signals),
        cmocka_unit_test(test_arm__lets_an_event_loop_wait),
        cmocka_unit_test(test_arm__is_true_when_the_worker_is_gone),
        cmocka_unit_test(test_receive__a_worker_sees_that_its_host_is_gone),
        cmocka_unit_test(test_channel__leaves_no_packets_behind),
        cmocka_unit_test(test_wake__after_a_pause_it_is_on_our_cpu),
        cmocka_unit_test(test_wake__a_call_that_took_long_is_no_pause),
        cmocka_unit_test(test_wait__looks_longer_for_what_comes_first),
        cmocka_unit_test(test_wake__who_runs_on_our_cpu_is_left_there),
    };

    return cmocka_run_group_tests_name("wire/wait", tests, NULL, NULL);
}
