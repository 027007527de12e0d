/* SPDX-License-Identifier: Apache-2.0 */
/* wire/op.c: the table of ops. */
#include "wire/op.h"

#include "unit.h"

static void
test_get__names_each_op_and_who_may_send_it(void **state)
{
    (void)state;
    assert_string_equal(stk_op_get(STK_OP_CALL)->name, "call");
    assert_int_equal(stk_op_get(STK_OP_CALL)->by, STK_OP_BY_HOST);
    assert_true(stk_op_get(STK_OP_CALL)->answered);
    assert_int_equal(stk_op_get(STK_OP_IMPORT)->by, STK_OP_BY_WORKER);
    assert_int_equal(stk_op_get(STK_OP_OUTPUT)->by, STK_OP_BY_WORKER);
    assert_false(stk_op_get(STK_OP_OUTPUT)->answered);
    assert_int_equal(stk_op_get(STK_OP_RELEASE)->by, STK_OP_BY_BOTH);
}

static void
test_get__what_is_no_op_is_by_nobody(void **state)
{
    const unsigned none[] = { 0, 7, 59, 64, 255, 256, 1u << 31, ~0u };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(none); i++) {
        assert_int_equal(stk_op_get(none[i])->by, 0);
        assert_false(stk_op_get(none[i])->answered);
        assert_string_equal(stk_op_get(none[i])->name, "no op");
    }
}

static void
test_get__no_two_ops_have_one_name(void **state)
{
    (void)state;
    for (unsigned i = 1; i < 256; i++)
        for (unsigned j = 1; j < i; j++)
            if (stk_op_get(i)->by && stk_op_get(j)->by)
                assert_string_not_equal(stk_op_get(i)->name,
                                        stk_op_get(j)->name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get__names_each_op_and_who_may_send_it),
        cmocka_unit_test(test_get__what_is_no_op_is_by_nobody),
        cmocka_unit_test(test_get__no_two_ops_have_one_name),
    };

    return cmocka_run_group_tests_name("wire/op", tests, NULL, NULL);
}
