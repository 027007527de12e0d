/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings, gathered and put in order. */
#include "policy/warnings.h"

#include "told.h"

static void
add(stk_linter *linter, const char *file, uint32_t line, const char *message)
{
    stk_place place = { file, line };

    STK_WARN(linter, &place, "%s", message);
}

static void
test_report__files_then_lines_then_the_order_of_the_checks(void **state)
{
    stk_linter linter = { .arena = stk_arena_new() };
    stk_error err = STK_ERROR_INIT;
    told all = { "", 0 };

    (void)state;
    add(&linter, "b.ini", 1, "other file");
    add(&linter, "a.ini", 10, "second");
    add(&linter, "a.ini", 9, "first");
    add(&linter, "a.ini", 10, "third");
    assert_int_equal(stk_warnings_report(&linter, tell, &all, &err), 4);
    assert_string_equal(all.text, "a.ini:9: first\n"
                                  "a.ini:10: second\n"
                                  "a.ini:10: third\n"
                                  "b.ini:1: other file\n");
    assert_int_equal(linter.n, 0);
    stk_arena_free(linter.arena);
}

static void
test_add__more_than_were_made_room_for(void **state)
{
    stk_linter linter = { .arena = stk_arena_new() };
    stk_error err = STK_ERROR_INIT;

    (void)state;
    for (uint32_t i = 0; i < 1000; i++)
        add(&linter, "a.ini", i, "odd");
    assert_int_equal(stk_warnings_report(&linter, NULL, NULL, &err), 1000);
    stk_arena_free(linter.arena);
}

static void
test_add__a_message_without_memory_fails_the_report(void **state)
{
    stk_linter linter = { .arena = stk_arena_new() };
    stk_place place = { "a.ini", 1 };
    stk_error err = STK_ERROR_INIT;
    told all = { "", 0 };

    (void)state;
    add(&linter, "a.ini", 1, "odd");
    stk_warnings_add(&linter, &place, NULL);
    assert_int_equal(stk_warnings_report(&linter, tell, &all, &err),
                     -STK_E_MEMORY);
    assert_int_equal(all.n, 0);
    stk_arena_free(linter.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_report__files_then_lines_then_the_order_of_the_checks),
        cmocka_unit_test(test_add__more_than_were_made_room_for),
        cmocka_unit_test(test_add__a_message_without_memory_fails_the_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
