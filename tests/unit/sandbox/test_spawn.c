/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/spawn.c: a program that inherits nothing, and processes that end. */
#include "sandbox/spawn.h"

#include "confined.h"

static stk_error err;

/* Runs a line of sh with `fd` as 3; its exit code, or minus its signal. */
static int
run_shell(const char *line, int fd)
{
    const char *const argv[] = { "sh", "-c", line, NULL };
    stk_spawning what = { "/bin/sh", argv, &fd, fd >= 0 };
    stk_child child = STK_CHILD_INIT;
    int status = -1;

    if (stk_spawn(&child, &what, &err) < 0)
        fail_msg("%s", err.message);
    assert_true(child.pid > 0 && child.pidfd >= 0);
    assert_int_equal(fcntl(child.pidfd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(stk_child_wait(&child, CONFINED_WAIT, &status, &err), 1);
    assert_int_equal(child.pid, 0);
    assert_int_equal(child.pidfd, -1);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
test_spawn__runs_a_program(void **state)
{
    (void)state;
    assert_int_equal(run_shell("exit 7", -1), 7);
    assert_int_equal(run_shell("kill -9 $$", -1), -SIGKILL);
}

static void
test_spawn__the_environment_is_empty(void **state)
{
    (void)state;
    setenv("STK_UNIT_SECRET", "1", 1);
    assert_int_equal(run_shell("test -z \"$STK_UNIT_SECRET\"", -1), 0);
    assert_int_equal(run_shell("test -z \"$HOME$USER\"", -1), 0);
    unsetenv("STK_UNIT_SECRET");
}

static void
test_spawn__nothing_is_open_but_what_is_given(void **state)
{
    static const char list[] =
        "for f in /proc/self/fd/*; do n=${f##*/};"
        " case $n in 0|1|2) [ $(readlink /proc/$$/fd/$n) = /dev/null ] || "
        "exit 9;;"
        " *) [ ! -e /proc/$$/fd/$n ] || exit $n;; esac; done; exit 0";
    int open[3], ends[2];

    (void)state;
    for (int i = 0; i < 3; i++) {
        open[i] = fcntl(0, F_DUPFD, 20); /* not closed on exec */
        assert_true(open[i] >= 0);
    }
    assert_int_equal(run_shell(list, -1), 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(run_shell("echo hello >&3", ends[1]), 0);
    close(ends[1]);
    for (int i = 0; i < 3; i++)
        close(open[i]);
    {
        char text[16] = "";

        assert_int_equal(read(ends[0], text, sizeof text - 1), 6);
        assert_string_equal(text, "hello\n");
    }
    close(ends[0]);
}

static void
test_spawn__signals_are_as_in_a_fresh_process(void **state)
{
    sigset_t blocked, before;

    (void)state;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
    signal(SIGTERM, SIG_IGN);
    assert_int_equal(run_shell("kill -TERM $$; sleep 5", -1), -SIGTERM);
    signal(SIGTERM, SIG_DFL);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

static void
test_spawn__it_is_in_a_session_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(
        run_shell("read -r a b c d e s f < /proc/self/stat; [ $s = $$ ]", -1),
        0);
}

static void
test_spawn__a_program_that_is_not_there_is_an_error(void **state)
{
    const char *const argv[] = { "no", NULL };
    stk_spawning what = { "/nowhere/no", argv, NULL, 0 };
    stk_child child = STK_CHILD_INIT;

    (void)state;
    assert_int_equal(stk_spawn(&child, &what, &err), -STK_E_IO);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_int_equal(child.pid, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
    assert_int_equal(errno, ECHILD);
    what.n_fds = STK_SPAWN_FDS_MAX + 1;
    assert_int_equal(stk_spawn(&child, &what, &err), -STK_E_LIMIT);
}

/* As a host that waits for any child does. */
static void
test_spawn__one_that_was_reaped_by_others_has_ended(void **state)
{
    const char *const argv[] = { "sh", "-c", "exit 3", NULL };
    stk_spawning what = { "/bin/sh", argv, NULL, 0 };
    stk_child child = STK_CHILD_INIT;
    int status = 0;

    (void)state;
    assert_int_equal(stk_spawn(&child, &what, &err), 0);
    assert_int_equal(waitpid(-1, &status, 0), child.pid);
    assert_int_equal(stk_child_wait(&child, CONFINED_WAIT, &status, &err), 1);
    assert_int_equal(status, STK_STATUS_UNKNOWN);
    assert_int_equal(child.pidfd, -1);
}

/* ---- forks ----------------------------------------------------------------
 */

static void
test_fork__the_child_has_the_parents_pidfd(void **state)
{
    stk_child child = STK_CHILD_INIT;
    int status = -1, r;

    (void)state;
    r = stk_spawn_fork(&child, false, &err);
    assert_true(r >= 0);
    if (r == 0) {
        struct pollfd parent = { child.pidfd, POLLIN, 0 };

        _exit(child.pid == 0 && poll(&parent, 1, 0) == 0 ? 5 : 6);
    }
    assert_int_equal(stk_child_wait(&child, CONFINED_WAIT, &status, &err), 1);
    assert_int_equal(WEXITSTATUS(status), 5);
}

/* As it is done, by an ordinary user: in a user namespace of his. */
static long
fork_alone(void)
{
    stk_profile profile;
    stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
    stk_child child = STK_CHILD_INIT;
    int status = -1, r;

    stk_profile_init(&profile, "p");
    if (stk_namespaces_enter(&profile, &report, &err) < 0)
        return -1;
    r = stk_spawn_fork(&child, true, &err);
    if (r < 0)
        return -CONFINED_SKIP;
    if (r == 0)
        _exit(getpid() == 1 && getppid() == 0 ? 5 : 6);
    if (stk_child_wait(&child, CONFINED_WAIT, &status, &err) != 1)
        return -2;
    return WEXITSTATUS(status);
}

static void
test_fork__alone_is_the_first_of_its_namespace(void **state)
{
    long r;

    (void)state;
    r = confined_try(NULL, NULL, fork_alone);
    if (r == -CONFINED_SKIP)
        unit_skip("this machine has no pid namespaces for us");
    assert_int_equal(r, 5);
}

static long
fork_refused(void)
{
    static const int calls[] = { SCMP_SYS(clone) };
    stk_child child = STK_CHILD_INIT;

    confined_take_away(calls, 1, EAGAIN);
    return stk_spawn_fork(&child, false, &err);
}

static void
test_fork__that_is_refused_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, fork_refused), -STK_E_IO);
}

/* ---- the end --------------------------------------------------------------
 */

static void
test_child__waits_kills_and_reaps(void **state)
{
    const char *const argv[] = { "sleep", "60", NULL };
    stk_spawning what = { "/bin/sleep", argv, NULL, 0 };
    stk_child child = STK_CHILD_INIT;
    int status = -1;
    pid_t pid;

    (void)state;
    assert_int_equal(stk_spawn(&child, &what, &err), 0);
    assert_int_equal(stk_child_wait(&child, 0, &status, &err), 0);
    assert_int_equal(stk_child_wait(&child, 20, &status, &err), 0);
    stk_child_kill(&child);
    assert_int_equal(stk_child_wait(&child, -1, &status, &err), 1);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    stk_child_kill(&child);
    stk_child_end(&child);

    assert_int_equal(stk_spawn(&child, &what, &err), 0);
    pid = child.pid;
    stk_child_end(&child);
    assert_int_equal(child.pidfd, -1);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spawn__runs_a_program),
        cmocka_unit_test(test_spawn__the_environment_is_empty),
        cmocka_unit_test(test_spawn__nothing_is_open_but_what_is_given),
        cmocka_unit_test(test_spawn__signals_are_as_in_a_fresh_process),
        cmocka_unit_test(test_spawn__it_is_in_a_session_of_its_own),
        cmocka_unit_test(test_spawn__a_program_that_is_not_there_is_an_error),
        cmocka_unit_test(test_spawn__one_that_was_reaped_by_others_has_ended),
        cmocka_unit_test(test_fork__the_child_has_the_parents_pidfd),
        cmocka_unit_test(test_fork__alone_is_the_first_of_its_namespace),
        cmocka_unit_test(test_fork__that_is_refused_is_an_error),
        cmocka_unit_test(test_child__waits_kills_and_reaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
