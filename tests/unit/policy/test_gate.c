/* SPDX-License-Identifier: Apache-2.0 */
/* What inih reads otherwise than it is written never reaches it. */
#include "policy/gate.h"

#include "policies.h"

#define REFUSED(text, wanted) refused((text), sizeof(text) - 1, (wanted))

/* The errors of the gate alone, and how many lines it let through. */
static size_t
scan(const char *text, size_t length, char **errors)
{
    stk_buffer collected = STK_BUFFER_INIT(1u << 16);
    stk_error err = STK_ERROR_INIT;
    stk_complaints all = { 0 };
    stk_gate gate = { 0 };
    size_t n;

    assert_int_equal(stk_gate_scan(&gate, "p.ini", text, length, &all), 0);
    stk_complaints_tell(&all, collect_error, &collected, &err);
    stk_complaints_clear(&all);
    n = gate.n;
    stk_gate_clear(&gate);
    *errors = stk_buffer_steal(&collected);
    return n;
}

static void
refused(const char *text, size_t length, const char *wanted)
{
    char *errors;

    scan(text, length, &errors);
    assert_string_equal(errors, wanted);
    free(errors);
}

static void
test_scan__keys_and_values_without_their_comments(void **state)
{
    static const char text[] = "; comment\n"
                               "[modules from a.b] ; who\n"
                               "\n"
                               "  # indented comment\n"
                               "os  =  allow closure ; why; not\n"
                               "x=a;b\n"
                               "y =;z\n"
                               "empty =\n"
                               "e = a=b:c";
    static const char *const wanted[][2] = {
        { "modules from a.b", NULL },
        { "os", "allow closure" },
        { "x", "a;b" },
        { "y", ";z" },
        { "empty", "" },
        { "e", "a=b:c" },
    };
    stk_complaints all = { 0 };
    stk_gate gate = { 0 };

    (void)state;
    stk_gate_scan(&gate, "p.ini", text, strlen(text), &all);
    assert_int_equal(all.n, 0);
    assert_int_equal(gate.n, UNIT_COUNT(wanted));
    for (size_t i = 0; i < gate.n; i++) {
        const stk_line *line = &gate.lines[i];

        assert_int_equal(line->key_length, strlen(wanted[i][0]));
        assert_memory_equal(line->key, wanted[i][0], line->key_length);
        assert_int_equal(line->kind == STK_LINE_ENTRY, wanted[i][1] != NULL);
        if (wanted[i][1]) {
            assert_int_equal(line->value_length, strlen(wanted[i][1]));
            assert_memory_equal(line->value, wanted[i][1], line->value_length);
        }
    }
    assert_int_equal(gate.lines[1].number, 5);
    stk_gate_clear(&gate);
    stk_complaints_clear(&all);
}

static void
test_scan__a_bom_and_crlf_are_tolerated(void **state)
{
    static const char text[] = "\xEF\xBB\xBF[modules]\r\nos = deny\r\n\r\n";
    char *errors;

    (void)state;
    assert_int_equal(scan(text, sizeof text - 1, &errors), 2);
    assert_string_equal(errors, "");
    free(errors);
}

static void
test_scan__nul_is_refused(void **state)
{
    (void)state;
    REFUSED("deny = os\0,ctypes\n",
            "p.ini:1: a NUL byte; everything after it would be unread\n");
    REFUSED("; a comment\0os = allow\n",
            "p.ini:1: a NUL byte; everything after it would be unread\n");
}

static void
test_scan__invalid_utf_8_is_refused(void **state)
{
    (void)state;
    REFUSED("[modules]\nos\xFF = deny\n",
            "p.ini:2: byte 3 of the line is not UTF-8; save the file as "
            "UTF-8\n");
    REFUSED("; caf\xE9\n", "p.ini:1: byte 6 of the line is not UTF-8; save "
                           "the file as UTF-8\n");
    REFUSED("a = \xED\xA0\x80\n", "p.ini:1: byte 5 of the line is not UTF-8; "
                                  "save the file as UTF-8\n");
}

static void
test_scan__a_carriage_return_alone_is_refused(void **state)
{
    static const char wanted[] =
        "p.ini:1: a carriage return alone; end lines with LF or CRLF\n";

    (void)state;
    REFUSED("; harmless\ros = allow\n", wanted);
    REFUSED("[modules]\r", wanted);
    REFUSED("a = b\r\r\n", wanted);
}

static void
test_scan__control_characters_are_refused(void **state)
{
    (void)state;
    REFUSED("a = b\vc\n", "p.ini:1: control character \\x0b; remove it\n");
    REFUSED("a = b\x1b[2J\n", "p.ini:1: control character \\x1b; remove it\n");
    REFUSED("a = b\x7F\n", "p.ini:1: control character \\x7f; remove it\n");
}

static void
test_scan__a_line_over_199_bytes_is_refused(void **state)
{
    char text[256], *errors;

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, "members = ", 10);
    text[199] = '\n';
    assert_int_equal(scan(text, 200, &errors), 1);
    assert_string_equal(errors, "");
    free(errors);
    text[199] = 'x';
    text[200] = '\n';
    refused(text, 201,
            "p.ini:1: the line has 200 bytes, at most 199 are read; repeat "
            "the key on a second line to continue a list\n");
    text[0] = ';';
    refused(text, 201,
            "p.ini:1: the line has 200 bytes, at most 199 are read; break "
            "the comment into two lines\n");
}

static void
test_scan__a_section_name_over_49_bytes_is_refused(void **state)
{
    char text[64] = "[", *errors;

    (void)state;
    memset(text + 1, 'x', 50);
    memcpy(text + 50, "]\n", 2);
    assert_int_equal(scan(text, 52, &errors), 1);
    assert_string_equal(errors, "");
    free(errors);
    memcpy(text + 50, "x]\n", 3);
    refused(text, 53,
            "p.ini:1: the section's name has 50 bytes, at most 49 are read; "
            "name a long importer through a group: [modules from @name]\n");
}

static void
test_scan__an_indented_line_is_refused(void **state)
{
    static const char wanted[] =
        "p.ini:2: an indented line would continue the value above; begin it "
        "in the first column, and repeat the key to continue a list\n";

    (void)state;
    REFUSED("deny = os\n  allow = all\n", wanted);
    REFUSED("deny = os\n\t[modules]\n", wanted);
}

static void
test_scan__a_colon_before_the_equals_is_refused(void **state)
{
    static const char wanted[] =
        "p.ini:1: a ':' before the '='; write key = value\n";

    (void)state;
    REFUSED("os : allow\n", wanted);
    REFUSED("os: x = allow\n", wanted);
}

static void
test_scan__a_missing_bracket_is_refused(void **state)
{
    static const char wanted[] =
        "p.ini:1: no closing bracket; write [section]\n";

    (void)state;
    REFUSED("[modules\nos = allow\n", wanted);
    REFUSED("[modules ;]\n", wanted);
}

static void
test_scan__what_inih_would_leave_out_is_refused(void **state)
{
    (void)state;
    REFUSED("[modules] os = deny\n", "p.ini:1: text after the bracket would "
                                     "be unread; begin a new line\n");
    REFUSED("[modules]];x\n", "p.ini:1: text after the bracket would be "
                              "unread; begin a new line\n");
    REFUSED("[ modules]\n",
            "p.ini:1: blanks inside the brackets; write [section]\n");
    REFUSED("os\n", "p.ini:1: no '='; write key = value, or begin a comment "
                    "with ;\n");
    REFUSED("os ; = deny\n", "p.ini:1: no '='; write key = value, or begin a "
                             "comment with ;\n");
    REFUSED("= deny\n",
            "p.ini:1: nothing before the '='; write key = value\n");
}

static void
test_scan__every_bad_line_is_told_and_the_good_ones_are_kept(void **state)
{
    static const char text[] = "[modules]\nos\na = b\n x = y\nc = d\n";
    char *errors;

    (void)state;
    assert_int_equal(scan(text, sizeof text - 1, &errors), 3);
    assert_non_null(strstr(errors, "p.ini:2: "));
    assert_non_null(strstr(errors, "p.ini:4: "));
    free(errors);
}

/* They are of no other section: an error in one would be made up. */
static void
test_scan__lines_under_a_refused_heading_are_told_by_it_alone(void **state)
{
    static const char text[] = "[stockade]\nversion = 1\n[modules\nos = "
                               "allow\nre\n[forbidden]\nx = y\n";
    char *errors;

    (void)state;
    assert_int_equal(scan(text, sizeof text - 1, &errors), 4);
    assert_string_equal(errors,
                        "p.ini:3: no closing bracket; write [section]\n"
                        "p.ini:5: no '='; write key = value, or begin a "
                        "comment with ;\n");
    free(errors);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan__keys_and_values_without_their_comments),
        cmocka_unit_test(test_scan__a_bom_and_crlf_are_tolerated),
        cmocka_unit_test(test_scan__nul_is_refused),
        cmocka_unit_test(test_scan__invalid_utf_8_is_refused),
        cmocka_unit_test(test_scan__a_carriage_return_alone_is_refused),
        cmocka_unit_test(test_scan__control_characters_are_refused),
        cmocka_unit_test(test_scan__a_line_over_199_bytes_is_refused),
        cmocka_unit_test(test_scan__a_section_name_over_49_bytes_is_refused),
        cmocka_unit_test(test_scan__an_indented_line_is_refused),
        cmocka_unit_test(test_scan__a_colon_before_the_equals_is_refused),
        cmocka_unit_test(test_scan__a_missing_bracket_is_refused),
        cmocka_unit_test(test_scan__what_inih_would_leave_out_is_refused),
        cmocka_unit_test(
            test_scan__every_bad_line_is_told_and_the_good_ones_are_kept),
        cmocka_unit_test(
            test_scan__lines_under_a_refused_heading_are_told_by_it_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
