/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of the standard library of which some parts reach out. */
#include "guard/parts.h"

#include <string.h>

#include "unit.h"

static stk_policy *policy;

static int
begin(void **state)
{
    static const char source[] = "[stockade]\nversion = 1\n";
    const stk_policy_text text = { "p.ini", source, sizeof source - 1 };

    (void)state;
    return stk_policy_parse(&policy, &text, NULL, NULL, NULL);
}

static int
end(void **state)
{
    (void)state;
    stk_policy_free(policy);
    return 0;
}

static void
test_mixed__what_has_parts_that_reach_out_and_does_not_itself(void **state)
{
    static const char *const mixed[] = { "urllib",  "http",    "xml",
                                         "xml.dom", "logging", "concurrent" };
    static const char *const not_mixed[] = {
        "urllib.request", "urllib.parse", "multiprocessing", "asyncio", "json",
        "email",          "os",           "flask",           "",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(mixed); i++)
        assert_true(stk_parts_are_mixed(policy, mixed[i]));
    for (size_t i = 0; i < UNIT_COUNT(not_mixed); i++)
        assert_false(stk_parts_are_mixed(policy, not_mixed[i]));
}

static void
test_package__is_that_of_the_line_that_closes_it(void **state)
{
    char package[STK_NAME_MAX + 1];

    (void)state;
    assert_true(stk_parts_package(package, policy, "xml.dom.* = deny"));
    assert_string_equal(package, "xml.dom");
    assert_false(stk_parts_package(package, policy, "xml.* = allow"));
    assert_false(stk_parts_package(package, policy, "xml* = deny"));
    assert_false(stk_parts_package(package, policy, "* = deny"));
    assert_false(stk_parts_package(package, policy, "json.* = deny"));
    assert_false(stk_parts_package(package, policy, "urllib = deny"));
    assert_false(stk_parts_package(package, policy, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_mixed__what_has_parts_that_reach_out_and_does_not_itself),
        cmocka_unit_test(test_package__is_that_of_the_line_that_closes_it),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
