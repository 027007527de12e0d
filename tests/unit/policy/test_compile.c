/* SPDX-License-Identifier: Apache-2.0 */
/* From the draft to the immutable policy: duplicates, groups, ranks. */
#include "policy/index.h"

#include "policies.h"

static void
test_rules__equal_patterns_in_one_file_are_refused(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\nos = allow\nio = allow\nos = deny\n"
                      "os = deny\n",
                   "policy.ini:6: os stands on line 4 already; keep one\n"
                   "policy.ini:7: os stands on line 6 already; keep one\n");
    assert_refused(V1 "[forbidden]\nos.* = a\nos.* = a\n",
                   "policy.ini:5: os.* stands on line 4 already; keep one\n");
    assert_refused(V1 "[modules from a]\n* = deny\n* = deny\n",
                   "policy.ini:5: * stands on line 4 already; keep one\n");
    assert_refused(V1 "[modules]\n@stdlib = deny\n@stdlib = deny\n",
                   "policy.ini:5: @stdlib stands on line 4 already; keep "
                   "one\n");
}

static void
test_rules__patterns_that_only_look_alike_are_fine(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[modules]\nos = allow\nos.* = deny\nos* = deny\n"
                     "[forbidden]\nos.path = no\n"
                     "[modules from os]\nos = allow\n");

    (void)state;
    assert_int_equal(stk_policy_rules(policy), 5);
    stk_policy_free(policy);
}

static void
test_rules__are_kept_in_the_order_of_the_file(void **state)
{
    stk_policy *policy = policy_of(
        V1 "[modules from z]\nb = allow\n[modules]\nz = allow\na = deny\n"
           "@stdlib = allow\n[modules from a]\nc = deny\n");
    const stk_section *modules = stk_rule_modules(policy);

    (void)state;
    assert_int_equal(policy->n_sections, 4);
    assert_string_equal(policy->sections[0]->name, "forbidden");
    assert_string_equal(policy->sections[1]->name, "modules");
    assert_string_equal(policy->sections[2]->name, "modules from z");
    assert_string_equal(policy->sections[2]->importer, "z");
    assert_string_equal(policy->sections[3]->name, "modules from a");
    assert_int_equal(modules->place.line, 5);
    assert_int_equal(modules->n_rules, 3);
    assert_string_equal(modules->rules[0]->text, "z = allow");
    assert_string_equal(modules->rules[1]->text, "a = deny");
    assert_string_equal(modules->rules[2]->text, "@stdlib = allow");
    assert_int_equal(modules->rules[2]->place.line, 8);
    assert_null(stk_rule_forbidden(policy)->place.file);
    stk_policy_free(policy);
}

static void
test_groups__what_is_named_must_exist(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\n@webb = allow\n@nothing = allow\n"
                      "[modules from @wev]\nos = deny\n"
                      "[group web]\nmembers = flask\n",
                   "policy.ini:4: no group @webb; did you mean @web?\n"
                   "policy.ini:5: no group @nothing; add a section [group "
                   "nothing]\n"
                   "policy.ini:6: no group @wev; did you mean @web?\n");
}

static void
test_groups__a_mistyped_heading_is_told_once(void **state)
{
    (void)state;
    assert_refused(
        V1 "[modlues from @missing]\nx = allow\n",
        "policy.ini:3: unknown section \"modlues from @missing\"; did you "
        "mean [modules from @missing]?\n");
    assert_refused(
        V1 "[event from @missing]\nx = allow\n",
        "policy.ini:3: unknown section \"event from @missing\"; did you "
        "mean [events from @missing]?\n");
}

static void
test_groups__members_are_sorted_and_stand_once(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[group g]\nmembers = c, a.b\nmembers = a\n");
    const stk_group *group = stk_rule_group(policy, "g");

    (void)state;
    assert_int_equal(group->n_members, 3);
    assert_string_equal(group->members[0], "a");
    assert_string_equal(group->members[1], "a.b");
    assert_string_equal(group->members[2], "c");
    assert_false(group->builtin);
    assert_int_equal(group->place.line, 3);
    stk_policy_free(policy);
    assert_refused(V1 "[group g]\nmembers = a\nmembers = b, a\n",
                   "policy.ini:5: \"a\" is a member already, line 4\n");
}

static void
test_ranks__equal_groups_that_disagree_are_refused(void **state)
{
    (void)state;
    assert_refused(
        V1 "[group ab]\nmembers = x, y\n[group cd]\nmembers = y, z\n"
           "[modules]\n@cd = deny\n@ab = allow\n",
        "policy.ini:9: @ab and @cd (policy.ini:8) have the same rank and "
        "disagree about \"y\"; give it a rule of its own\n");
    assert_refused(
        V1 "[group ab]\nmembers = y\n[group cd]\nmembers = y\n"
           "[modules]\n@cd = allow\n@ab = allow closure\n",
        "policy.ini:9: @ab and @cd (policy.ini:8) have the same rank and "
        "disagree about \"y\"; give it a rule of its own\n");
    assert_refused(
        V1 "[group webapp]\nmembers = json\n"
           "[modules from a]\n@stdlib = deny\n@webapp = allow\n",
        "policy.ini:7: @webapp and @stdlib (policy.ini:6) have the same rank "
        "and disagree about \"json\"; give it a rule of its own\n");
}

static void
test_ranks__what_settles_the_name_is_fine(void **state)
{
    static const char groups[] =
        V1 "[group ab]\nmembers = x, y\n[group cd]\nmembers = y\n"
           "[group long]\nmembers = y\n[modules]\n@ab = allow\n@cd = deny\n";
    static const char *const settled[] = { "y = allow\n", "y* = deny\n",
                                           "@long = deny\n" };
    char text[400];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(settled); i++) {
        snprintf(text, sizeof text, "%s%s", groups, settled[i]);
        stk_policy_free(policy_of(text));
    }
    snprintf(text, sizeof text, "%s%s", groups, "y.* = deny\n");
    assert_refused(text, "policy.ini:11: @cd and @ab (policy.ini:10) have "
                         "the same rank and disagree about \"y\"; give it a "
                         "rule of its own\n");
}

static void
test_ranks__groups_that_agree_or_share_nothing_are_fine(void **state)
{
    (void)state;
    stk_policy_free(
        policy_of(V1 "[group ab]\nmembers = x\n[group cd]\nmembers = x\n"
                     "[group ef]\nmembers = z, x.y\n"
                     "[modules]\n@ab = allow\n@cd = allow\n@ef = deny\n"
                     "[modules from m]\n@ab = deny\n"));
}

static void
test_ranks__equal_groups_of_importers_that_disagree_are_refused(void **state)
{
    static const char groups[] = V1 "[group ab]\nmembers = m, x\n"
                                    "[group cd]\nmembers = m.n, x\n";
    static const struct {
        const char *first, *second, *about;
    } cases[] = {
        { "os = allow", "os = deny", "os" },
        { "os = allow", "* = deny", "os" },
        { "* = allow", "* = deny", "*" },
        { "a.* = allow", "a = deny", "a.*" },
        { "@stdlib.net = allow", "socket = deny", "socket" },
    };
    char text[300], wanted[300];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        snprintf(text, sizeof text,
                 "%s[modules from @ab]\n%s\n[modules from @cd]\n%s\n", groups,
                 cases[i].first, cases[i].second);
        snprintf(wanted, sizeof wanted,
                 "policy.ini:9: [modules from @cd] and [modules from @ab] "
                 "(policy.ini:7) have the same rank and disagree about "
                 "\"%s\" imported by \"x\"; give it a section of its own\n",
                 cases[i].about);
        assert_refused(text, wanted);
    }
    snprintf(text, sizeof text,
             "%s[modules from @ab]\nos = allow\n[modules from @cd]\n"
             "os = deny\n[modules from x]\nos = deny\n",
             groups);
    stk_policy_free(policy_of(text));
    snprintf(text, sizeof text,
             "%s[modules from @ab]\nos = allow\n[modules from @cd]\n"
             "socket = deny\n",
             groups);
    stk_policy_free(policy_of(text));
}

static void
test_trusted__stdlib_trusts_its_parts(void **state)
{
    stk_policy *policy = policy_of(V1 "trusted = @stdlib\n");

    (void)state;
    for (size_t i = 0; i < policy->n_groups; i++)
        assert_true(policy->groups[i]->trusted);
    assert_string_equal(policy->trusted.text, "trusted = @stdlib");
    assert_int_equal(policy->trusted.line, 3);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__equal_patterns_in_one_file_are_refused),
        cmocka_unit_test(test_rules__patterns_that_only_look_alike_are_fine),
        cmocka_unit_test(test_rules__are_kept_in_the_order_of_the_file),
        cmocka_unit_test(test_groups__what_is_named_must_exist),
        cmocka_unit_test(test_groups__a_mistyped_heading_is_told_once),
        cmocka_unit_test(test_groups__members_are_sorted_and_stand_once),
        cmocka_unit_test(test_ranks__equal_groups_that_disagree_are_refused),
        cmocka_unit_test(test_ranks__what_settles_the_name_is_fine),
        cmocka_unit_test(
            test_ranks__groups_that_agree_or_share_nothing_are_fine),
        cmocka_unit_test(
            test_ranks__equal_groups_of_importers_that_disagree_are_refused),
        cmocka_unit_test(test_trusted__stdlib_trusts_its_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
