/* SPDX-License-Identifier: Apache-2.0 */
/* base/buffer.c: grows, stops at its maximum, remembers a failure. */
#include "base/buffer.h"

#include "unit.h"

static void
test_append__keeps_every_byte_over_many_growths(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(100000);

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        char byte = (char)(i * 31);

        stk_buffer_append(&buffer, &byte, 1);
    }
    assert_int_equal(stk_buffer_check(&buffer, NULL), 0);
    assert_int_equal(buffer.length, 100000);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(buffer.data[i], (char)(i * 31));
    assert_int_equal(buffer.data[100000], '\0');
    stk_buffer_clear(&buffer);
}

static void
test_append__takes_exactly_the_maximum(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(5);

    (void)state;
    stk_buffer_puts(&buffer, "12345");
    assert_int_equal(stk_buffer_check(&buffer, NULL), 0);
    assert_string_equal(buffer.data, "12345");
    stk_buffer_clear(&buffer);
}

static void
test_append__one_byte_over_the_maximum_writes_nothing(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(5);
    stk_error err = STK_ERROR_INIT;

    (void)state;
    stk_buffer_puts(&buffer, "123");
    stk_buffer_puts(&buffer, "456");
    assert_int_equal(stk_buffer_check(&buffer, &err), -STK_E_LIMIT);
    assert_int_equal(err.code, STK_E_LIMIT);
    assert_string_equal(err.message, "longer than 5 bytes");
    assert_string_equal(buffer.data, "123");
    stk_buffer_clear(&buffer);
}

static void
test_append__a_failure_sticks_even_where_room_is_left(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(5);

    (void)state;
    stk_buffer_puts(&buffer, "too long");
    stk_buffer_puts(&buffer, "1");
    stk_buffer_printf(&buffer, "%d", 2);
    assert_int_equal(buffer.length, 0);
    assert_int_equal(stk_buffer_check(&buffer, NULL), -STK_E_LIMIT);
    assert_null(stk_buffer_steal(&buffer));
    stk_buffer_clear(&buffer);
}

static void
test_append__a_length_near_the_top_of_size_t_is_refused(void **state)
{
    stk_buffer bounded = STK_BUFFER_INIT(100);
    stk_buffer open = STK_BUFFER_INIT(SIZE_MAX);

    (void)state;
    stk_buffer_append(&bounded, "x", 1);
    stk_buffer_append(&bounded, "x", SIZE_MAX);
    assert_int_equal(bounded.failed, STK_E_LIMIT);
    stk_buffer_clear(&bounded);
    /* the sums must not wrap, whatever the maximum says */
    stk_buffer_append(&open, "x", 1);
    stk_buffer_append(&open, "x", SIZE_MAX - 1);
    assert_int_not_equal(open.failed, 0);
    assert_int_equal(open.length, 1);
    stk_buffer_clear(&open);
}

static void
test_append__takes_nul_bytes_and_nothing(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(10);

    (void)state;
    stk_buffer_append(&buffer, NULL, 0);
    stk_buffer_append(&buffer, "a\0b", 3);
    assert_int_equal(buffer.length, 3);
    assert_memory_equal(buffer.data, "a\0b", 4);
    stk_buffer_clear(&buffer);
}

static void
test_printf__formats_at_the_end(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(1000);

    (void)state;
    stk_buffer_puts(&buffer, "n=");
    stk_buffer_printf(&buffer, "%d %s %0200d", 7, "seven", 1);
    assert_int_equal(buffer.length, 2 + 8 + 200);
    assert_memory_equal(buffer.data, "n=7 seven 000", 13);
    assert_string_equal(buffer.data + 208, "01");
    stk_buffer_clear(&buffer);
}

static void
test_printf__over_the_maximum_writes_nothing(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(8);

    (void)state;
    stk_buffer_printf(&buffer, "%s", "12345678");
    assert_int_equal(buffer.failed, 0);
    stk_buffer_printf(&buffer, "%d", 9);
    assert_int_equal(buffer.failed, STK_E_LIMIT);
    assert_string_equal(buffer.data, "12345678");
    stk_buffer_clear(&buffer);
}

static void
test_choices__are_a_sentence(void **state)
{
    static const char *const three[] = { "a", "b", "c", NULL };
    stk_buffer buffer = STK_BUFFER_INIT(100);

    (void)state;
    stk_buffer_choices(&buffer, three + 3);
    assert_int_equal(buffer.length, 0);
    stk_buffer_choices(&buffer, three + 2);
    stk_buffer_puts(&buffer, "; ");
    stk_buffer_choices(&buffer, three + 1);
    stk_buffer_puts(&buffer, "; ");
    stk_buffer_choices(&buffer, three);
    assert_string_equal(buffer.data, "c; b or c; a, b or c");
    stk_buffer_clear(&buffer);
}

static void
test_check__says_that_memory_is_out(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(8);
    stk_error err = STK_ERROR_INIT;

    (void)state;
    buffer.failed = STK_E_MEMORY;
    assert_int_equal(stk_buffer_check(&buffer, &err), -STK_E_MEMORY);
    assert_string_equal(err.message, "out of memory");
}

static void
test_steal__gives_an_empty_string_for_an_untouched_buffer(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(0);
    char *text = stk_buffer_steal(&buffer);

    (void)state;
    assert_string_equal(text, "");
    free(text);
    assert_null(buffer.data);
}

static void
test_steal__leaves_a_buffer_that_can_be_used_again(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(10);
    char *first, *second;

    (void)state;
    stk_buffer_puts(&buffer, "0123456789");
    first = stk_buffer_steal(&buffer);
    stk_buffer_puts(&buffer, "again");
    second = stk_buffer_steal(&buffer);
    assert_string_equal(first, "0123456789");
    assert_string_equal(second, "again");
    free(first);
    free(second);
}

static void
test_clear__forgets_a_failure(void **state)
{
    stk_buffer buffer = STK_BUFFER_INIT(3);

    (void)state;
    stk_buffer_puts(&buffer, "1234");
    stk_buffer_clear(&buffer);
    stk_buffer_clear(&buffer);
    stk_buffer_puts(&buffer, "123");
    assert_int_equal(stk_buffer_check(&buffer, NULL), 0);
    assert_string_equal(buffer.data, "123");
    stk_buffer_clear(&buffer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append__keeps_every_byte_over_many_growths),
        cmocka_unit_test(test_append__takes_exactly_the_maximum),
        cmocka_unit_test(
            test_append__one_byte_over_the_maximum_writes_nothing),
        cmocka_unit_test(
            test_append__a_failure_sticks_even_where_room_is_left),
        cmocka_unit_test(
            test_append__a_length_near_the_top_of_size_t_is_refused),
        cmocka_unit_test(test_append__takes_nul_bytes_and_nothing),
        cmocka_unit_test(test_printf__formats_at_the_end),
        cmocka_unit_test(test_printf__over_the_maximum_writes_nothing),
        cmocka_unit_test(test_choices__are_a_sentence),
        cmocka_unit_test(test_check__says_that_memory_is_out),
        cmocka_unit_test(
            test_steal__gives_an_empty_string_for_an_untouched_buffer),
        cmocka_unit_test(test_steal__leaves_a_buffer_that_can_be_used_again),
        cmocka_unit_test(test_clear__forgets_a_failure),
    };

    return cmocka_run_group_tests_name("base/buffer", tests, NULL, NULL);
}
