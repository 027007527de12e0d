/* SPDX-License-Identifier: Apache-2.0 */
/* base/layer.c: every layer and every group has one name. */
#include <stockade/sandbox.h>

#include "unit.h"

static void
test_layer__each_has_a_name_of_its_own_and_a_text(void **state)
{
    (void)state;
    for (int i = 0; i < STK_LAYER_COUNT; i++) {
        const char *name = stk_layer_name((enum stk_layer)i);

        assert_true(*name);
        assert_true(*stk_layer_text((enum stk_layer)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, stk_layer_name((enum stk_layer)j));
    }
    assert_string_equal(stk_layer_name(STK_LAYER_SECCOMP), "seccomp");
    assert_string_equal(stk_layer_name(STK_LAYER_LANDLOCK_NETWORK),
                        "landlock_network");
}

static void
test_layer__what_is_none_has_a_name_all_the_same(void **state)
{
    (void)state;
    assert_string_equal(stk_layer_name((enum stk_layer)STK_LAYER_COUNT),
                        "unknown");
    assert_string_equal(stk_layer_text((enum stk_layer)STK_LAYER_COUNT), "");
}

static void
test_calls__every_bit_has_a_name_and_a_text(void **state)
{
    uint32_t all = 0;

    (void)state;
    for (uint32_t bit = 1; bit && bit <= STK_CALLS_ALL; bit <<= 1) {
        const char *name = stk_calls_name((enum stk_calls)bit);

        assert_non_null(name);
        assert_int_equal(name[0], '@');
        assert_true(*stk_calls_text((enum stk_calls)bit));
        all |= bit;
    }
    assert_int_equal(all, STK_CALLS_ALL);
}

static void
test_calls__no_group_and_two_groups_have_none(void **state)
{
    (void)state;
    assert_null(stk_calls_name((enum stk_calls)0));
    assert_null(stk_calls_name((enum stk_calls)3));
    assert_null(stk_calls_text((enum stk_calls)(STK_CALLS_ALL + 1)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layer__each_has_a_name_of_its_own_and_a_text),
        cmocka_unit_test(test_layer__what_is_none_has_a_name_all_the_same),
        cmocka_unit_test(test_calls__every_bit_has_a_name_and_a_text),
        cmocka_unit_test(test_calls__no_group_and_two_groups_have_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
