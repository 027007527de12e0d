/* SPDX-License-Identifier: Apache-2.0 */
/* What is put into the index. */
#include "policy/index.h"

#include "policies.h"

static const stk_step *
step_of(const stk_policy *policy, const char *literal)
{
    static stk_trail trail;

    assert_true(stk_trail_find(&trail, policy, literal));
    if (trail.n == 0 || trail.steps[trail.n - 1].length != strlen(literal))
        return NULL;
    return &trail.steps[trail.n - 1];
}

static const stk_node *
node_of(const stk_policy *policy, const char *literal)
{
    const stk_step *step = step_of(policy, literal);

    return step ? step->node : NULL;
}

static void
test_build__one_node_for_all_that_is_said_of_a_literal(void **state)
{
    stk_policy *policy = policy_of(
        V1 "[forbidden]\nx.* = no\n[modules]\nx = allow\nx* = deny\n"
           "[modules from x]\ny = allow\n[modules from y]\nx = allow\n"
           "x.* = deny\n[group g]\nmembers = x\n[group longer]\n"
           "members = x\n");
    const stk_node *node = node_of(policy, "x");

    (void)state;
    assert_string_equal(node->forbidden[STK_PATTERN_BELOW]->text, "x.* = no");
    assert_string_equal(node->modules[STK_PATTERN_NAME]->text, "x = allow");
    assert_string_equal(node->modules[STK_PATTERN_PREFIX]->text, "x* = deny");
    assert_null(node->modules[STK_PATTERN_BELOW]);
    assert_string_equal(node->section->name, "modules from x");
    assert_int_equal(node->n_from, 1);
    assert_string_equal(node->from[0].section->name, "modules from y");
    assert_int_equal(node->denied, 1u << STK_PATTERN_BELOW);
    assert_int_equal(node->n_groups, 2);
    assert_string_equal(node->groups[0]->name, "longer");
    assert_string_equal(node->groups[1]->name, "g");
    assert_null(step_of(policy, "x")->part);
    assert_null(node_of(policy, "z"));
    assert_string_equal(step_of(policy, "json")->part->name, "stdlib.pure");
    assert_null(node_of(policy, "json")->literal);
    stk_policy_free(policy);
}

static void
test_build__each_member_of_stdlib_has_its_part(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\n@stdlib = allow\n");
    const stk_group *all = stk_rule_group(policy, "stdlib");

    (void)state;
    assert_true(all->n_members > 200);
    for (size_t i = 0; i < all->n_members; i++) {
        const stk_step *step = step_of(policy, all->members[i]);

        assert_non_null(step);
        assert_non_null(step->part);
        assert_ptr_not_equal(step->part, all);
        assert_int_equal(step->node->n_groups + step->node->n_from, 0);
        assert_int_equal(ask(policy, all->members[i], "app").verdict,
                         STK_ALLOW);
    }
    stk_policy_free(policy);
}

static void
test_build__many_sections_about_one_name(void **state)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 20);
    stk_policy *policy;
    char importer[16];

    (void)state;
    stk_buffer_puts(&text, V1);
    for (unsigned i = 0; i < 5000; i++)
        stk_buffer_printf(&text, "[modules from m%u]\nos = %s\n", i,
                          i % 3 ? "allow" : "deny");
    policy = policy_of(text.data);
    assert_int_equal(node_of(policy, "os")->n_from, 5000);
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(importer, sizeof importer, "m%u", i);
        assert_int_equal(ask(policy, "os", importer).rule.line, 4 + 2 * i);
    }
    stk_policy_free(policy);
    stk_buffer_clear(&text);
}

static void
test_build__many_rules_are_all_found(void **state)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 20);
    stk_policy *policy;
    char name[16];

    (void)state;
    stk_buffer_puts(&text, V1 "[modules]\n");
    for (unsigned i = 0; i < 50000; i++)
        stk_buffer_printf(&text, "m%u = %s\n", i, i % 2 ? "allow" : "deny");
    policy = policy_of(text.data);
    for (unsigned i = 0; i < 50000; i++) {
        snprintf(name, sizeof name, "m%u", i);
        assert_int_equal(ask(policy, name, NULL).rule.line, 4 + i);
        assert_int_equal(ask(policy, name, NULL).verdict, i % 2);
    }
    assert_int_equal(ask(policy, "m50000", NULL).reason, STK_REASON_DEFAULT);
    stk_policy_free(policy);
    stk_buffer_clear(&text);
}

static void
test_build__only_lengths_that_a_prefix_has_are_asked_for(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\nabc* = allow\n"
                                      "d = allow\n");

    (void)state;
    assert_true(policy->has_prefixes);
    assert_int_equal(policy->prefix_lengths[0], 1u << 3);
    stk_policy_free(policy);
    policy = policy_of(V1 "[modules]\nd.* = allow\n");
    assert_false(policy->has_prefixes);
    stk_policy_free(policy);
}

static void
test_build__notes_what_some_importer_is_denied(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules from a]\n@stdlib = deny\n"
                                      "x = allow\n");

    (void)state;
    assert_false(policy->from_denies_any);
    assert_true(step_of(policy, "json")->part->denied_from);
    assert_int_equal(node_of(policy, "x")->denied, 0);
    stk_policy_free(policy);
    policy = policy_of(V1 "[modules from a]\n* = deny\n");
    assert_true(policy->from_denies_any);
    assert_false(policy->stdlib->denied_from);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_build__one_node_for_all_that_is_said_of_a_literal),
        cmocka_unit_test(test_build__each_member_of_stdlib_has_its_part),
        cmocka_unit_test(test_build__many_sections_about_one_name),
        cmocka_unit_test(test_build__many_rules_are_all_found),
        cmocka_unit_test(
            test_build__only_lengths_that_a_prefix_has_are_asked_for),
        cmocka_unit_test(test_build__notes_what_some_importer_is_denied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
