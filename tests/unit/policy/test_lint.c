/* SPDX-License-Identifier: Apache-2.0 */
#include "told.h"

static void
test_lint__an_ordinary_policy_is_clean(void **state)
{
    (void)state;
    assert_lint("default = deny\ntrusted = @stdlib, @web\n"
                "[group web]\nmembers = flask, jinja2\n"
                "[forbidden]\nctypes = calls any C function\n"
                "[modules]\n__main__ = allow closure\nplugins = allow\n"
                "plugins.* = allow\nplugins.old = deny\n@web = allow\n"
                "@stdlib.pure = allow\njson = deny\nacme_* = allow\n"
                "[modules from plugins]\n@stdlib.files = allow\n* = deny\n"
                "[modules from __main__]\nsocket = allow\n",
                "");
    assert_lint("", "");
    assert_lint("default = allow\n[modules]\nos = deny\n", "");
}

/* ---- a rule that can never fire --------------------------------------- */

static void
test_lint__a_rule_for_what_is_forbidden_never_fires(void **state)
{
    (void)state;
    assert_lint("[forbidden]\nctypes = no\n[modules]\nctypes = allow\n",
                "p.ini:6: \"ctypes = allow\" can never fire: [forbidden] has "
                "ctypes (p.ini:4); remove one\n");
    assert_lint("[forbidden]\nctypes = no\n[modules]\nctypes.util = allow\n"
                "ctypes.* = deny\nctypes_x = allow\n",
                "p.ini:6: \"ctypes.util = allow\" can never fire: [forbidden] "
                "has ctypes (p.ini:4); remove one\n"
                "p.ini:7: \"ctypes.* = deny\" can never fire: [forbidden] has "
                "ctypes (p.ini:4); remove one\n");
    assert_lint("[forbidden]\nacme* = no\n[modules]\nacme_x* = allow\n"
                "acm* = allow\n",
                "p.ini:6: \"acme_x* = allow\" can never fire: [forbidden] has "
                "acme* (p.ini:4); remove one\n");
    assert_lint("[forbidden]\nacme.* = no\n[modules]\nacme = allow\n"
                "acme.* = allow\n",
                "p.ini:7: \"acme.* = allow\" can never fire: [forbidden] has "
                "acme.* (p.ini:4); remove one\n");
    assert_lint("[forbidden]\n* = no\n[modules]\n* = deny\n",
                "p.ini:6: \"* = deny\" can never fire: [forbidden] has * "
                "(p.ini:4); remove one\n");
    assert_lint("[group g]\nmembers = a, b\n[forbidden]\na = no\nb = no\n"
                "[modules]\n@g = allow\n",
                "p.ini:9: \"@g = allow\" can never fire: [forbidden] has b "
                "(p.ini:7); remove one\n");
    assert_lint("[group g]\nmembers = a, b\n[forbidden]\na = no\n"
                "[modules]\n@g = allow\n",
                "");
    assert_lint("[forbidden]\n@stdlib.net = no\n[modules from __main__]\n"
                "socket = allow\n",
                "p.ini:6: \"socket = allow\" can never fire: [forbidden] has "
                "@stdlib.net (p.ini:4); remove one\n");
}

static void
test_lint__a_group_whose_members_all_have_rules_never_fires(void **state)
{
    (void)state;
    assert_lint(
        "[group g]\nmembers = a, b.c\n[modules]\n@g = deny\n"
        "a = allow\nb = allow\n",
        "p.ini:6: \"@g = deny\" can never fire: every member of @g has "
        "a rule that comes first, as \"b = allow\" (p.ini:8)\n");
    assert_lint("[group g]\nmembers = a\n[modules]\n@g = deny\na = allow\n",
                "p.ini:6: \"@g = deny\" can never fire: \"a = allow\" comes "
                "first (p.ini:7)\n");
    assert_lint("[group g]\nmembers = a, b\n[modules]\n@g = deny\na = allow\n",
                "");
    assert_lint(
        "[modules]\n@stdlib = allow\n@stdlib.pure = deny\n"
        "@stdlib.files = deny\n@stdlib.net = deny\n@stdlib.meta = deny\n"
        "@stdlib.native = deny\n@stdlib.process = deny\n",
        "p.ini:4: \"@stdlib = allow\" can never fire: every member of @stdlib "
        "has a rule that comes first, as \"@stdlib.pure = deny\" (p.ini:5)\n");
}

static void
test_lint__a_rule_for_the_importers_own_modules_never_fires(void **state)
{
    (void)state;
    assert_lint("[modules]\np = allow\n[modules from p]\np.x = deny\n"
                "p = deny\np.* = deny\np_x = deny\np* = deny\n",
                "p.ini:6: \"p.x = deny\" can never fire: p is not judged by "
                "[modules from p] for its own modules; move the line to "
                "[modules]\n"
                "p.ini:7: \"p = deny\" can never fire: p is not judged by "
                "[modules from p] for its own modules; move the line to "
                "[modules]\n"
                "p.ini:8: \"p.* = deny\" can never fire: p is not judged by "
                "[modules from p] for its own modules; move the line to "
                "[modules]\n");
    /* a parent on the way is not judged, its other children are */
    assert_lint("[modules]\np = allow\n[modules from p.a]\np = deny\n", "");
    assert_lint("[group g]\nmembers = p\n[modules]\np = allow\n"
                "[modules from @g]\np.x = deny\n",
                "p.ini:8: \"p.x = deny\" can never fire: p is not judged by "
                "[modules from @g] for its own modules; move the line to "
                "[modules]\n");
    assert_lint("[group g]\nmembers = p, q\n[modules]\np = allow\nq = allow\n"
                "[modules from @g]\np.x = deny\n",
                "");
}

/* ---- an allow below a denied parent ----------------------------------- */

static void
test_lint__an_allow_below_a_denied_parent_says_which_line_to_add(void **state)
{
    (void)state;
    assert_lint(
        "[modules]\nplugins.* = allow\n",
        "p.ini:4: \"plugins.* = allow\" allows nothing: no rule covers "
        "its parent plugins; add \"plugins = allow\" to [modules]\n");
    assert_lint(
        "[modules]\na.b.c = allow\n",
        "p.ini:4: \"a.b.c = allow\" allows nothing: no rule covers its "
        "parent a; add \"a = allow\" to [modules]\n");
    assert_lint(
        "[modules]\na.b.c* = allow\na = allow\na.b = deny\n",
        "p.ini:4: \"a.b.c* = allow\" allows nothing: its parent a.b is "
        "denied (p.ini:6); change that line or remove this one\n");
    assert_lint("[modules]\na.b = allow\n* = deny\n",
                "p.ini:4: \"a.b = allow\" allows nothing: its parent a is "
                "denied by \"* = deny\" (p.ini:5); add \"a = allow\" to "
                "[modules]\n");
    assert_lint(
        "[modules from __main__]\nos.path = allow\n* = deny\n",
        "p.ini:4: \"os.path = allow\" allows nothing: its parent os is "
        "denied by \"* = deny\" (p.ini:5); add \"os = allow\" to "
        "[modules from __main__]\n");
}

static void
test_lint__a_parent_that_some_importer_may_import_is_enough(void **state)
{
    (void)state;
    assert_lint("[modules]\nplugins.* = allow\n"
                "[modules from __main__]\nplugins = allow\n",
                "");
    assert_lint("[modules]\nplugins = allow\n"
                "[modules from __main__]\nplugins.x = allow\n",
                "");
    assert_lint("default = allow\n[modules]\na.b = allow\nc = deny\n", "");
    assert_lint("[modules]\na.b = deny\n", "");
}

/* ---- what is written for nothing --------------------------------------- */

static void
test_lint__an_unused_group(void **state)
{
    (void)state;
    assert_lint("[group g]\nmembers = a\n",
                "p.ini:3: [group g] is not used\n");
    assert_lint("[group g]\nmembers = a\n[modules]\n@g = allow\n", "");
    assert_lint("[group g]\nmembers = a\n[forbidden]\n@g = no\n", "");
    assert_lint("[group g]\nmembers = a\n[modules from __main__]\n"
                "@g = allow\n",
                "");
    assert_lint("trusted = @g\n[group g]\nmembers = a\n", "");
    assert_lint("[group g]\nmembers = a\n[modules]\na = allow\n"
                "[modules from @g]\njson = allow\n",
                "");
}

/* ---- extended files ---------------------------------------------------- */

static void
assert_lint_extending(void **state, const char *base, const char *child,
                      int expected)
{
    const char *path = unit_write(state, "child.ini", child, strlen(child));
    stk_policy *policy = NULL;
    stk_error err = STK_ERROR_INIT;
    told all = { "", 0 };

    unit_write(state, "base.ini", base, strlen(base));
    assert_int_equal(stk_policy_load(&policy, path, text_say, NULL, &err), 0);
    assert_int_equal(stk_policy_lint(policy, tell, &all, &err), expected);
    stk_policy_free(policy);
}

#define TEXT_CHILD TEXT_HEAD "extends = base.ini\n"

static void
test_lint__a_group_of_an_extended_file_may_wait_for_its_use(void **state)
{
    assert_lint_extending(state, TEXT_HEAD "[group g]\nmembers = a\n",
                          TEXT_CHILD, 0);
}

static void
test_lint__to_undo_what_an_extended_file_says_is_not_odd(void **state)
{
    assert_lint_extending(state, TEXT_HEAD "[modules]\nsocket = allow\n",
                          TEXT_CHILD "[forbidden]\nsocket = no\n", 0);
    assert_lint_extending(state,
                          TEXT_HEAD "[group g]\nmembers = a\n"
                                    "[modules]\n@g = allow\n",
                          TEXT_CHILD "[modules]\na = deny\n", 0);
    assert_lint_extending(state,
                          TEXT_HEAD "[modules]\na = allow\na.b = allow\n"
                                    "[modules from a]\nc = allow\n",
                          TEXT_CHILD "[modules]\na = deny\n", 0);
}

static void
test_lint__what_an_extended_file_undoes_is_odd(void **state)
{
    assert_lint_extending(state, TEXT_HEAD "[forbidden]\nsocket = no\n",
                          TEXT_CHILD "[modules]\nsocket = allow\n", 1);
    assert_lint_extending(state, TEXT_HEAD "[modules]\na = deny\n",
                          TEXT_CHILD "[modules]\na.b = allow\n"
                                     "[modules from a]\nc = allow\n",
                          2);
    assert_lint_extending(state,
                          TEXT_HEAD "[forbidden]\nsocket = no\n"
                                    "[modules]\nsocket = allow\n",
                          TEXT_CHILD, 1);
}

static void
test_lint__a_default_that_never_applies(void **state)
{
    (void)state;
    assert_lint(
        "default = deny\n[modules]\nos = allow\n* = deny\n",
        "p.ini:3: default never applies: \"* = deny\" (p.ini:6) covers "
        "every name\n");
    assert_lint("[modules]\nos = allow\n* = deny\n", "");
}

static void
test_lint__allow_rules_on_top_of_allow_change_nothing(void **state)
{
    (void)state;
    assert_lint(
        "default = allow\n[modules]\nos = allow\n",
        "p.ini:3: default = allow and no rule denies: the rules change "
        "nothing\n");
    assert_lint("default = allow\n", "");
    assert_lint("default = allow\n[modules]\nos = allow closure\n", "");
    assert_lint("default = allow\n[forbidden]\nctypes = no\n", "");
    assert_lint("default = allow\n[modules from __main__]\nos = deny\n", "");
}

static void
test_lint__a_section_without_rules(void **state)
{
    (void)state;
    assert_lint("[modules from __main__]\n",
                "p.ini:3: [modules from __main__] has no rules\n");
}

/* ---- the order ------------------------------------------------------- */

static void
test_lint__warnings_come_in_the_order_of_the_lines(void **state)
{
    (void)state;
    assert_lint(
        "[group g]\nmembers = a\n[modules from b]\nx.y = allow\n"
        "[modules]\njsn = allow\n",
        "p.ini:3: [group g] is not used\n"
        "p.ini:5: [modules from b]: b is itself denied: no rule covers "
        "it; add \"b = allow\" to [modules] or, where strings of code "
        "run by that name, the [sandbox X] that they run under\n"
        "p.ini:6: \"x.y = allow\" allows nothing: no rule covers its "
        "parent x; add \"x = allow\" to [modules from b]\n"
        "p.ini:8: no supported Python's standard library has jsn; did "
        "you mean json?\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lint__an_ordinary_policy_is_clean),
        cmocka_unit_test(test_lint__a_rule_for_what_is_forbidden_never_fires),
        cmocka_unit_test(
            test_lint__a_group_whose_members_all_have_rules_never_fires),
        cmocka_unit_test(
            test_lint__a_rule_for_the_importers_own_modules_never_fires),
        cmocka_unit_test(
            test_lint__an_allow_below_a_denied_parent_says_which_line_to_add),
        cmocka_unit_test(
            test_lint__a_parent_that_some_importer_may_import_is_enough),
        cmocka_unit_test(test_lint__an_unused_group),
        unit_test_in_folder(
            test_lint__a_group_of_an_extended_file_may_wait_for_its_use),
        unit_test_in_folder(
            test_lint__to_undo_what_an_extended_file_says_is_not_odd),
        unit_test_in_folder(test_lint__what_an_extended_file_undoes_is_odd),
        cmocka_unit_test(test_lint__a_default_that_never_applies),
        cmocka_unit_test(
            test_lint__allow_rules_on_top_of_allow_change_nothing),
        cmocka_unit_test(test_lint__a_section_without_rules),
        cmocka_unit_test(test_lint__warnings_come_in_the_order_of_the_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
