/* SPDX-License-Identifier: Apache-2.0 */
/* Which names a pattern covers. */
#include "base/pattern.h"

#include "unit.h"

static void
test_rank__a_name_covers_itself_and_below(void **state)
{
    (void)state;
    assert_true(stk_pattern_rank("shop", "shop"));
    assert_true(stk_pattern_rank("shop", "shop.cart"));
    assert_false(stk_pattern_rank("shop", "shops"));
    assert_false(stk_pattern_rank("shop", "sho"));
    assert_false(stk_pattern_rank("shop", ""));
    assert_false(stk_pattern_rank("shop.cart", "shop"));
    assert_false(stk_pattern_rank("shop", "Shop"));
}

static void
test_rank__stars(void **state)
{
    (void)state;
    assert_true(stk_pattern_rank("shop.*", "shop.cart"));
    assert_true(stk_pattern_rank("shop.*", "shop.cart.item"));
    assert_false(stk_pattern_rank("shop.*", "shop"));
    assert_false(stk_pattern_rank("shop.*", "shops.cart"));
    assert_true(stk_pattern_rank("shop_*", "shop_cart.item"));
    assert_true(stk_pattern_rank("shop_*", "shop_"));
    assert_false(stk_pattern_rank("shop_*", "shop"));
    assert_true(stk_pattern_rank("*", "anything.at.all"));
}

static void
test_rank__the_longer_is_the_stronger(void **state)
{
    static const char *const order[] = {
        "*", "a*", "a", "a.*", "a.b*", "a.b", "a.b.*", "a.b.c*", "a.b.c",
    };
    size_t before = 0;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(order); i++) {
        size_t rank = stk_pattern_rank(order[i], "a.b.c");

        assert_true(rank > before);
        before = rank;
    }
}

/* Against all names of a small alphabet. */
static void
test_overlaps__when_a_name_is_in_both(void **state)
{
    static const char *const patterns[] = {
        "*", "a",   "a*",   "a.*",  "a.b", "a.b*",  "a.*", "ab",    "ab*",
        "b", "b.*", "ab.*", "a.bb", "a_*", "a.b.*", "bb",  "a.ab*", "abb",
    };
    static const char *const names[] = {
        "a",    "b",    "ab",   "bb",   "a_",    "abb",   "abbb",   "a.a",
        "a.b",  "a.bb", "a.ab", "ab.a", "a.b.a", "a.ba",  "b.a",    "a_.a",
        "ab.b", "aba",  "bb.a", "c",    "a.aba", "abb.a", "a.bb.a",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(patterns); i++)
        for (size_t j = 0; j < UNIT_COUNT(patterns); j++) {
            bool both = false;

            for (size_t k = 0; k < UNIT_COUNT(names); k++)
                both |= stk_pattern_rank(patterns[i], names[k]) &&
                        stk_pattern_rank(patterns[j], names[k]);
            if (stk_pattern_overlaps(patterns[i], patterns[j]) != both)
                fail_msg("%s and %s", patterns[i], patterns[j]);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rank__a_name_covers_itself_and_below),
        cmocka_unit_test(test_rank__stars),
        cmocka_unit_test(test_rank__the_longer_is_the_stronger),
        cmocka_unit_test(test_overlaps__when_a_name_is_in_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
