/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says of itself. */
#include "policy/rule.h"

#include "policies.h"

static void
test_defaults__are_the_strict_ones(void **state)
{
    stk_policy *policy = policy_of(V1);
    size_t n = 7;

    (void)state;
    assert_int_equal(stk_policy_mode(policy), STK_MODE_ENFORCE);
    assert_int_equal(stk_policy_default(policy), STK_DENY);
    assert_int_equal(stk_policy_shadowing(policy), STK_DENY);
    assert_int_equal(stk_policy_cached(policy), STK_CACHED_FIRST);
    assert_int_equal(stk_policy_on_audit_failure(policy), STK_DENY);
    assert_int_equal(stk_policy_children(policy), STK_CHILDREN_GUARDED);
    stk_policy_audit(policy, &n);
    assert_int_equal(n, 0);
    assert_null(stk_policy_observed(policy));
    assert_false(stk_policy_is_trusted(policy, "json"));
    assert_string_equal(stk_policy_file(policy), "policy.ini");
    assert_int_equal(stk_policy_rules(policy), 0);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults__are_the_strict_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
