/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/rehearse.c: what a worker would have around it, and no trace. */
#include "sandbox/rehearse.h"

#include "confined.h"

static stk_sandbox_report report;
static stk_error err;
static confined c;

static int
begin(void **state)
{
    (void)state;
    memset(&report, 0, sizeof report);
    confined_init(&c, NULL);
    return 0;
}

static bool
has(enum stk_layer layer)
{
    return report.layers[layer].state == STK_LAYER_ACTIVE;
}

static void
test_rehearse__every_layer_is_there_or_says_why(void **state)
{
    (void)state;
    if (stk_rehearse(&report, &c.profile, &err) < 0)
        fail_msg("%s", err.message);
    for (int i = 0; i < STK_LAYER_COUNT; i++) {
        assert_int_not_equal(report.layers[i].state, STK_LAYER_UNUSED);
        assert_int_equal(has((enum stk_layer)i), !*report.layers[i].reason);
    }
    assert_true(has(STK_LAYER_SECCOMP));
    assert_true(has(STK_LAYER_NO_NEW_PRIVS));
    if (has(STK_LAYER_LANDLOCK))
        assert_true(report.layers[STK_LAYER_LANDLOCK].level >= 1);
}

static void
test_rehearse__the_caller_is_left_as_it_was(void **state)
{
    unsigned fds = unit_count_fds();
    int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    int filters = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

    (void)state;
    assert_int_equal(stk_rehearse(&report, &c.profile, &err), 0);
    assert_int_equal(unit_count_fds(), fds);
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), dumpable);
    assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), filters);
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
    assert_int_equal(errno, ECHILD);
}

static long
rehearse_worse(void)
{
    static const int calls[] = { SCMP_SYS(landlock_create_ruleset),
                                 SCMP_SYS(unshare) };

    confined_take_away(calls, 2, ENOSYS);
    if (stk_rehearse(&report, &c.profile, &err) < 0)
        return -1;
    return !has(STK_LAYER_LANDLOCK) && !has(STK_LAYER_USER) &&
                   !has(STK_LAYER_PID) && has(STK_LAYER_SECCOMP) &&
                   stk_layers_judge(&c.profile, &report, &err) < 0
               ? 0
               : -2;
}

static void
test_rehearse__a_layer_that_is_missing_is_no_error(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, rehearse_worse), 0);
}

static long
rehearse_without_seccomp(void)
{
    static const int calls[] = { SCMP_SYS(seccomp) };

    confined_take_away(calls, 1, ENOSYS);
    if (stk_rehearse(&report, &c.profile, &err) < 0)
        return -1;
    return has(STK_LAYER_SECCOMP) ||
           stk_layers_judge(&c.profile, &report, &err) == 0;
}

static void
test_rehearse__without_a_must_it_is_judged_so(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, rehearse_without_seccomp), 0);
}

static void
test_rehearse__a_path_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(
        stk_profile_set(&c.profile, "syscalls", "@files-read", &err), 0);
    assert_int_equal(
        stk_profile_set(&c.profile, "read", "/nowhere/at/all", &err), 0);
    assert_int_equal(stk_rehearse(&report, &c.profile, &err), -STK_E_IO);
    assert_string_equal(
        err.message,
        "the profile opens /nowhere/at/all: No such file or directory");
}

#define CASE(function) cmocka_unit_test_setup(function, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_rehearse__every_layer_is_there_or_says_why),
        CASE(test_rehearse__the_caller_is_left_as_it_was),
        CASE(test_rehearse__a_layer_that_is_missing_is_no_error),
        CASE(test_rehearse__without_a_must_it_is_judged_so),
        CASE(test_rehearse__a_path_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
