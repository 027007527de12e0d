/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

typedef struct told {
    char text[4096];
    int n;
} told;

static const char *
verdict_of(const stk_decision *decision)
{
    return decision->verdict == STK_ALLOW ? "allow" : "deny";
}

static void
tell(void *payload, const stk_change *change)
{
    told *all = payload;
    size_t used = strlen(all->text);

    all->n++;
    snprintf(all->text + used, sizeof(all->text) - used, "%s %s %s>%s\n",
             change->importer ? change->importer : "-", change->name,
             verdict_of(&change->before), verdict_of(&change->after));
}

static told
compare(const char *before, const char *after)
{
    stk_policy *old = text_parse("old.ini", before);
    stk_policy *new = text_parse("new.ini", after);
    stk_error err = STK_ERROR_INIT;
    told all = { "", 0 };
    int found = stk_policy_diff(old, new, tell, &all, &err);

    assert_int_equal(found, all.n);
    stk_policy_free(old);
    stk_policy_free(new);
    return all;
}

static void
test_diff__a_policy_does_not_differ_from_itself(void **state)
{
    const char *text = TEXT_HEAD "trusted = @stdlib\n"
                                 "[forbidden]\nctypes = no\n"
                                 "[modules]\na = allow closure\nb.* = deny\n"
                                 "* = deny\n"
                                 "[modules from a]\nc* = allow\n";
    told all = compare(text, text);

    (void)state;
    assert_int_equal(all.n, 0);
    assert_string_equal(all.text, "");
}

static void
test_diff__the_order_and_the_layout_of_a_file_do_not_matter(void **state)
{
    told all = compare(TEXT_HEAD "[modules]\na = allow\nb = deny\n",
                       "; other\n" TEXT_HEAD "[modules]\nb=deny\na=allow\n");

    (void)state;
    assert_string_equal(all.text, "");
}

static void
test_diff__a_changed_rule_is_told_for_its_name(void **state)
{
    told all = compare(TEXT_HEAD "[modules]\nos = allow\njson = allow\n",
                       TEXT_HEAD "[modules]\nos = deny\njson = allow\n");

    (void)state;
    assert_string_equal(all.text, "- os allow>deny\n");
}

static void
test_diff__a_rule_that_is_new_or_gone_is_told(void **state)
{
    told all = compare(TEXT_HEAD "[modules]\nos = allow\n",
                       TEXT_HEAD "[modules]\njson = allow\n");

    (void)state;
    assert_string_equal(all.text, "- json deny>allow\n- os allow>deny\n");
}

static void
test_diff__a_pattern_is_asked_for_what_nobody_names(void **state)
{
    told all = compare(TEXT_HEAD "[modules]\np = allow\np.x = deny\n",
                       TEXT_HEAD "[modules]\np = allow\np.x = deny\n"
                                 "p.* = deny\n");

    (void)state;
    assert_string_equal(all.text, "- p.* allow>deny\n");
    all = compare(TEXT_HEAD "[modules]\nf_* = allow\n", TEXT_HEAD);
    assert_string_equal(all.text, "- f_* allow>deny\n");
    all = compare(TEXT_HEAD, TEXT_HEAD "[modules]\n* = allow\n");
    assert_string_equal(all.text, "- * deny>allow\n");
}

static void
test_diff__a_changed_default_is_told_with_the_names_it_reaches(void **state)
{
    told all =
        compare(TEXT_HEAD "default = deny\n[modules]\na = allow\n",
                TEXT_HEAD "default = allow\n[modules]\na = allow\nb = deny\n");

    (void)state;
    assert_string_equal(all.text, "- * deny>allow\n");
}

static void
test_diff__importers_are_asked_and_sorted(void **state)
{
    told all = compare(TEXT_HEAD "[modules from z]\nos = allow\n", TEXT_HEAD
                       "[modules from b]\nos = allow\njson = allow\n");

    (void)state;
    assert_string_equal(
        all.text, "b json deny>allow\nb os deny>allow\nz os allow>deny\n");
}

static void
test_diff__members_of_groups_are_names_and_importers(void **state)
{
    const char *group = "[group g]\nmembers = x, y\n";
    char before[256], after[256];
    told all;

    (void)state;
    snprintf(before, sizeof(before), TEXT_HEAD "%s[modules]\n@g = allow\n",
             group);
    snprintf(after, sizeof(after),
             TEXT_HEAD "%s[modules from @g]\nos = allow\n", group);
    all = compare(before, after);
    assert_string_equal(all.text, "- x allow>deny\n- y allow>deny\n"
                                  "x os deny>allow\nx x allow>deny\n"
                                  "x y allow>deny\n"
                                  "y os deny>allow\ny x allow>deny\n"
                                  "y y allow>deny\n");
}

static void
test_diff__a_closure_and_trust_are_told_for_the_importers(void **state)
{
    told all = compare(TEXT_HEAD "[modules]\np = allow\n",
                       TEXT_HEAD "[modules]\np = allow closure\n");

    (void)state;
    assert_string_equal(all.text, "p * deny>allow\n");
    all = compare(TEXT_HEAD "trusted = @stdlib\n", TEXT_HEAD);
    assert_string_equal(all.text, "@stdlib * allow>deny\n");
}

static void
test_diff__a_forbidden_name_is_told(void **state)
{
    told all = compare(TEXT_HEAD "default = allow\n",
                       TEXT_HEAD "default = allow\n"
                                 "[forbidden]\nctypes = no\n");

    (void)state;
    assert_string_equal(all.text, "- ctypes allow>deny\n");
}

static void
test_diff__counts_with_nobody_to_tell(void **state)
{
    stk_policy *old = text_parse("old.ini", TEXT_HEAD);
    stk_policy *new = text_parse("new.ini", TEXT_HEAD "default = allow\n");
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_int_equal(stk_policy_diff(old, new, NULL, NULL, &err), 1);
    stk_policy_free(old);
    stk_policy_free(new);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diff__a_policy_does_not_differ_from_itself),
        cmocka_unit_test(
            test_diff__the_order_and_the_layout_of_a_file_do_not_matter),
        cmocka_unit_test(test_diff__a_changed_rule_is_told_for_its_name),
        cmocka_unit_test(test_diff__a_rule_that_is_new_or_gone_is_told),
        cmocka_unit_test(test_diff__a_pattern_is_asked_for_what_nobody_names),
        cmocka_unit_test(
            test_diff__a_changed_default_is_told_with_the_names_it_reaches),
        cmocka_unit_test(test_diff__importers_are_asked_and_sorted),
        cmocka_unit_test(test_diff__members_of_groups_are_names_and_importers),
        cmocka_unit_test(
            test_diff__a_closure_and_trust_are_told_for_the_importers),
        cmocka_unit_test(test_diff__a_forbidden_name_is_told),
        cmocka_unit_test(test_diff__counts_with_nobody_to_tell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
