/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/layers.c: nothing runs where something that is needed is missing. */
#include "sandbox/layers.h"

#include "base/profile.h"

#include "unit.h"

static stk_profile profile;
static stk_sandbox_report report;
static stk_error err;

/* A machine that has everything. */
static int
begin(void **state)
{
    (void)state;
    stk_profile_init(&profile, "strict");
    memset(&report, 0, sizeof report);
    for (int i = 0; i < STK_LAYER_COUNT; i++)
        stk_layers_active(&report, (enum stk_layer)i, 0);
    return 0;
}

static void
test_judge__all_there_is_good(void **state)
{
    (void)state;
    assert_int_equal(stk_layers_judge(&profile, &report, &err), 0);
}

static void
test_judge__a_zeroed_report_is_refused(void **state)
{
    stk_sandbox_report zero = STK_SANDBOX_REPORT_INIT;

    (void)state;
    assert_int_equal(stk_layers_judge(&profile, &zero, &err),
                     -STK_E_UNSUPPORTED);
    assert_string_equal(
        err.message,
        "the profile strict requires no_new_privs: it was not tried");
}

static void
test_judge__the_musts_are_needed_whatever_the_profile_says(void **state)
{
    static const enum stk_layer musts[] = { STK_LAYER_NO_NEW_PRIVS,
                                            STK_LAYER_SECCOMP,
                                            STK_LAYER_LIMITS,
                                            STK_LAYER_CAPABILITIES };

    for (size_t i = 0; i < UNIT_COUNT(musts); i++) {
        begin(state);
        stk_layers_absent(&report, musts[i], "somewhere", EPERM);
        assert_int_equal(stk_layers_judge(&profile, &report, &err),
                         -STK_E_UNSUPPORTED);
        assert_non_null(strstr(err.message, stk_layer_name(musts[i])));
        assert_non_null(
            strstr(err.message, ": somewhere: Operation not permitted"));
    }
}

static void
test_judge__what_is_not_required_may_be_missing(void **state)
{
    (void)state;
    for (int i = STK_LAYER_NOTIFY; i < STK_LAYER_COUNT; i++) {
        begin(state);
        stk_layers_absent(&report, (enum stk_layer)i, "somewhere", ENOSYS);
        assert_int_equal(stk_layers_judge(&profile, &report, &err), 0);
        profile.require = STK_LAYER_BIT(i);
        assert_int_equal(stk_layers_judge(&profile, &report, &err),
                         -STK_E_UNSUPPORTED);
    }
}

static void
test_judge__one_of_landlock_and_the_empty_root_must_be_there(void **state)
{
    (void)state;
    stk_layers_absent(&report, STK_LAYER_MOUNT, "mount", EPERM);
    assert_int_equal(stk_layers_judge(&profile, &report, &err), 0);
    stk_layers_absent(&report, STK_LAYER_LANDLOCK, "landlock", ENOSYS);
    assert_int_equal(stk_layers_judge(&profile, &report, &err),
                     -STK_E_UNSUPPORTED);
    assert_string_equal(err.message,
                        "the profile strict requires landlock: landlock: "
                        "Function not implemented");
    stk_layers_active(&report, STK_LAYER_MOUNT, 0);
    assert_int_equal(stk_layers_judge(&profile, &report, &err), 0);
}

static void
test_judge__ports_need_a_landlock_that_knows_them(void **state)
{
    (void)state;
    profile.calls |= STK_CALLS_NETWORK;
    stk_layers_absent(&report, STK_LAYER_LANDLOCK_NETWORK, "ABI 3", 0);
    assert_int_equal(stk_layers_judge(&profile, &report, &err),
                     -STK_E_UNSUPPORTED);
    assert_string_equal(err.message,
                        "the profile strict requires landlock_network: ABI 3");
}

static void
test_judge__what_has_no_use_is_not_missing(void **state)
{
    (void)state;
    profile.require = STK_LAYERS_NAMESPACES;
    stk_layers_unused(&report, STK_LAYER_NET);
    assert_int_equal(stk_layers_judge(&profile, &report, &err), 0);
}

static void
test_absent__a_long_reason_is_cut(void **state)
{
    char step[300];

    (void)state;
    memset(step, 's', sizeof step - 1);
    step[sizeof step - 1] = '\0';
    stk_layers_absent(&report, STK_LAYER_PID, step, EPERM);
    assert_true(strlen(report.layers[STK_LAYER_PID].reason) <
                STK_LAYER_REASON_MAX);
    stk_layers_absent(&report, STK_LAYER_PID, step, 0);
    assert_int_equal(strlen(report.layers[STK_LAYER_PID].reason),
                     STK_LAYER_REASON_MAX - 1);
    stk_layers_active(&report, STK_LAYER_PID, 0);
    assert_string_equal(report.layers[STK_LAYER_PID].reason, "");
}

#define CASE(function) cmocka_unit_test_setup(function, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_judge__all_there_is_good),
        CASE(test_judge__a_zeroed_report_is_refused),
        CASE(test_judge__the_musts_are_needed_whatever_the_profile_says),
        CASE(test_judge__what_is_not_required_may_be_missing),
        CASE(test_judge__one_of_landlock_and_the_empty_root_must_be_there),
        CASE(test_judge__ports_need_a_landlock_that_knows_them),
        CASE(test_judge__what_has_no_use_is_not_missing),
        CASE(test_absent__a_long_reason_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
