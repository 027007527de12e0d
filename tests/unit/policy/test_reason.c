/* SPDX-License-Identifier: Apache-2.0 */
/* Why a decision is what it is. */
#include <string.h>

#include <stockade/policy.h>

#include "unit.h"

static void
test_reasons__have_names_and_words(void **state)
{
    static const char *const names[] = {
        "none",      "forbidden", "rule",    "importer",  "parent",
        "default",   "trusted",   "closure", "own",       "name",
        "shadowing", "startup",   "audit",   "signature",
    };

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(names); i++) {
        assert_string_equal(stk_reason_name((enum stk_reason)i), names[i]);
        assert_true(strlen(stk_reason_text((enum stk_reason)i)) > 10);
    }
    assert_string_equal(stk_reason_name((enum stk_reason)14), "none");
    assert_string_equal(stk_reason_name((enum stk_reason) - 1), "none");
    assert_string_equal(stk_reason_text((enum stk_reason)99),
                        stk_reason_text(STK_REASON_NONE));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reasons__have_names_and_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
