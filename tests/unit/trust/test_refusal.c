/* SPDX-License-Identifier: Apache-2.0 */
/* A refusal has a reason and one line that is safe to print. */
#include "trust/refusal.h"

#include "unit.h"

static void
test_refuse__says_why_in_one_line(void **state)
{
    stk_refusal why;

    (void)state;
    assert_int_equal(stk_refuse(&why, STK_TRUST_HASH, "%s: %d", "a\nb", 7),
                     -1);
    assert_int_equal(why.trust, STK_TRUST_HASH);
    assert_string_equal(why.message, "a\\x0ab: 7");
    assert_int_equal(stk_refuse(NULL, STK_TRUST_HASH, "nobody asks"), -1);
}

static void
test_refuse__cuts_what_is_too_long(void **state)
{
    char text[2 * STK_REFUSAL_MESSAGE_MAX];
    stk_refusal why;

    (void)state;
    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    stk_refuse(&why, STK_TRUST_NAME, "%s", text);
    assert_true(strlen(why.message) < sizeof why.message);
    assert_non_null(strstr(why.message, "..."));
}

static void
test_refuse_memory__is_never_ok(void **state)
{
    stk_refusal why = { STK_TRUST_OK, "" };

    (void)state;
    assert_int_equal(stk_refuse_memory(&why), -1);
    assert_int_equal(why.trust, STK_TRUST_NONE);
    assert_string_equal(why.message, "out of memory");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuse__says_why_in_one_line),
        cmocka_unit_test(test_refuse__cuts_what_is_too_long),
        cmocka_unit_test(test_refuse_memory__is_never_ok),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
