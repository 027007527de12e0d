/* SPDX-License-Identifier: Apache-2.0 */
/* What is held back comes afterwards, and nothing of it is lost. */
#include "cli/interrupt.h"

#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static int
end_of(void (*program)(void))
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        program();
        _exit(7);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void
assert_goes_on(void (*program)(void))
{
    int status = end_of(program);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void
hold_and_release(void)
{
    cli_interrupt_hold();
    raise(SIGTERM);
    if (!cli_interrupt_waits())
        _exit(1);
    cli_interrupt_release();
}

static void
test_release__ends_the_process_by_the_signal(void **state)
{
    int status = end_of(hold_and_release);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void
hold_what_is_ignored(void)
{
    signal(SIGHUP, SIG_IGN);
    cli_interrupt_hold();
    raise(SIGHUP);
    if (cli_interrupt_waits())
        _exit(1);
    cli_interrupt_release();
}

static void
test_hold__what_is_ignored_stays_so(void **state)
{
    (void)state;
    assert_goes_on(hold_what_is_ignored);
}

static void
wait_for_either(void)
{
    int ends[2];

    if (pipe(ends) < 0)
        _exit(1);
    cli_interrupt_hold();
    if (write(ends[1], "x", 1) != 1 || !cli_interrupt_wait(ends[0]))
        _exit(2);
    raise(SIGINT);
    if (cli_interrupt_wait(ends[0]))
        _exit(3);
}

static void
test_wait__a_signal_is_told_before_what_can_be_read(void **state)
{
    (void)state;
    assert_goes_on(wait_for_either);
}

static void
test_waits__nothing_is_held_back(void **state)
{
    (void)state;
    cli_interrupt_release();
    assert_false(cli_interrupt_waits());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_release__ends_the_process_by_the_signal),
        cmocka_unit_test(test_hold__what_is_ignored_stays_so),
        cmocka_unit_test(test_wait__a_signal_is_told_before_what_can_be_read),
        cmocka_unit_test(test_waits__nothing_is_held_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
