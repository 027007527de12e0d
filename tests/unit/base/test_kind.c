/* SPDX-License-Identifier: Apache-2.0 */
/* The names of kinds do not change. */
#include <stockade/trust.h>

#include "unit.h"

static void
test_kind_name__names_single_kinds_alone(void **state)
{
    (void)state;
    assert_string_equal(stk_kind_name(STK_KIND_MODULE), "module");
    assert_string_equal(stk_kind_name(STK_KIND_POLICY), "policy");
    assert_null(stk_kind_name((enum stk_kind)0));
    assert_null(
        stk_kind_name((enum stk_kind)(STK_KIND_MODULE | STK_KIND_DATA)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kind_name__names_single_kinds_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
