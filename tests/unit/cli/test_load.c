/* SPDX-License-Identifier: Apache-2.0 */
/* cli/load.c: a policy, or everything that is wrong with it. */
#include "cli/load.h"

#include "unit.h"

#include "base/cleanup.h"
#include "cli/command.h"

#define PUBLIC "RWSAxuvbygr2ijVadx0Mrv8LWzyJ3R5KULm5ODdCNx2V9BIp5CLgva2I"

static void
test_take__one_policy(void **state)
{
    static const cli_command self = { .name = "verify" };
    const char *path = NULL;

    (void)state;
    assert_int_equal(cli_take_policy(&self, &path, "p.ini"), CLI_GOOD);
    assert_string_equal(path, "p.ini");
    assert_int_equal(cli_take_policy(&self, &path, "q.ini"), CLI_USAGE);
    assert_string_equal(path, "p.ini");
}

static void
test_load__gives_a_reference(void **state)
{
    static const char text[] = "[stockade]\nversion = 1\n";
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;
    const char *path = unit_write(state, "p.ini", text, sizeof text - 1);

    assert_int_equal(cli_load_policy(&policy, path, NULL), CLI_GOOD);
    assert_non_null(policy);
}

static void
test_load__a_policy_with_errors_is_a_no(void **state)
{
    static const char text[] = "[stockade]\nversion = 9\n[modlues]\n";
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;
    const char *path = unit_write(state, "p.ini", text, sizeof text - 1);

    assert_int_equal(cli_load_policy(&policy, path, NULL), CLI_NO);
    assert_int_equal(cli_load_asked(&policy, path, NULL), CLI_NO);
    assert_int_equal(cli_load_asked(&policy, "/nonexistent/p.ini", NULL),
                     CLI_USAGE);
    assert_int_equal(cli_load_asked(&policy, "/", NULL), CLI_USAGE);
    assert_null(policy);
}

static void
test_load__a_policy_that_is_not_there_is_a_no(void **state)
{
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;

    assert_int_equal(cli_load_policy(&policy, unit_path(state, "none"), NULL),
                     CLI_NO);
}

static void
test_load__an_unsigned_policy_is_a_no(void **state)
{
    static const char text[] = "[stockade]\nversion = 1\n";
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;
    const char *path = unit_write(state, "p.ini", text, sizeof text - 1);

    assert_int_equal(cli_load_policy(&policy, path, PUBLIC), CLI_NO);
    assert_int_equal(cli_load_asked(&policy, path, PUBLIC), CLI_NO);
    assert_int_equal(cli_load_policy(&policy, path, "no key"), CLI_NO);
    assert_null(policy);
    assert_int_equal(cli_load_policy(&policy, path, NULL), CLI_GOOD);
}

static void
test_report__counts(void **state)
{
    stk_diagnostic found = { STK_SEVERITY_ERROR, "p.ini", 1, "wrong" };
    unsigned count = 0;

    (void)state;
    cli_report(&count, &found);
    cli_report(&count, &found);
    assert_int_equal(count, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take__one_policy),
        unit_test_in_folder(test_load__gives_a_reference),
        unit_test_in_folder(test_load__a_policy_with_errors_is_a_no),
        unit_test_in_folder(test_load__a_policy_that_is_not_there_is_a_no),
        unit_test_in_folder(test_load__an_unsigned_policy_is_a_no),
        cmocka_unit_test(test_report__counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
