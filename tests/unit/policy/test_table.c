/* SPDX-License-Identifier: Apache-2.0 */
/* Texts by number. */
#include "policy/table.h"

#include "unit.h"

static void
test_reserve__gives_room_and_changes_nothing(void **state)
{
    stk_table table = { 0 };
    const stk_slot *slots;
    char name[16];

    (void)state;
    assert_true(stk_table_reserve(&table, 0));
    assert_int_equal(stk_table_add(&table, "a", 1), 0);
    assert_true(stk_table_reserve(&table, 1000));
    assert_int_equal(stk_table_find(&table, "a", 1), 0);
    slots = table.slots;
    assert_true(stk_table_reserve(&table, 10));
    for (unsigned i = 1; i < 1000; i++) {
        int length = snprintf(name, sizeof name, "n%u", i);

        assert_int_equal(stk_table_find(&table, name, (size_t)length),
                         STK_TABLE_NONE);
        assert_int_equal(stk_table_add(&table, strdup(name), (size_t)length),
                         i);
    }
    assert_ptr_equal(table.slots, slots);
    assert_int_equal(stk_table_find(&table, "n999", 4), 999);
    assert_false(stk_table_reserve(&table, SIZE_MAX));
    for (unsigned i = 1; i < 1000; i++)
        free((char *)(uintptr_t)table.keys[i].text);
    stk_table_clear(&table);
}

static void
test_add__numbers_in_order_and_once(void **state)
{
    stk_table table = { 0 };

    (void)state;
    assert_int_equal(stk_table_find(&table, "a", 1), STK_TABLE_NONE);
    assert_int_equal(stk_table_add(&table, "a", 1), 0);
    assert_int_equal(stk_table_add(&table, "ab", 2), 1);
    assert_int_equal(stk_table_add(&table, "ab", 1), 0);
    assert_int_equal(stk_table_add(&table, "", 0), 2);
    assert_int_equal(stk_table_find(&table, "ab", 2), 1);
    assert_int_equal(stk_table_find(&table, "abc", 3), STK_TABLE_NONE);
    assert_int_equal(table.used, 3);
    stk_table_clear(&table);
    assert_null(table.slots);
}

static void
test_add__many_are_all_found_again(void **state)
{
    static char texts[20000][8];
    stk_table table = { 0 };

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(texts); i++) {
        snprintf(texts[i], sizeof texts[i], "m%u", i);
        assert_int_equal(stk_table_add(&table, texts[i], strlen(texts[i])), i);
    }
    for (unsigned i = 0; i < UNIT_COUNT(texts); i++)
        assert_int_equal(stk_table_find(&table, texts[i], strlen(texts[i])),
                         i);
    assert_true(table.mask + 1 >= 2 * table.used);
    stk_table_clear(&table);
}

static void
test_find__similar_names_do_not_pile_up(void **state)
{
    static char texts[4096][16];
    stk_table table = { 0 };
    unsigned longest = 0, run = 0;

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(texts); i++) {
        snprintf(texts[i], sizeof texts[i], "pkg%04u", i);
        stk_table_add(&table, texts[i], strlen(texts[i]));
    }
    for (uint32_t i = 0; i <= table.mask; i++) {
        run = table.slots[i].number ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_in_range(longest, 1, 64);
    stk_table_clear(&table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reserve__gives_room_and_changes_nothing),
        cmocka_unit_test(test_add__numbers_in_order_and_once),
        cmocka_unit_test(test_add__many_are_all_found_again),
        cmocka_unit_test(test_find__similar_names_do_not_pile_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
