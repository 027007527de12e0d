/* SPDX-License-Identifier: Apache-2.0 */
/* Which audit events the policy in force speaks of. */
#include "guard/watched.h"

#include "guards.h"
#include "policy/rule.h"

static void
test_watched__no_rule_watches_nothing(void **state)
{
    stk_guard *guard = guards_new(state, "[modules]\nos = deny\n");

    assert_false(stk_guard_watches(guard, "os.system"));
    assert_false(stk_guard_watches(guard, "os"));
    assert_false(stk_guard_watches(guard, "import"));
    assert_false(stk_watched_has(NULL, "os.system"));
    stk_guard_free(guard);
}

static void
test_watched__what_a_rule_names_and_no_more(void **state)
{
    stk_guard *guard = guards_new(state, "[events from a]\nctypes.* = deny\n"
                                         "open = allow\nmine.* = deny\n");

    assert_true(stk_guard_watches(guard, "ctypes.dlopen"));
    assert_true(stk_guard_watches(guard, "ctypes.dlsym/handle"));
    assert_true(stk_guard_watches(guard, "open"));
    assert_true(stk_guard_watches(guard, "mine.own"));
    assert_false(stk_guard_watches(guard, "mine"));
    assert_false(stk_guard_watches(guard, "os.system"));
    assert_false(stk_guard_watches(guard, "opener"));
    assert_false(stk_guard_watches(guard, "ope"));
    assert_false(stk_guard_watches(guard, ""));
    assert_false(stk_guard_watches(guard, "import"));
    stk_guard_free(guard);
}

static void
test_watched__star_watches_all_but_import(void **state)
{
    stk_guard *guard = guards_new(state, "[events]\n* = deny\n");

    assert_true(stk_guard_watches(guard, "os.system"));
    assert_true(stk_guard_watches(guard, "acme.own event"));
    assert_true(stk_guard_watches(guard, "\x01"));
    assert_false(stk_guard_watches(guard, "import"));
    assert_false(stk_guard_watches(guard, "end"));
    stk_guard_free(guard);
}

static void
test_watched__a_reload_counts_at_once(void **state)
{
    stk_guard *guard = guards_new(state, "[events]\nopen = deny\n");

    guards_policy(state, "[events]\nexec = deny\n");
    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    assert_false(stk_guard_watches(guard, "open"));
    assert_true(stk_guard_watches(guard, "exec"));
    guards_policy(state, "[events]\nexec = alow\n");
    assert_true(stk_guard_reload(guard, NULL) < 0);
    assert_true(stk_guard_watches(guard, "exec"));
    stk_guard_free(guard);
}

static void
test_watched__a_policy_without_events_is_gone_after_a_reload(void **state)
{
    stk_guard *guard = guards_new(state, "[modules]\nos = deny\n");
    stk_policy *policy = stk_guard_policy(guard);

    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    assert_int_equal(atomic_load(&policy->references), 1);
    stk_policy_free(policy);
    stk_guard_free(guard);
}

static void
test_watched__the_observed_policy_counts(void **state)
{
    static const char text[] = POLICY_HEAD "[events from a]\nopen = deny\n";
    stk_guard *guard;

    unit_write(state, "second.ini", text, sizeof text - 1);
    guard = guards_new(state, "default = allow\nobserve = second.ini\n");
    assert_true(stk_guard_watches(guard, "open"));
    assert_false(stk_guard_watches(guard, "exec"));
    stk_guard_free(guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_watched__no_rule_watches_nothing),
        unit_test_in_folder(test_watched__what_a_rule_names_and_no_more),
        unit_test_in_folder(test_watched__star_watches_all_but_import),
        unit_test_in_folder(test_watched__a_reload_counts_at_once),
        unit_test_in_folder(
            test_watched__a_policy_without_events_is_gone_after_a_reload),
        unit_test_in_folder(test_watched__the_observed_policy_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
