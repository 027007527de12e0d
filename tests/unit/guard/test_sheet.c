/* SPDX-License-Identifier: Apache-2.0 */
/* guard/sheet.c: lines under headings, each once, always in one order. */
#include "guard/sheet.h"

#include "unit.h"

#include "base/cleanup.h"

static stk_sheet *
new_sheet(void)
{
    stk_sheet *sheet = stk_sheet_new();

    assert_non_null(sheet);
    return sheet;
}

static void
put(stk_sheet *sheet, const char *heading, const char *key, const char *line)
{
    assert_int_equal(stk_sheet_put(sheet, heading, key, line, NULL), 0);
}

static void
assert_text(const stk_sheet *sheet, const char *expected)
{
    STK_CLEANUP(stk_freep) char *text = NULL;

    assert_int_equal(stk_sheet_print(&text, sheet, NULL), 0);
    assert_string_equal(text, expected);
}

static void
test_print__an_empty_sheet_is_empty(void **state)
{
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();

    (void)state;
    assert_text(sheet, "");
}

static void
test_print__sections_come_in_the_order_of_reading(void **state)
{
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();

    (void)state;
    put(sheet, "modules from b", "x", "x = allow");
    put(sheet, "modules from a", "x", "x = allow");
    put(sheet, "modules", "x", "x = allow");
    put(sheet, "forbidden", "y", "y = no");
    put(sheet, "group g", "m", "members = m");
    put(sheet, "stockade", "v", "version = 1");
    put(sheet, "", "n", "a comment");
    assert_text(sheet, "; a comment\n"
                       "\n[stockade]\nversion = 1\n"
                       "\n[group g]\nmembers = m\n"
                       "\n[forbidden]\ny = no\n"
                       "\n[modules]\nx = allow\n"
                       "\n[modules from a]\nx = allow\n"
                       "\n[modules from b]\nx = allow\n");
}

static void
test_print__the_order_of_putting_makes_no_difference(void **state)
{
    static const char *const names[] = { "c", "a", "b" };

    (void)state;
    for (size_t first = 0; first < UNIT_COUNT(names); first++) {
        STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();

        for (size_t i = 0; i < UNIT_COUNT(names); i++) {
            const char *name = names[(first + i) % UNIT_COUNT(names)];

            put(sheet, "modules", name, name);
        }
        assert_text(sheet, "\n[modules]\na\nb\nc\n");
    }
}

static void
test_put__the_first_line_of_a_key_stays(void **state)
{
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();

    (void)state;
    put(sheet, "modules", "os", "os = deny");
    put(sheet, "modules", "os", "os = allow");
    put(sheet, "modules from a", "os", "os = allow");
    assert_text(sheet, "\n[modules]\nos = deny\n"
                       "\n[modules from a]\nos = allow\n");
}

static void
test_has__knows_heading_and_key(void **state)
{
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();

    (void)state;
    put(sheet, "modules", "os", "os = deny");
    assert_true(stk_sheet_has(sheet, "modules", "os"));
    assert_false(stk_sheet_has(sheet, "modules", "sys"));
    assert_false(stk_sheet_has(sheet, "forbidden", "os"));
}

static void
test_set__writes_a_pair(void **state)
{
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();
    STK_CLEANUP(stk_freep) char *text = NULL;

    (void)state;
    assert_int_equal(stk_sheet_set(sheet, "modules", "os", "allow", NULL), 0);
    assert_int_equal(stk_sheet_set(sheet, "modules", "os", "deny", NULL), 0);
    assert_int_equal(stk_sheet_print(&text, sheet, NULL), 0);
    assert_string_equal(text, "\n[modules]\nos = allow\n");
}

static void
test_words__are_a_line_each(void **state)
{
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();
    STK_CLEANUP(stk_freep) char *text = NULL;

    (void)state;
    assert_int_equal(
        stk_sheet_set_words(sheet, "group web", "members", "b, a  c,", NULL),
        0);
    assert_int_equal(
        stk_sheet_set_words(sheet, "group web", "members", "a", NULL), 0);
    assert_int_equal(
        stk_sheet_set_words(sheet, "group web", "members", "", NULL), 0);
    assert_int_equal(stk_sheet_print(&text, sheet, NULL), 0);
    assert_string_equal(text, "\n[group web]\nmembers = a\nmembers = b\n"
                              "members = c\n");
}

static void
test_note__stands_behind_its_line(void **state)
{
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();
    STK_CLEANUP(stk_freep) char *text = NULL;

    (void)state;
    put(sheet, "modules", "os", "os = allow");
    stk_sheet_note(sheet, "modules", "os", "first");
    stk_sheet_note(sheet, "modules", "os", "second");
    stk_sheet_note(sheet, "modules", "sys", "no such line");
    assert_int_equal(stk_sheet_print(&text, sheet, NULL), 0);
    assert_string_equal(text, "\n[modules]\nos = allow  ; second\n");
}

static void
test_note__makes_no_line_too_long(void **state)
{
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();
    STK_CLEANUP(stk_freep) char *text = NULL;
    char line[200];

    (void)state;
    memset(line, 'x', sizeof line);
    line[190] = '\0';
    put(sheet, "modules", "a", line);
    put(sheet, "modules", "b", line);
    stk_sheet_note(sheet, "modules", "a", "12345");
    stk_sheet_note(sheet, "modules", "b", "123456");
    assert_int_equal(stk_sheet_print(&text, sheet, NULL), 0);
    assert_non_null(strstr(text, "x  ; 12345\n"));
    assert_null(strstr(text, "123456"));
}

static void
test_print__more_than_a_policy_holds_is_refused(void **state)
{
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = new_sheet();
    stk_error err = STK_ERROR_INIT;
    char key[32], line[1001];
    char *text = NULL;

    (void)state;
    memset(line, 'x', 1000);
    line[1000] = '\0';
    for (int i = 0; i < 1050; i++) {
        snprintf(key, sizeof key, "%d", i);
        put(sheet, "modules", key, line);
    }
    assert_int_equal(stk_sheet_print(&text, sheet, &err), -STK_E_LIMIT);
    assert_int_equal(err.code, STK_E_LIMIT);
    assert_null(text);
}

static void
test_free__null_is_fine(void **state)
{
    (void)state;
    stk_sheet_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print__an_empty_sheet_is_empty),
        cmocka_unit_test(test_print__sections_come_in_the_order_of_reading),
        cmocka_unit_test(test_print__the_order_of_putting_makes_no_difference),
        cmocka_unit_test(test_put__the_first_line_of_a_key_stays),
        cmocka_unit_test(test_has__knows_heading_and_key),
        cmocka_unit_test(test_set__writes_a_pair),
        cmocka_unit_test(test_words__are_a_line_each),
        cmocka_unit_test(test_note__stands_behind_its_line),
        cmocka_unit_test(test_note__makes_no_line_too_long),
        cmocka_unit_test(test_print__more_than_a_policy_holds_is_refused),
        cmocka_unit_test(test_free__null_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
