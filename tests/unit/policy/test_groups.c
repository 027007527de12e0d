/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in groups. */
#include "policy/groups.h"

#include "policies.h"

static void
test_stdlib__is_all_parts_together(void **state)
{
    stk_policy *policy = policy_of(V1);
    size_t n = 0;

    (void)state;
    assert_non_null(policy->stdlib);
    assert_string_equal(policy->stdlib->name, "stdlib");
    for (size_t i = 0; i < policy->n_groups; i++) {
        assert_true(policy->groups[i]->builtin);
        assert_string_equal(policy->groups[i]->place.file, STK_GROUPS_FILE);
        if (policy->groups[i] != policy->stdlib)
            n += policy->groups[i]->n_members;
    }
    assert_int_equal(policy->stdlib->n_members, n);
    assert_int_equal(policy->n_groups, 7);
    assert_in_range(n, 300, 1000);
    stk_policy_free(policy);
}

/* Two readers of one text: the parser, and the one without a policy. */
static void
test_in_stdlib__agrees_with_the_group(void **state)
{
    stk_policy *policy = policy_of(V1);
    char first[256];

    (void)state;
    for (size_t i = 0; i < policy->stdlib->n_members; i++) {
        const char *member = policy->stdlib->members[i];

        if (!stk_policy_in_stdlib(member))
            fail_msg("%s is missing", member);
        snprintf(first, sizeof first, "%.*s", (int)strcspn(member, "."),
                 member);
        assert_true(stk_policy_in_stdlib(first));
    }
    stk_policy_free(policy);
}

static void
test_librarys_rule__is_of_the_group_or_a_part_of_it(void **state)
{
    (void)state;
    assert_true(stk_groups_is_librarys_rule("@stdlib = allow"));
    assert_true(stk_groups_is_librarys_rule("@stdlib.pure = allow"));
    assert_false(stk_groups_is_librarys_rule("@stdlibs = allow"));
    assert_false(stk_groups_is_librarys_rule("json = allow"));
    assert_false(stk_groups_is_librarys_rule("@std"));
    assert_false(stk_groups_is_librarys_rule(NULL));
}

static void
test_in_stdlib__looks_at_the_first_label(void **state)
{
    (void)state;
    assert_true(stk_policy_in_stdlib("os"));
    assert_true(stk_policy_in_stdlib("os.path"));
    assert_true(stk_policy_in_stdlib("random.nothing.of.the.kind"));
    assert_false(stk_policy_in_stdlib("flask"));
    assert_false(stk_policy_in_stdlib("flask.os"));
    assert_false(stk_policy_in_stdlib("oss"));
    assert_false(stk_policy_in_stdlib("o"));
    assert_false(stk_policy_in_stdlib(""));
    assert_false(stk_policy_in_stdlib(".os"));
    assert_false(stk_policy_in_stdlib("members"));
    assert_false(stk_policy_in_stdlib("="));
    assert_false(stk_policy_in_stdlib(","));
}

static void
test_in_stdlib__a_long_name_is_none(void **state)
{
    char *name = malloc(100001);

    (void)state;
    memset(name, 'a', 100000);
    name[100000] = '\0';
    assert_false(stk_policy_in_stdlib(name));
    free(name);
}

static void
test_parts__a_name_belongs_to_the_part_of_its_longest_member(void **state)
{
    stk_policy *policy = policy_of(V1);
    const stk_group *pure = stk_rule_group(policy, "stdlib.pure");
    const stk_group *net = stk_rule_group(policy, "stdlib.net");

    (void)state;
    assert_true(stk_rule_group_holds(policy, pure, "urllib.parse"));
    assert_true(stk_rule_group_holds(policy, net, "urllib.request"));
    assert_false(stk_rule_group_holds(policy, pure, "urllib.request"));
    assert_true(
        stk_rule_group_holds(policy, policy->stdlib, "urllib.request"));
    assert_true(stk_rule_group_holds(policy, policy->stdlib, "urllib"));
    stk_policy_free(policy);
}

static void
test_part__is_that_of_the_very_name(void **state)
{
    const stk_builtin_group *parts = stk_builtins[STK_BUILTIN_GROUPS].groups;

    (void)state;
    assert_int_equal(stk_groups_part("urllib", 6, stk_hash("urllib", 6)), 0);
    assert_int_equal(stk_groups_part("urllibs", 6, stk_hash("urllib", 6)), 0);
    assert_int_equal(stk_groups_part("urllib", 5, stk_hash("urlli", 5)), -1);
    assert_int_equal(stk_groups_part("json.x", 6, stk_hash("json.x", 6)), -1);
    for (int i = 0; i < (int)STK_PARTS; i++)
        for (size_t j = 0; j < parts[i].n; j++) {
            const char *name = parts[i].members[j];
            uint32_t length = (uint32_t)strlen(name);

            assert_int_equal(
                stk_groups_part(name, length, stk_hash(name, length)), i);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stdlib__is_all_parts_together),
        cmocka_unit_test(test_in_stdlib__agrees_with_the_group),
        cmocka_unit_test(test_in_stdlib__looks_at_the_first_label),
        cmocka_unit_test(test_librarys_rule__is_of_the_group_or_a_part_of_it),
        cmocka_unit_test(test_in_stdlib__a_long_name_is_none),
        cmocka_unit_test(
            test_parts__a_name_belongs_to_the_part_of_its_longest_member),
        cmocka_unit_test(test_part__is_that_of_the_very_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
