/* SPDX-License-Identifier: Apache-2.0 */
/* guard/standby.c: a worker that has no code yet. */
#include "guard/standby.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#include "fakezygote.h"

static stk_error err;

/* Forked by hand, as a zygote would: it runs `work`, if any, and waits. */
static pid_t
fork_for(stk_standby *at, void (*work)(const stk_standby *))
{
    pid_t pid = fork();

    if (pid == 0) {
        if (work)
            work(at);
        for (;;)
            pause();
    }
    return pid;
}

static int
pidfd_of(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void
hear_confine(const stk_standby *at)
{
    fake f = { 0 };
    stk_reader reader;
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;

    if (stk_channel_attach(&f.channel, &options, at->sock, at->memory, NULL) <
        0)
        _exit(1);
    stk_conversation_init(&f.talk, STK_SIDE_WORKER);
    _exit(fake_hear(&f, &reader) == STK_OP_CONFINE ? 42 : 2);
}

static void
test_new__it_is_asked_to_lock_itself_down_before_it_is_there(void **state)
{
    stk_profile profile = fake_profile("honest");
    stk_standby at = STK_STANDBY_INIT;
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(stk_standby_new(&at, &profile, &err), 0);
    assert_false(stk_standby_lives(&at));
    pid = fork_for(&at, hear_confine);
    stk_standby_sent(&at);
    assert_int_equal(at.sock, -1);
    assert_int_equal(at.memory, -1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 42);
    stk_standby_clear(&at, true);
    stk_standby_clear(&at, true); /* of one that is cleared: nothing */
}

static void
test_clear__kills_what_is_ours(void **state)
{
    stk_profile profile = fake_profile("honest");
    stk_standby at = STK_STANDBY_INIT;
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(stk_standby_new(&at, &profile, &err), 0);
    pid = fork_for(&at, NULL);
    stk_standby_born(&at, pidfd_of(pid));
    assert_true(stk_standby_lives(&at));
    stk_standby_clear(&at, false);
    assert_int_equal(at.pidfd, -1);
    assert_int_equal(kill(pid, 0), 0);

    assert_int_equal(stk_standby_new(&at, &profile, &err), 0);
    stk_standby_born(&at, pidfd_of(pid));
    stk_standby_clear(&at, true);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
test_lives__not_when_it_has_ended(void **state)
{
    stk_profile profile = fake_profile("honest");
    stk_standby at = STK_STANDBY_INIT;
    pid_t pid;

    (void)state;
    assert_int_equal(stk_standby_new(&at, &profile, &err), 0);
    pid = fork_for(&at, NULL);
    stk_standby_born(&at, pidfd_of(pid));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_false(stk_standby_lives(&at));
    stk_standby_clear(&at, true);
}

/* Its hello, with a descriptor as the listener's. */
static bool
say_hello(int sock)
{
    char byte = STK_LOCKDOWN_HELLO;
    struct iovec piece = { &byte, 1 };
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } beside = { 0 };
    struct msghdr message = { .msg_iov = &piece,
                              .msg_iovlen = 1,
                              .msg_control = &beside,
                              .msg_controllen = sizeof beside };

    beside.header.cmsg_level = SOL_SOCKET;
    beside.header.cmsg_type = SCM_RIGHTS;
    beside.header.cmsg_len = CMSG_LEN(sizeof sock);
    memcpy(CMSG_DATA(&beside.header), &sock, sizeof sock);
    return sendmsg(sock, &message, MSG_NOSIGNAL) == 1;
}

/* As a worker that is locked down; or one that says what cannot be. */
static void
confine(const stk_standby *at, bool honest)
{
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;
    const unsigned char *data;
    fake f = { 0 };
    stk_reader reader;
    stk_frame frame;
    size_t length;

    if (stk_channel_attach(&f.channel, &options, at->sock, at->memory, NULL) <
        0)
        _exit(1);
    stk_conversation_init(&f.talk, STK_SIDE_WORKER);
    if (fake_hear(&f, &reader) != STK_OP_CONFINE ||
        !say_hello(stk_channel_fd(f.channel)))
        _exit(2);
    if (!honest)
        fake_number(&f, 1);
    else
        fake_report(&f);
    if (stk_channel_receive(f.channel, &data, &length, 0, NULL) < 0 ||
        stk_frame_read(&frame, data, length, NULL) < 0 ||
        stk_conversation_hear(&f.talk, &frame, NULL) < 0)
        _exit(3);
    _exit(frame.op == STK_OP_WARM && length == STK_FRAME_HEAD + 1 &&
                  data[STK_FRAME_HEAD] == STK_OP_RUN
              ? 42
              : 4);
}

static void
confine_well(const stk_standby *at)
{
    confine(at, true);
}

static void
confine_badly(const stk_standby *at)
{
    confine(at, false);
}

static stk_standby
start(void (*work)(const stk_standby *), pid_t *pid)
{
    stk_profile profile = fake_profile("honest");
    stk_standby at = STK_STANDBY_INIT;

    assert_int_equal(stk_standby_new(&at, &profile, &err), 0);
    *pid = fork_for(&at, work);
    stk_standby_sent(&at);
    stk_standby_born(&at, pidfd_of(*pid));
    return at;
}

static void
await_word(const stk_standby *at)
{
    while (!stk_channel_has(at->channel))
        sched_yield();
}

static void
test_rouse__hears_its_report_and_says_what_is_to_come(void **state)
{
    stk_standby at;
    int status;
    pid_t pid;

    (void)state;
    at = start(confine_well, &pid);
    await_word(&at);
    stk_standby_rouse(&at, STK_OP_RUN);
    assert_true(at.roused);
    assert_true(at.listener >= 0);
    assert_int_equal(at.report.layers[STK_LAYER_LANDLOCK].level, 3);
    stk_standby_rouse(&at, STK_OP_RUN); /* once */
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 42);
    stk_standby_clear(&at, true);
}

static void
test_hear__its_report_is_kept_until_it_is_roused(void **state)
{
    stk_standby at;
    int status;
    pid_t pid;

    (void)state;
    at = start(confine_well, &pid);
    await_word(&at);
    stk_standby_hear(&at);
    assert_true(at.heard);
    assert_false(at.roused);
    assert_true(at.listener >= 0);
    assert_int_equal(at.report.layers[STK_LAYER_LANDLOCK].level, 3);
    stk_standby_hear(&at); /* once */
    assert_true(at.heard);
    stk_standby_rouse(&at, STK_OP_RUN);
    assert_true(at.roused);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 42);
    stk_standby_clear(&at, true);
}

static void
test_hear__who_says_what_cannot_be_ends(void **state)
{
    stk_standby at;
    int status;
    pid_t pid;

    (void)state;
    at = start(confine_badly, &pid);
    await_word(&at);
    stk_standby_hear(&at);
    assert_false(at.heard);
    assert_int_equal(at.listener, -1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    stk_standby_clear(&at, true);
}

static void
test_rouse__waits_for_nobody(void **state)
{
    stk_standby at;
    pid_t pid;

    (void)state;
    at = start(NULL, &pid);
    stk_standby_rouse(&at, STK_OP_RUN);
    assert_false(at.roused);
    assert_true(stk_standby_lives(&at));
    stk_standby_clear(&at, true);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
test_rouse__who_says_what_cannot_be_ends(void **state)
{
    stk_standby at;
    int status;
    pid_t pid;

    (void)state;
    at = start(confine_badly, &pid);
    await_word(&at);
    stk_standby_rouse(&at, STK_OP_RUN);
    assert_false(at.roused);
    assert_int_equal(at.listener, -1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_false(stk_standby_lives(&at));
    stk_standby_clear(&at, true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_new__it_is_asked_to_lock_itself_down_before_it_is_there),
        cmocka_unit_test(test_clear__kills_what_is_ours),
        cmocka_unit_test(test_lives__not_when_it_has_ended),
        cmocka_unit_test(
            test_rouse__hears_its_report_and_says_what_is_to_come),
        cmocka_unit_test(test_hear__its_report_is_kept_until_it_is_roused),
        cmocka_unit_test(test_hear__who_says_what_cannot_be_ends),
        cmocka_unit_test(test_rouse__waits_for_nobody),
        cmocka_unit_test(test_rouse__who_says_what_cannot_be_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
