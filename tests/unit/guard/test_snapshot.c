/* SPDX-License-Identifier: Apache-2.0 */
/* guard/snapshot.c: what is in force. */
#include "guard/internal.h"
#include "guards.h"

static void
test_policy__lives_on_with_who_took_it_before_a_reload(void **state)
{
    stk_guard *guard = guards_new(state, "mode = observe\ndefault = allow\n");
    stk_policy *taken = stk_guard_policy(guard), *now;

    guards_policy(state, "default = allow\n");
    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    now = stk_guard_policy(guard);
    assert_ptr_not_equal(now, taken);
    stk_guard_free(guard);
    assert_int_equal(stk_policy_mode(taken), STK_MODE_OBSERVE);
    assert_int_equal(stk_policy_mode(now), STK_MODE_ENFORCE);
    stk_policy_free(taken);
    stk_policy_free(now);
}

static void
test_snapshot__has_no_evidence_where_nothing_is_signed(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_policy *policy = stk_guard_policy(guard);
    stk_snapshot snapshot = stk_guard_snapshot(guard);

    assert_ptr_equal(snapshot.policy, policy);
    assert_null(snapshot.evidence);
    assert_null(stk_guard_evidence(guard));
    stk_policy_free(snapshot.policy);
    stk_policy_free(policy);
    stk_guard_free(guard);
}

static void
test_generation__goes_on_with_each_reload_that_is_good(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    uint64_t generation = stk_guard_generation(guard);

    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    assert_int_equal(stk_guard_generation(guard), generation + 1);
    guards_policy(state, "oops\n");
    assert_true(stk_guard_reload(guard, NULL) < 0);
    assert_int_equal(stk_guard_generation(guard), generation + 1);
    stk_guard_free(guard);
}

static void
test_observes__as_the_policy_that_is_in_force(void **state)
{
    stk_guard *guard = guards_new(state, "mode = observe\ndefault = allow\n");

    assert_true(stk_guard_observes(guard));
    guards_policy(state, "default = allow\n");
    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    assert_false(stk_guard_observes(guard));
    stk_guard_free(guard);
}

static void
test_is_free__asks_the_second_policy_too(void **state)
{
    static const char second[] = POLICY_HEAD "default = allow\n"
                                             "[modules from app]\n"
                                             "os = deny\n";
    stk_guard *guard;

    unit_write(state, "second.ini", second, sizeof second - 1);
    guard = guards_new(state, "default = allow\nobserve = second.ini\n");
    assert_false(stk_guard_is_free(guard, "os"));
    assert_true(stk_guard_is_free(guard, "json"));
    stk_guard_free(guard);
}

static void
test_tells_importers__where_a_rule_has_one(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");

    assert_false(stk_guard_tells_importers(guard));
    guards_policy(state, "default = allow\n[modules from app]\nos = deny\n");
    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    assert_true(stk_guard_tells_importers(guard));
    stk_guard_free(guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_policy__lives_on_with_who_took_it_before_a_reload),
        unit_test_in_folder(
            test_snapshot__has_no_evidence_where_nothing_is_signed),
        unit_test_in_folder(
            test_generation__goes_on_with_each_reload_that_is_good),
        unit_test_in_folder(test_observes__as_the_policy_that_is_in_force),
        unit_test_in_folder(test_is_free__asks_the_second_policy_too),
        unit_test_in_folder(test_tells_importers__where_a_rule_has_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
