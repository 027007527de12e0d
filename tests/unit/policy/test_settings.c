/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [stockade]. */
#include "policy/settings.h"

#include "policies.h"

static void
test_values__are_taken(void **state)
{
    stk_policy *policy = policy_of(
        V1 "mode = observe\ndefault = allow\nshadowing = allow\n"
           "cached = all\non_audit_failure = continue\nfinders = all\n"
           "trusted = @stdlib.pure @web\n[group web]\nmembers = flask\n");

    (void)state;
    assert_int_equal(stk_policy_mode(policy), STK_MODE_OBSERVE);
    assert_int_equal(stk_policy_default(policy), STK_ALLOW);
    assert_int_equal(stk_policy_shadowing(policy), STK_ALLOW);
    assert_int_equal(stk_policy_cached(policy), STK_CACHED_ALL);
    assert_int_equal(stk_policy_on_audit_failure(policy), STK_ALLOW);
    assert_true(stk_policy_is_trusted(policy, "json.decoder"));
    assert_true(stk_policy_is_trusted(policy, "flask"));
    assert_false(stk_policy_is_trusted(policy, "socket"));
    assert_string_equal(policy->settings[STK_SETTING_TRUSTED].value,
                        "@stdlib.pure, @web");
    assert_int_equal(policy->settings[STK_SETTING_TRUSTED].place.line, 9);
    stk_policy_free(policy);
    policy = policy_of(V1 "children = free\n");
    assert_int_equal(stk_policy_children(policy), STK_CHILDREN_FREE);
    stk_policy_free(policy);
    policy = policy_of(V1 "children = deny\n");
    assert_int_equal(stk_policy_children(policy), STK_CHILDREN_DENY);
    stk_policy_free(policy);
    policy = policy_of(V1 "children = guarded\n");
    assert_int_equal(stk_policy_children(policy), STK_CHILDREN_GUARDED);
    stk_policy_free(policy);
    policy = policy_of(V1 "cached = none\non_audit_failure = deny\n");
    assert_int_equal(stk_policy_cached(policy), STK_CACHED_NONE);
    assert_int_equal(stk_policy_on_audit_failure(policy), STK_DENY);
    stk_policy_free(policy);
}

static void
test_version__is_required_and_1(void **state)
{
    (void)state;
    assert_refused("", "policy.ini:1: no [stockade] section; begin with "
                       "[stockade] and version = 1\n");
    assert_refused("[modules]\nos = allow\n",
                   "policy.ini:1: no [stockade] section; begin with "
                   "[stockade] and version = 1\n");
    assert_refused("\n[stockade]\nmode = enforce\n",
                   "policy.ini:2: no version; write version = 1\n");
    assert_refused("[stockade]\nversion = 2\n",
                   "policy.ini:2: unknown version \"2\"; this build reads "
                   "version 1\n");
    assert_refused("[stockade]\nversion =\n",
                   "policy.ini:2: version has no value\n");
}

static void
test_keys__unknown_ones_are_refused(void **state)
{
    (void)state;
    assert_refused(V1 "moed = enforce\n",
                   "policy.ini:3: unknown key \"moed\"; did you mean "
                   "\"mode\"?\n");
    assert_refused(V1 "colour = red\n",
                   "policy.ini:3: unknown key \"colour\"; write version, "
                   "extends, finders, mode, default, trusted, shadowing, "
                   "observe, audit, cached, on_audit_failure or "
                   "children\n");
}

static void
test_keys__stand_once(void **state)
{
    (void)state;
    assert_refused(V1 "mode = enforce\nmode = observe\n",
                   "policy.ini:4: mode stands on line 3 already; keep one\n");
}

static void
test_values__unknown_ones_are_refused(void **state)
{
    (void)state;
    assert_refused(V1 "mode = enforced\n",
                   "policy.ini:3: unknown value \"enforced\" of mode; did "
                   "you mean \"enforce\"?\n");
    assert_refused(V1 "default = maybe\n",
                   "policy.ini:3: unknown value \"maybe\" of default; write "
                   "deny or allow\n");
    assert_refused(V1 "shadowing = Allow\n",
                   "policy.ini:3: unknown value \"Allow\" of shadowing; did "
                   "you mean \"allow\"?\n");
    assert_refused(V1 "cached = some\n",
                   "policy.ini:3: unknown value \"some\" of cached; did you "
                   "mean \"none\"?\n");
    assert_refused(V1 "cached = never\n",
                   "policy.ini:3: unknown value \"never\" of cached; write "
                   "first, all or none\n");
    assert_refused(V1 "on_audit_failure = stop\n",
                   "policy.ini:3: unknown value \"stop\" of "
                   "on_audit_failure; write deny or continue\n");
    assert_refused(V1 "mode =\n", "policy.ini:3: mode has no value\n");
    assert_refused(V1 "audit = ,\n", "policy.ini:3: audit has no value\n");
}

static void
test_finders__are_ours_or_all(void **state)
{
    stk_policy *policy = policy_of(V1 "finders = ours\n");

    (void)state;
    assert_int_equal(stk_policy_finders(policy), STK_FINDERS_OURS);
    stk_policy_free(policy);
    policy = policy_of(V1 "finders = all\n");
    assert_int_equal(stk_policy_finders(policy), STK_FINDERS_ALL);
    stk_policy_free(policy);
    policy = policy_of(V1);
    assert_int_equal(stk_policy_finders(policy), STK_FINDERS_ALL);
    stk_policy_free(policy);
    assert_refused(V1 "finders = mine\n",
                   "policy.ini:3: unknown value \"mine\" of finders; write "
                   "ours or all\n");
}

static void
test_trusted__takes_groups_that_exist(void **state)
{
    (void)state;
    assert_refused(V1 "trusted = json\n",
                   "policy.ini:3: \"json\" is no group; trusted takes "
                   "groups: @name\n");
    assert_refused(V1 "trusted = @stdlib @stdlib\n",
                   "policy.ini:3: \"@stdlib\" is in trusted already\n");
    assert_refused(V1 "trusted = @stdlb\n",
                   "policy.ini:3: no group @stdlb; did you mean @stdlib?\n");
    assert_refused(V1 "trusted = @web\n",
                   "policy.ini:3: no group @web; add a section [group "
                   "web]\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values__are_taken),
        cmocka_unit_test(test_version__is_required_and_1),
        cmocka_unit_test(test_keys__unknown_ones_are_refused),
        cmocka_unit_test(test_keys__stand_once),
        cmocka_unit_test(test_values__unknown_ones_are_refused),
        cmocka_unit_test(test_finders__are_ours_or_all),
        cmocka_unit_test(test_trusted__takes_groups_that_exist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
