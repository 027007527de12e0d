/* SPDX-License-Identifier: Apache-2.0 */
/* Errors are told in the order of files and lines. */
#include "policy/complain.h"

#include "policies.h"

static char *
tell(stk_complaints *all, int *code, stk_error *err)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 22);

    *code = stk_complaints_tell(all, collect_error, &text, err);
    stk_complaints_clear(all);
    return stk_buffer_steal(&text);
}

static void
test_tell__nothing_is_good(void **state)
{
    stk_error err = STK_ERROR_INIT;
    stk_complaints all = { 0 };

    (void)state;
    assert_int_equal(stk_complaints_tell(&all, NULL, NULL, &err), 0);
    assert_int_equal(err.code, 0);
    stk_complaints_clear(&all);
}

static void
test_tell__files_as_announced_then_lines_then_as_found(void **state)
{
    stk_error err = STK_ERROR_INIT;
    stk_complaints all = { 0 };
    char *text;
    int code;

    (void)state;
    stk_complaints_file(&all, "b.ini");
    stk_complaints_file(&all, "a.ini");
    stk_complain(&all, "a.ini", 1, STK_E_INVALID, "third");
    stk_complain(&all, "b.ini", 9, STK_E_INVALID, "second");
    stk_complain(&all, "b.ini", 2, STK_E_INVALID, "first, %d", 1);
    stk_complain(&all, "b.ini", 2, STK_E_INVALID, "first, 2");
    text = tell(&all, &code, &err);
    assert_string_equal(text, "b.ini:2: first, 1\nb.ini:2: first, 2\n"
                              "b.ini:9: second\na.ini:1: third\n");
    assert_int_equal(code, -STK_E_INVALID);
    assert_string_equal(err.file, "b.ini");
    assert_int_equal(err.line, 2);
    assert_string_equal(err.message, "first, 1");
    free(text);
}

static void
test_tell__one_code_is_kept_and_two_are_invalid(void **state)
{
    stk_error err = STK_ERROR_INIT;
    stk_complaints all = { 0 };
    int code;

    (void)state;
    stk_complain(&all, "a", 1, STK_E_UNSUPPORTED, "x");
    stk_complain(&all, "a", 2, STK_E_UNSUPPORTED, "y");
    free(tell(&all, &code, &err));
    assert_int_equal(code, -STK_E_UNSUPPORTED);
    assert_int_equal(err.code, STK_E_UNSUPPORTED);
    stk_complain(&all, "a", 1, STK_E_UNSUPPORTED, "x");
    stk_complain(&all, "a", 2, STK_E_LIMIT, "y");
    free(tell(&all, &code, &err));
    assert_int_equal(code, -STK_E_INVALID);
}

static void
test_tell__the_same_twice_is_told_once(void **state)
{
    stk_error err = STK_ERROR_INIT;
    stk_complaints all = { 0 };
    char *text;
    int code;

    (void)state;
    stk_complain(&all, "a", 1, STK_E_INVALID, "x");
    stk_complain(&all, "a", 1, STK_E_INVALID, "y");
    stk_complain(&all, "a", 1, STK_E_INVALID, "x");
    text = tell(&all, &code, &err);
    assert_string_equal(text, "a:1: x\na:1: y\n");
    free(text);
}

static void
test_tell__more_than_can_be_read_are_counted(void **state)
{
    stk_error err = STK_ERROR_INIT;
    stk_complaints all = { 0 };
    char *text;
    int code;

    (void)state;
    for (unsigned i = 0; i < STK_COMPLAINTS_MAX + 7; i++)
        stk_complain(&all, "a", i + 1, STK_E_INVALID, "x");
    text = tell(&all, &code, &err);
    assert_non_null(strstr(text, "a:10000: x\na:0: 7 further errors\n"));
    free(text);
}

static void
test_quote__is_printable_and_short(void **state)
{
    char text[STK_QUOTE_MAX], longer[400];

    (void)state;
    assert_string_equal(stk_quote(text, "os", 2), "\"os\"");
    assert_string_equal(stk_quote(text, "a\x1b[2J", 5), "\"a\\x1b[2J\"");
    memset(longer, 'x', sizeof longer);
    stk_quote(text, longer, sizeof longer);
    assert_in_range(strlen(text), 80, STK_QUOTE_MAX - 1);
    assert_string_equal(text + strlen(text) - 4, "...\"");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tell__nothing_is_good),
        cmocka_unit_test(
            test_tell__files_as_announced_then_lines_then_as_found),
        cmocka_unit_test(test_tell__one_code_is_kept_and_two_are_invalid),
        cmocka_unit_test(test_tell__the_same_twice_is_told_once),
        cmocka_unit_test(test_tell__more_than_can_be_read_are_counted),
        cmocka_unit_test(test_quote__is_printable_and_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
