/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a rule. */
#include "policy/words.h"

#include "policies.h"

static void
test_words__unknown_verdicts(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\nos = alow\n",
                   "policy.ini:4: unknown verdict \"alow\"; did you mean "
                   "\"allow\"?\n");
    assert_refused(V1 "[modules]\nos = Deny\n",
                   "policy.ini:4: unknown verdict \"Deny\"; did you mean "
                   "\"deny\"?\n");
    assert_refused(V1 "[modules]\nos = yes\n",
                   "policy.ini:4: unknown verdict \"yes\"; write allow, "
                   "deny, signed or sandbox:NAME, and closure\n");
    assert_refused(V1 "[modules from a]\nos = yes\n",
                   "policy.ini:4: unknown verdict \"yes\"; write allow or "
                   "deny\n");
    assert_refused(V1 "[modules]\nos = allow # fine\n",
                   "policy.ini:4: unknown verdict \"#\"; within a line a "
                   "comment begins with \" ;\"\n");
}

static void
test_words__verdicts_that_do_not_go_together(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\nos = allow deny\n",
                   "policy.ini:4: the verdict stands twice; keep one\n");
    assert_refused(V1 "[modules]\nos = allow closure closure\n",
                   "policy.ini:4: closure stands twice; keep one\n");
    assert_refused(V1 "[modules]\nos = deny closure\nio = closure\n",
                   "policy.ini:4: closure stands with allow or signed\n"
                   "policy.ini:5: closure stands with allow or signed\n");
    assert_refused(V1 "[modules]\nos =\n",
                   "policy.ini:4: \"os\" has no verdict; write os = allow\n");
    assert_refused(V1 "[forbidden]\nos =\n",
                   "policy.ini:4: no reason is given; the value is what the "
                   "user is told\n");
}

static void
test_words__requirements_stand_in_modules_alone(void **state)
{
    (void)state;
    assert_refused(V1 "[modules from a]\nx = allow closure\ny = signed\n"
                      "z = sandbox:strict\n",
                   "policy.ini:4: \"closure\" stands in [modules] alone; "
                   "[modules from X] takes allow or deny\n"
                   "policy.ini:5: \"signed\" stands in [modules] alone; "
                   "[modules from X] takes allow or deny\n"
                   "policy.ini:6: \"sandbox\" stands in [modules] alone; "
                   "[modules from X] takes allow or deny\n");
}

static void
test_words__hostile_text_is_told_printably(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\nos = \xE2\x80\xAE"
                      "wolla\n",
                   "policy.ini:4: unknown verdict \"\\u202ewolla\"; write "
                   "allow, deny, signed or sandbox:NAME, and closure\n");
}

static const stk_rule *
rule_at(const stk_policy *policy, size_t i)
{
    assert_true(i < stk_rule_modules(policy)->n_rules);
    return stk_rule_modules(policy)->rules[i];
}

static void
assert_rule(const stk_rule *rule, const char *text, bool closure,
            const char *bundle)
{
    assert_string_equal(rule->text, text);
    assert_int_equal(rule->verdict, STK_ALLOW);
    assert_string_equal(rule->requirement, "signed");
    assert_int_equal(rule->closure, closure);
    if (bundle)
        assert_string_equal(rule->bundle, bundle);
    else
        assert_null(rule->bundle);
}

static void
assert_required(const stk_policy *policy, const char *name, const char *rule)
{
    stk_decision wanted = stk_policy_require(policy, name);

    assert_int_equal(wanted.verdict, rule ? STK_ALLOW : STK_DENY);
    if (rule) {
        assert_string_equal(wanted.requirement, "signed");
        assert_string_equal(wanted.rule.text, rule);
    } else {
        assert_null(wanted.requirement);
        assert_null(wanted.rule.file);
    }
}

static void
test_require__does_not_depend_on_who_asks_or_may_have_it(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[modules]\na = signed\na.old = deny\nb = allow\n"
                     "[modules from x]\na.old = allow\n"
                     "[forbidden]\na.evil = no\n" A_KEY);

    (void)state;
    assert_required(policy, "a", "a = signed");
    assert_required(policy, "a.new", "a = signed");
    assert_required(policy, "a.old", "a = signed");
    assert_required(policy, "a.evil", "a = signed");
    assert_required(policy, "b", NULL);
    assert_required(policy, "c", NULL);
    assert_required(policy, "", NULL);
    assert_required(policy, "a..b", NULL);
    stk_policy_free(policy);
    policy = policy_of(V1 "[modules]\na = allow\n");
    assert_required(policy, "a", NULL);
    stk_policy_free(policy);
}

static void
test_words__signed_in_its_canonical_order(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[modules]\na = signed\nb = closure signed\n"
                     "c = signed bundle:x/c.stk\n"
                     "d = bundle:/d.stk closure signed\ne = allow\n" A_KEY);

    (void)state;
    assert_rule(rule_at(policy, 0), "a = signed", false, NULL);
    assert_rule(rule_at(policy, 1), "b = signed closure", true, NULL);
    assert_rule(rule_at(policy, 2), "c = signed bundle:x/c.stk", false,
                "x/c.stk");
    assert_rule(rule_at(policy, 3), "d = signed closure bundle:/d.stk", true,
                "/d.stk");
    assert_null(rule_at(policy, 4)->requirement);
    stk_policy_free(policy);
}

static void
test_words__signed_and_in_a_sandbox(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\na = signed sandbox:strict\n"
                                      "b = sandbox:agent bundle:b.stk signed\n"
                                      "c = sandbox:strict\n" A_KEY);

    (void)state;
    assert_string_equal(rule_at(policy, 0)->text, "a = signed sandbox:strict");
    assert_string_equal(rule_at(policy, 0)->requirement,
                        "signed sandbox:strict");
    assert_string_equal(rule_at(policy, 1)->text,
                        "b = signed sandbox:agent bundle:b.stk");
    assert_non_null(rule_at(policy, 1)->bundle);
    assert_string_equal(rule_at(policy, 2)->requirement, "sandbox:strict");
    assert_true(stk_policy_needs_signatures(policy));
    assert_true(stk_policy_needs_workers(policy));
    stk_policy_free(policy);
    assert_refused(V1 "[modules]\na = signed sandbox:strict closure\n"
                      "b = deny sandbox:strict\n"
                      "c = sandbox:strict signed sandbox:strict\n"
                      "d = signed sandbox:none\n" A_KEY,
                   "policy.ini:4: closure stands with allow or signed\n"
                   "policy.ini:5: the verdict stands twice; keep one\n"
                   "policy.ini:6: the verdict stands twice; keep one\n"
                   "policy.ini:7: unknown sandbox \"none\"; add a section "
                   "[sandbox none]\n");
    assert_refused(V1 "[modules]\na = signed sandbox:strict\n",
                   "policy.ini:4: \"signed\": no [key] is there to sign it; "
                   "add a section [key NAME]\n");
}

static void
test_requirement__says_each_of_its_parts(void **state)
{
    (void)state;
    assert_true(stk_requirement_signed("signed"));
    assert_true(stk_requirement_signed("signed sandbox:strict"));
    assert_false(stk_requirement_signed("sandbox:signed"));
    assert_false(stk_requirement_signed("signedx"));
    assert_false(stk_requirement_signed(""));
    assert_false(stk_requirement_signed(NULL));
    assert_string_equal(stk_requirement_profile("sandbox:strict"), "strict");
    assert_string_equal(stk_requirement_profile("signed sandbox:agent"),
                        "agent");
    assert_null(stk_requirement_profile("signed"));
    assert_null(stk_requirement_profile("allow"));
    assert_null(stk_requirement_profile(NULL));
}

static void
test_words__a_bundle_begins_at_its_files_folder(void **state)
{
    static const char base[] = V1 "[modules]\na = signed bundle:a.stk\n" A_KEY;
    static const char top[] = V1 "extends = sub/base.ini\n[modules]\n"
                                 "b = signed bundle:b.stk\n";
    stk_policy *policy;
    const char *path;

    assert_int_equal(mkdir(unit_path(state, "sub"), 0700), 0);
    unit_write(state, "sub/base.ini", base, strlen(base));
    path = unit_write(state, "top.ini", top, strlen(top));
    policy = policy_at(path);
    assert_string_equal(rule_at(policy, 0)->bundle,
                        unit_path(state, "sub/a.stk"));
    assert_string_equal(rule_at(policy, 1)->bundle, unit_path(state, "b.stk"));
    stk_policy_free(policy);
}

static void
test_words__bundles_that_make_no_sense(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\na = allow bundle:x\nb = bundle:x\n"
                      "c = deny bundle:x\n",
                   "policy.ini:4: bundle: stands with signed\n"
                   "policy.ini:5: bundle: stands with signed\n"
                   "policy.ini:6: bundle: stands with signed\n");
    assert_refused(V1 "[modules]\na = signed bundle:\n",
                   "policy.ini:4: bundle: lacks its file; write "
                   "bundle:PATH\n");
    assert_refused(V1 "[modules]\na = signed bundle:x bundle:y\n",
                   "policy.ini:4: bundle: stands twice; keep one\n");
    assert_refused(V1 "[modules]\na = signed bundel:a/long/path/x.stk\n"
                      "b = sandbocks:strict\n",
                   "policy.ini:4: unknown verdict "
                   "\"bundel:a/long/path/x.stk\"; did you mean "
                   "\"bundle:\"?\n"
                   "policy.ini:5: unknown verdict \"sandbocks:strict\"; did "
                   "you mean \"sandbox:\"?\n");
    assert_refused(V1 "[modules from a]\nx = bundle:y\n",
                   "policy.ini:4: \"bundle\" stands in [modules] alone; "
                   "[modules from X] takes allow or deny\n");
}

static void
test_words__one_verdict(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\na = allow signed\nb = signed signed\n"
                      "c = signed deny\n",
                   "policy.ini:4: the verdict stands twice; keep one\n"
                   "policy.ini:5: the verdict stands twice; keep one\n"
                   "policy.ini:6: the verdict stands twice; keep one\n");
    assert_refused(V1 "[modules]\na = singed\n",
                   "policy.ini:4: unknown verdict \"singed\"; did you mean "
                   "\"signed\"?\n");
    assert_refused(V1 "[forbidden]\na = signed\n[modules]\nb = signed\n",
                   "policy.ini:6: \"signed\": no [key] is there to sign it; "
                   "add a section [key NAME]\n");
}

static void
test_words__of_a_rule_that_says_the_same_as_the_one_before(void **state)
{
    stk_policy *policy = policy_of(
        V1 "[modules]\na = signed closure bundle:x.stk\n"
           "b = signed closure bundle:x.stk\nc = deny\n"
           "d = deny\n[modules from q]\ne = deny\nf = allow\n" A_KEY);
    const stk_section *modules = stk_rule_modules(policy);
    const stk_rule *second = modules->rules[1];

    (void)state;
    assert_string_equal(second->text, "b = signed closure bundle:x.stk");
    assert_string_equal(second->requirement, "signed");
    assert_string_equal(second->bundle_text, "x.stk");
    assert_non_null(strstr(second->bundle, "x.stk"));
    assert_true(second->closure);
    assert_int_equal(second->place.line, 5);
    assert_int_equal(modules->rules[3]->verdict, STK_DENY);
    assert_string_equal(modules->rules[3]->text, "d = deny");
    assert_int_equal(policy->n_bundles, 1);
    stk_policy_free(policy);
    /* what is said elsewhere, and what was refused, says nothing */
    assert_refused(V1 A_KEY
                   "[modules]\na = signed\n[modules from q]\nb = signed\n",
                   "policy.ini:9: \"signed\" stands in [modules] alone; "
                   "[modules from X] takes allow or deny\n");
    assert_refused(V1 "[modules]\na = allow deny\nb = allow deny\n",
                   "policy.ini:4: the verdict stands twice; keep one\n"
                   "policy.ini:5: the verdict stands twice; keep one\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words__unknown_verdicts),
        cmocka_unit_test(test_words__verdicts_that_do_not_go_together),
        cmocka_unit_test(test_words__requirements_stand_in_modules_alone),
        cmocka_unit_test(
            test_require__does_not_depend_on_who_asks_or_may_have_it),
        cmocka_unit_test(test_words__hostile_text_is_told_printably),
        cmocka_unit_test(test_words__signed_in_its_canonical_order),
        cmocka_unit_test(test_words__signed_and_in_a_sandbox),
        cmocka_unit_test(test_requirement__says_each_of_its_parts),
        unit_test_in_folder(test_words__a_bundle_begins_at_its_files_folder),
        cmocka_unit_test(test_words__bundles_that_make_no_sense),
        cmocka_unit_test(test_words__one_verdict),
        cmocka_unit_test(
            test_words__of_a_rule_that_says_the_same_as_the_one_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
