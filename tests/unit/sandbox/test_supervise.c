/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/supervise.c: denied calls by name, never let through, and a quota.
 */
#include "sandbox/supervise.h"

#include "notified.h"

static stk_error err;

/* Such a process, and what is needed to watch it. */
typedef struct watched {
    stk_child child;
    int answers;
    stk_supervisor *supervisor;
} watched;

/* False where this machine does not notify. */
static bool
start(watched *w, uint32_t quota, long (*work)(void))
{
    int listener = -1;

    w->supervisor = NULL;
    if (!notified_start(&w->child, &w->answers, &listener, work))
        return false;
    assert_true(listener >= 0);
    assert_int_equal(stk_supervisor_new(&w->supervisor, listener,
                                        w->child.pidfd, quota, &err),
                     0);
    return true;
}

#define NEED_WATCHED(w, quota, work)                                          \
    if (!start(w, quota, work))                                               \
    unit_skip("this machine does not notify of system calls")

static void
finish(watched *w)
{
    stk_supervisor_free(w->supervisor);
    stk_child_end(&w->child);
    close(w->answers);
}

static int
next(watched *w, stk_denial *out)
{
    struct pollfd waiting = { stk_supervisor_fd(w->supervisor), POLLIN, 0 };

    assert_int_equal(poll(&waiting, 1, CONFINED_WAIT), 1);
    return stk_supervisor_next(w->supervisor, out, &err);
}

static long
answer_of(watched *w)
{
    long result = CONFINED_DIED;

    if (read(w->answers, &result, sizeof result) != sizeof result)
        return CONFINED_DIED;
    return result;
}

static long
ask_parent(void)
{
    return confined_errno(syscall(SYS_getppid));
}

static long
ask_socket(void)
{
    return confined_errno(socket(AF_INET, SOCK_STREAM, 0));
}

static long
ask_five_times(void)
{
    for (int i = 0; i < 5; i++)
        ask_parent();
    return 5;
}

static long
sleep_on(void)
{
    sleep(60);
    return 0;
}

static void
test_next__a_denied_call_is_told_and_answered_eperm(void **state)
{
    stk_denial denial;
    watched w;

    (void)state;
    NEED_WATCHED(&w, 10, ask_socket);
    assert_int_equal(next(&w, &denial), 1);
    assert_string_equal(denial.name, "socket");
    assert_string_equal(denial.text, "socket(AF_INET, SOCK_STREAM, 0)");
    assert_int_equal(denial.pid, w.child.pid);
    assert_int_equal(denial.count, 1);
    assert_false(denial.killed);
    assert_int_equal(answer_of(&w), -EPERM);
    finish(&w);
}

static void
test_next__does_not_wait(void **state)
{
    stk_denial denial;
    watched w;

    (void)state;
    NEED_WATCHED(&w, 10, sleep_on);
    assert_int_equal(stk_supervisor_next(w.supervisor, &denial, &err), 0);
    finish(&w);
}

static void
test_next__one_too_many_is_killed(void **state)
{
    stk_denial denial;
    int status = 0;
    watched w;

    (void)state;
    NEED_WATCHED(&w, 2, ask_five_times);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(next(&w, &denial), 1);
        assert_int_equal(denial.count, i);
        assert_int_equal(denial.killed, i == 3);
    }
    assert_int_equal(stk_supervisor_count(w.supervisor), 3);
    assert_int_equal(answer_of(&w), CONFINED_DIED);
    assert_int_equal(stk_child_wait(&w.child, CONFINED_WAIT, &status, &err),
                     1);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    finish(&w);
}

static void
test_next__a_quota_of_none_kills_at_the_first(void **state)
{
    stk_denial denial;
    watched w;

    (void)state;
    NEED_WATCHED(&w, 0, ask_parent);
    assert_int_equal(next(&w, &denial), 1);
    assert_true(denial.killed);
    assert_int_equal(answer_of(&w), CONFINED_DIED);
    finish(&w);
}

static void
test_next__a_worker_that_is_gone_is_told(void **state)
{
    stk_denial denial;
    watched w;

    (void)state;
    NEED_WATCHED(&w, 10, sleep_on);
    stk_child_kill(&w.child);
    next(&w, &denial); /* its listener hangs up, or its pidfd is readable */
    {
        struct pollfd ended = { w.child.pidfd, POLLIN, 0 };

        assert_int_equal(poll(&ended, 1, CONFINED_WAIT), 1);
    }
    assert_int_equal(stk_supervisor_next(w.supervisor, &denial, &err),
                     -STK_E_IO);
    finish(&w);
}

static void
test_next__one_killed_while_it_waits_is_no_error(void **state)
{
    struct pollfd waiting;
    stk_denial denial;
    watched w;
    int r;

    (void)state;
    NEED_WATCHED(&w, 10, ask_parent);
    waiting = (struct pollfd){ stk_supervisor_fd(w.supervisor), POLLIN, 0 };
    assert_int_equal(poll(&waiting, 1, CONFINED_WAIT), 1);
    stk_child_kill(&w.child);
    {
        struct pollfd ended = { w.child.pidfd, POLLIN, 0 };

        assert_int_equal(poll(&ended, 1, CONFINED_WAIT), 1);
    }
    r = stk_supervisor_next(w.supervisor, &denial, &err);
    assert_true(r == 0 || r == -STK_E_IO);
    finish(&w);
}

static void
test_free__leaves_the_worker_with_errors_alone(void **state)
{
    watched w;

    (void)state;
    NEED_WATCHED(&w, 10, ask_parent);
    stk_supervisor_free(w.supervisor);
    w.supervisor = NULL;
    assert_int_equal(answer_of(&w), -ENOSYS);
    finish(&w);
    stk_supervisor_free(NULL);
}

static void
test_new__takes_the_listener_even_when_it_fails(void **state)
{
    stk_supervisor *made = NULL;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(stk_supervisor_new(&made, ends[0], -1, 1, &err),
                     -STK_E_IO);
    assert_null(made);
    assert_int_equal(fcntl(ends[0], F_GETFD), -1);
    close(ends[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next__a_denied_call_is_told_and_answered_eperm),
        cmocka_unit_test(test_next__does_not_wait),
        cmocka_unit_test(test_next__one_too_many_is_killed),
        cmocka_unit_test(test_next__a_quota_of_none_kills_at_the_first),
        cmocka_unit_test(test_next__a_worker_that_is_gone_is_told),
        cmocka_unit_test(test_next__one_killed_while_it_waits_is_no_error),
        cmocka_unit_test(test_free__leaves_the_worker_with_errors_alone),
        cmocka_unit_test(test_new__takes_the_listener_even_when_it_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
