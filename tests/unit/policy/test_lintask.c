/* SPDX-License-Identifier: Apache-2.0 */
/* policy/lintask.c: what the policy answers to its own checks. */
#include "policy/lintask.h"

#include "text.h"

static void
test_lintask__who_may_import_what(void **state)
{
    stk_linter l = { .policy =
                         text_parse("p.ini", TEXT_HEAD
                                    "[group web]\nmembers = flask\n"
                                    "[modules]\njson = allow\n"
                                    "[modules from app]\nos = allow\n"
                                    "[modules from @web]\nre = allow\n") };

    (void)state;
    assert_int_equal(stk_lint_ask(&l, "json", NULL).verdict, STK_ALLOW);
    assert_true(stk_lint_allows(&l, "os", "app"));
    assert_false(stk_lint_allows(&l, "os", "flask"));
    assert_false(stk_lint_allows(&l, "os", NULL));
    assert_true(stk_lint_allows_somewhere(&l, "json"));
    assert_true(stk_lint_allows_somewhere(&l, "os"));
    assert_true(stk_lint_allows_somewhere(&l, "re"));
    assert_false(stk_lint_allows_somewhere(&l, "sys"));
    stk_policy_free((stk_policy *)(uintptr_t)l.policy);
}

static void
test_lintask__what_an_extended_file_says_may_be_undone(void **state)
{
    stk_linter l = { .policy = text_parse("p.ini", TEXT_HEAD) };
    const stk_place own = { .file = "p.ini" }, base = { .file = "base.ini" };

    (void)state;
    assert_true(stk_lint_is_odd(&l, &own, "base.ini"));
    assert_true(stk_lint_is_odd(&l, &base, "base.ini"));
    assert_true(stk_lint_is_odd(&l, &base, NULL));
    assert_false(stk_lint_is_odd(&l, &base, "p.ini"));
    stk_policy_free((stk_policy *)(uintptr_t)l.policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lintask__who_may_import_what),
        cmocka_unit_test(
            test_lintask__what_an_extended_file_says_may_be_undone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
