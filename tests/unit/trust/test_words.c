/* SPDX-License-Identifier: Apache-2.0 */
/* The names that records and exceptions carry do not change. */
#include <stockade/trust.h>

#include <string.h>

#include "unit.h"

static void
test_trust_name__nothing_done_is_not_ok(void **state)
{
    (void)state;
    assert_string_equal(stk_trust_name((enum stk_trust)0), "unverified");
    assert_string_equal(stk_trust_name(STK_TRUST_OK), "ok");
    assert_string_equal(stk_trust_name((enum stk_trust)9999), "unverified");
    assert_string_equal(stk_trust_name((enum stk_trust) - 1), "unverified");
}

static void
test_trust_name__each_reason_has_its_own(void **state)
{
    (void)state;
    for (int i = 0; i <= STK_TRUST_IO; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(stk_trust_name((enum stk_trust)i),
                                    stk_trust_name((enum stk_trust)k));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trust_name__nothing_done_is_not_ok),
        cmocka_unit_test(test_trust_name__each_reason_has_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
