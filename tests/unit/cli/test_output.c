/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output.c: text is safe for a terminal, JSON is JSON. */
#include "cli/output.h"

#include "unit.h"

#include "cli/command.h"

/* What is printed to a stream goes to `printed`. */
static char *printed;
static size_t printed_size;

static FILE *
open_print(void)
{
    FILE *to = open_memstream(&printed, &printed_size);

    assert_non_null(to);
    return to;
}

static void
assert_printed(FILE *to, const char *expected)
{
    assert_int_equal(fclose(to), 0);
    assert_string_equal(printed, expected);
    free(printed);
}

static void
test_put__controls_do_not_reach_a_terminal(void **state)
{
    FILE *to = open_print();

    (void)state;
    cli_put(to, "a\x1b[2Jb\nc\xc2\x9b\xff");
    assert_printed(to, "a\\x1b[2Jb\\x0ac\\u009b\\xff");
}

static void
test_put__long_text_is_not_cut(void **state)
{
    FILE *to = open_print();
    char *text = malloc(5001);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', 5000);
    text[5000] = '\0';
    cli_put(to, text);
    assert_printed(to, text);
    free(text);
}

static void
test_diagnostic__has_file_line_and_message(void **state)
{
    stk_diagnostic error = { STK_SEVERITY_ERROR, "p.ini", 12, "wrong" };
    stk_diagnostic warning = { STK_SEVERITY_WARNING, "p.ini", 3, "odd" };
    FILE *to = open_print();

    (void)state;
    cli_put_diagnostic(to, &error);
    cli_put_diagnostic(to, &warning);
    assert_printed(to, "p.ini:12: wrong\np.ini:3: warning: odd\n");
}

static void
test_diagnostic__without_a_line_has_no_line(void **state)
{
    stk_diagnostic error = { STK_SEVERITY_ERROR, "p.ini", 0, "is a FIFO" };
    FILE *to = open_print();

    (void)state;
    cli_put_diagnostic(to, &error);
    assert_printed(to, "p.ini: is a FIFO\n");
}

static void
test_colours__are_not_for_a_stream_without_a_terminal(void **state)
{
    FILE *to = tmpfile();

    (void)state;
    assert_non_null(to);
    assert_false(cli_colours(to));
    fclose(to);
}

static void
test_json__text_that_is_no_utf8_is_escaped(void **state)
{
    json_t *value = cli_json_text("a\xff");

    (void)state;
    assert_string_equal(json_string_value(value), "a\\xff");
    json_decref(value);
    value = cli_json_text("\xc3\xa9");
    assert_string_equal(json_string_value(value), "\xc3\xa9");
    json_decref(value);
}

static void
test_json__a_moment_is_a_text(void **state)
{
    json_t *value = cli_json_moment(1800000000);

    (void)state;
    assert_string_equal(json_string_value(value), "2027-01-15T08:00:00Z");
    json_decref(value);
}

static void
test_json__what_is_not_there_is_null(void **state)
{
    stk_rule_ref rule = { NULL, 0, NULL, NULL };

    (void)state;
    assert_true(json_is_null(cli_json_text(NULL)));
    assert_true(json_is_null(cli_json_moment(0)));
    assert_true(json_is_null(cli_json_rule(&rule)));
}

static void
test_json__a_rule_has_file_line_and_text(void **state)
{
    stk_rule_ref rule = { "p.ini", 4, "os = deny", "modules" };
    json_t *object = cli_json_rule(&rule);

    (void)state;
    assert_int_equal(json_object_size(object), 3);
    assert_string_equal(json_string_value(json_object_get(object, "file")),
                        "p.ini");
    assert_int_equal(json_integer_value(json_object_get(object, "line")), 4);
    assert_string_equal(json_string_value(json_object_get(object, "text")),
                        "os = deny");
    json_decref(object);
}

static void
test_json__requirements_are_a_list(void **state)
{
    stk_decision decision = {
        STK_ALLOW, STK_REASON_RULE, { NULL, 0, NULL, NULL }, NULL, NULL
    };
    json_t *list = cli_json_requirements(&decision);

    (void)state;
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    decision.requirement = "signed";
    list = cli_json_requirements(&decision);
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
}

static void
test_say_error__gives_the_exit_code(void **state)
{
    stk_error err = STK_ERROR_INIT;

    (void)state;
    err.code = STK_E_MEMORY;
    assert_int_equal(cli_say_error(&err), CLI_MACHINE);
    err.code = STK_E_INVALID;
    assert_int_equal(cli_say_error(&err), CLI_NO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put__controls_do_not_reach_a_terminal),
        cmocka_unit_test(test_put__long_text_is_not_cut),
        cmocka_unit_test(test_diagnostic__has_file_line_and_message),
        cmocka_unit_test(test_diagnostic__without_a_line_has_no_line),
        cmocka_unit_test(
            test_colours__are_not_for_a_stream_without_a_terminal),
        cmocka_unit_test(test_json__text_that_is_no_utf8_is_escaped),
        cmocka_unit_test(test_json__a_moment_is_a_text),
        cmocka_unit_test(test_json__what_is_not_there_is_null),
        cmocka_unit_test(test_json__a_rule_has_file_line_and_text),
        cmocka_unit_test(test_json__requirements_are_a_list),
        cmocka_unit_test(test_say_error__gives_the_exit_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
