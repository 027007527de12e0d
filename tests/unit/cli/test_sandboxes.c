/* SPDX-License-Identifier: Apache-2.0 */
/* cli/sandboxes.c: what doctor says of layers and profiles. */
#include "cli/sandboxes.h"

#include "sandbox/layers.h"

#include "unit.h"

static stk_sandbox_report report;

/* A machine that has everything. */
static int
begin(void **state)
{
    (void)state;
    memset(&report, 0, sizeof report);
    for (int i = 0; i < STK_LAYER_COUNT; i++)
        stk_layers_active(&report, (enum stk_layer)i, 0);
    return 0;
}

static const json_t *
at(const json_t *all, const char *name, const char *key)
{
    return json_object_get(json_object_get(all, name), key);
}

/* The shipped ones, and one that wants more. */
static json_t *
profiles(void)
{
    static const char source[] = "[stockade]\nversion = 1\n"
                                 "[sandbox wary]\nrequire = user\n";
    const stk_policy_text text = { "test.ini", source, strlen(source) };
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy;
    json_t *all;

    assert_int_equal(stk_policy_parse(&policy, &text, NULL, NULL, &err), 0);
    all = cli_sandbox_profiles(&report, policy, UNIT_PYTHON);
    stk_policy_free(policy);
    return all;
}

static void
test_layers__each_is_present_or_has_a_reason(void **state)
{
    json_t *all;

    (void)state;
    stk_layers_active(&report, STK_LAYER_LANDLOCK, 4);
    stk_layers_unused(&report, STK_LAYER_NET);
    stk_layers_absent(&report, STK_LAYER_LANDLOCK_SCOPE, "too old", 0);
    all = cli_sandbox_layers(&report);
    assert_int_equal(json_object_size(all), STK_LAYER_COUNT);
    assert_true(json_is_true(at(all, "seccomp", "must")));
    assert_true(json_is_true(at(all, "seccomp", "present")));
    assert_true(json_is_true(at(all, "net", "present")));
    assert_true(json_is_false(at(all, "landlock", "must")));
    assert_int_equal(json_integer_value(at(all, "landlock", "abi")), 4);
    assert_true(json_is_false(at(all, "landlock_scope", "present")));
    assert_string_equal(json_string_value(at(all, "landlock_scope", "reason")),
                        "too old");
    json_decref(all);
}

static void
test_profiles__all_run_where_everything_is_there(void **state)
{
    json_t *all = profiles(), *one;
    const char *name;

    (void)state;
    assert_non_null(all);
    assert_int_equal(json_object_size(all), 5);
    json_object_foreach(all, name, one)
    {
        assert_true(json_is_true(json_object_get(one, "runs")));
        assert_int_equal(json_array_size(json_object_get(one, "lacks")), 0);
        assert_int_equal(json_array_size(json_object_get(one, "without")), 0);
    }
    json_decref(all);
}

static void
test_profiles__what_is_not_required_is_done_without(void **state)
{
    json_t *all;

    (void)state;
    stk_layers_absent(&report, STK_LAYER_USER, "unshare", EPERM);
    all = profiles();
    assert_true(json_is_true(at(all, "strict", "runs")));
    assert_int_equal(json_array_size(at(all, "strict", "without")), 1);
    assert_string_equal(
        json_string_value(json_array_get(at(all, "strict", "without"), 0)),
        "user");
    assert_true(json_is_false(at(all, "wary", "runs")));
    json_decref(all);
}

static void
test_profiles__where_files_are_open_none_runs(void **state)
{
    json_t *all;

    (void)state;
    stk_layers_absent(&report, STK_LAYER_LANDLOCK, "none", 0);
    stk_layers_absent(&report, STK_LAYER_MOUNT, "none", 0);
    all = profiles();
    assert_true(json_is_false(at(all, "agent", "runs")));
    assert_string_equal(
        json_string_value(json_array_get(at(all, "agent", "lacks"), 0)),
        "landlock");
    json_decref(all);
}

#define CASE(function) cmocka_unit_test_setup(function, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_layers__each_is_present_or_has_a_reason),
        CASE(test_profiles__all_run_where_everything_is_there),
        CASE(test_profiles__what_is_not_required_is_done_without),
        CASE(test_profiles__where_files_are_open_none_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
