/* SPDX-License-Identifier: Apache-2.0 */
/* guard/merge.c: a policy onto a sheet. */
#include "guard/merge.h"

#include "unit.h"

#include "base/cleanup.h"

static void
assert_merged(const char *base, const char *expected)
{
    stk_policy_text source = { "base.ini", base, strlen(base) };
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = stk_sheet_new();
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;

    assert_non_null(sheet);
    if (stk_policy_parse(&policy, &source, NULL, NULL, &err) < 0)
        fail_msg("%u: %s", err.line, err.message);
    assert_int_equal(stk_merge_policy(sheet, policy, &err), 0);
    assert_int_equal(stk_sheet_print(&text, sheet, &err), 0);
    assert_string_equal(text, expected);
    stk_policy_free(policy);
}

static void
test_merge__an_empty_policy_says_nothing(void **state)
{
    (void)state;
    assert_merged("[stockade]\nversion = 1\n", "");
}

static void
test_merge__settings_that_are_written_are_kept(void **state)
{
    (void)state;
    assert_merged("[stockade]\nversion = 1\nmode = observe\n"
                  "trusted = @stdlib.pure @stdlib.files\n"
                  "audit = syslog:, fd:3\n",
                  "\n[stockade]\naudit = fd:3\naudit = syslog:\n"
                  "mode = observe\ntrusted = @stdlib.files\n"
                  "trusted = @stdlib.pure\n");
}

static void
test_merge__every_section_is_kept(void **state)
{
    (void)state;
    assert_merged("[stockade]\nversion = 1\n"
                  "[group web]\nmembers = flask, jinja2\n"
                  "[forbidden]\nctypes = calls any C function\n"
                  "[modules]\n@web = allow closure\nos.* = deny\n"
                  "[modules from @web]\n* = deny\n"
                  "[modules from app.sub]\nos = allow\n",
                  "\n[group web]\nmembers = flask\nmembers = jinja2\n"
                  "\n[forbidden]\nctypes = calls any C function\n"
                  "\n[modules]\n@web = allow closure\nos.* = deny\n"
                  "\n[modules from @web]\n* = deny\n"
                  "\n[modules from app.sub]\nos = allow\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge__an_empty_policy_says_nothing),
        cmocka_unit_test(test_merge__settings_that_are_written_are_kept),
        cmocka_unit_test(test_merge__every_section_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
