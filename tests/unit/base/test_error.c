/* SPDX-License-Identifier: Apache-2.0 */
/* base/error.c: one line, whole characters, the code as the return. */
#include "base/error.h"

#include "base/text.h"
#include "unit.h"

static void
test_set__fills_the_error_and_returns_the_code_negated(void **state)
{
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_int_equal(stk_error_set(&err, STK_E_INVALID, "word %d", 3),
                     -STK_E_INVALID);
    assert_int_equal(err.code, STK_E_INVALID);
    assert_int_equal(err.sys_errno, 0);
    assert_string_equal(err.message, "word 3");
}

static void
test_set__takes_no_error_object(void **state)
{
    (void)state;
    assert_int_equal(stk_error_set(NULL, STK_E_IO, "x"), -STK_E_IO);
    assert_int_equal(stk_error_set_errno(NULL, STK_E_IO, ENOENT, "x"),
                     -STK_E_IO);
    assert_int_equal(stk_error_memory(NULL), -STK_E_MEMORY);
    assert_true(stk_error_at(NULL, "f", 1) < 0);
}

static void
test_set__forgets_what_the_object_held_before(void **state)
{
    stk_error err = STK_ERROR_INIT;

    (void)state;
    stk_error_set_errno(&err, STK_E_IO, ENOENT, "cannot open");
    stk_error_at(&err, "old.ini", 12);
    stk_error_set(&err, STK_E_LIMIT, "new");
    assert_int_equal(err.sys_errno, 0);
    assert_int_equal(err.line, 0);
    assert_string_equal(err.file, "");
    assert_string_equal(err.message, "new");
}

static void
test_set__a_message_is_one_line(void **state)
{
    stk_error err = STK_ERROR_INIT;

    (void)state;
    stk_error_set(&err, STK_E_INVALID, "a\nb\r\nc%s", "\n");
    assert_string_equal(err.message, "a b  c ");
}

static void
test_set__cuts_a_long_message_at_a_character(void **state)
{
    static const char *const characters[] = { "x", "\xc3\xa9", "\xe2\x82\xac",
                                              "\xf0\x9f\x90\x8d" };
    char text[3 * STK_ERROR_MESSAGE_MAX];

    (void)state;
    /* every alignment of every width with the end of the buffer */
    for (size_t c = 0; c < UNIT_COUNT(characters); c++)
        for (size_t lead = 0; lead < 4; lead++) {
            stk_error err = STK_ERROR_INIT;
            size_t n = strlen(characters[c]), length;

            memset(text, 'a', lead);
            for (length = lead; length + n < sizeof text; length += n)
                memcpy(text + length, characters[c], n);
            text[length] = '\0';
            stk_error_set(&err, STK_E_INVALID, "%s", text);
            length = strlen(err.message);
            assert_in_range(length, STK_ERROR_MESSAGE_MAX - 8,
                            STK_ERROR_MESSAGE_MAX - 1);
            assert_int_equal(stk_utf8_check(err.message, length), length);
        }
}

static void
test_set_errno__appends_the_reason(void **state)
{
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_int_equal(
        stk_error_set_errno(&err, STK_E_IO, ENOENT, "cannot open"), -STK_E_IO);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_string_equal(err.message, "cannot open: No such file or directory");
}

static void
test_set_errno__stays_within_the_message(void **state)
{
    char text[2 * STK_ERROR_MESSAGE_MAX];
    stk_error err = STK_ERROR_INIT;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    stk_error_set_errno(&err, STK_E_IO, ENOENT, "%s", text);
    assert_int_equal(strlen(err.message), STK_ERROR_MESSAGE_MAX - 1);
    assert_int_equal(err.sys_errno, ENOENT);
}

static void
test_at__returns_the_code_of_the_error(void **state)
{
    stk_error err = STK_ERROR_INIT;

    (void)state;
    stk_error_set(&err, STK_E_LIMIT, "x");
    assert_int_equal(stk_error_at(&err, "p.ini", 4), -STK_E_LIMIT);
    assert_string_equal(err.file, "p.ini");
    assert_int_equal(err.line, 4);
    assert_int_equal(stk_error_at(&err, NULL, 0), -STK_E_LIMIT);
    assert_string_equal(err.file, "");
}

static void
test_at__cuts_a_long_file_name_at_a_character(void **state)
{
    char path[4 * STK_ERROR_FILE_MAX];
    stk_error err = STK_ERROR_INIT;
    size_t length;

    (void)state;
    for (size_t lead = 0; lead < 3; lead++) {
        memset(path, 'a', lead);
        for (length = lead; length + 3 < sizeof path; length += 3)
            memcpy(path + length, "\xe2\x82\xac", 3);
        path[length] = '\0';
        stk_error_set(&err, STK_E_IO, "x");
        stk_error_at(&err, path, 1);
        length = strlen(err.file);
        assert_in_range(length, STK_ERROR_FILE_MAX - 8,
                        STK_ERROR_FILE_MAX - 1);
        assert_int_equal(stk_utf8_check(err.file, length), length);
    }
}

static void
test_at__a_file_name_cannot_forge_a_second_line(void **state)
{
    stk_error err = STK_ERROR_INIT;
    char text[100];

    (void)state;
    stk_error_set(&err, STK_E_IO, "cannot open");
    stk_error_at(&err, "a\nok.ini:1: fine\r", 0);
    assert_null(strpbrk(stk_error_text(&err, text, sizeof text), "\r\n"));
}

static void
test_text__puts_file_and_line_in_front(void **state)
{
    stk_error err = STK_ERROR_INIT;
    char text[100];

    (void)state;
    stk_error_set(&err, STK_E_INVALID, "unknown verdict \"alow\"");
    assert_string_equal(stk_error_text(&err, text, sizeof text),
                        "unknown verdict \"alow\"");
    stk_error_at(&err, "policy.ini", 0);
    assert_string_equal(stk_error_text(&err, text, sizeof text),
                        "policy.ini: unknown verdict \"alow\"");
    stk_error_at(&err, "policy.ini", 12);
    assert_string_equal(stk_error_text(&err, text, sizeof text),
                        "policy.ini:12: unknown verdict \"alow\"");
}

static void
test_text__is_cut_at_its_size(void **state)
{
    stk_error err = STK_ERROR_INIT;
    char text[8] = "#######";

    (void)state;
    stk_error_set(&err, STK_E_INVALID, "0123456789");
    assert_string_equal(stk_error_text(&err, text, 6), "01234");
    assert_int_equal(text[6], '#');
    assert_string_equal(stk_error_text(&err, text, 1), "");
}

static void
test_text__of_an_error_that_was_never_filled_is_empty(void **state)
{
    stk_error err = STK_ERROR_INIT;
    char text[8];

    (void)state;
    assert_string_equal(stk_error_text(&err, text, sizeof text), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_set__fills_the_error_and_returns_the_code_negated),
        cmocka_unit_test(test_set__takes_no_error_object),
        cmocka_unit_test(test_set__forgets_what_the_object_held_before),
        cmocka_unit_test(test_set__a_message_is_one_line),
        cmocka_unit_test(test_set__cuts_a_long_message_at_a_character),
        cmocka_unit_test(test_set_errno__appends_the_reason),
        cmocka_unit_test(test_set_errno__stays_within_the_message),
        cmocka_unit_test(test_at__returns_the_code_of_the_error),
        cmocka_unit_test(test_at__cuts_a_long_file_name_at_a_character),
        cmocka_unit_test(test_at__a_file_name_cannot_forge_a_second_line),
        cmocka_unit_test(test_text__puts_file_and_line_in_front),
        cmocka_unit_test(test_text__is_cut_at_its_size),
        cmocka_unit_test(
            test_text__of_an_error_that_was_never_filled_is_empty),
    };

    return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
