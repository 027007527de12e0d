/* SPDX-License-Identifier: Apache-2.0 */
/* cli/table.c: a record is one row, whatever it holds. */
#include "cli/table.h"

#include "unit.h"

/* What a row prints; standard output belongs to the test's own report. */
static void
capture_row(const stk_record *record, char *text, size_t size)
{
    FILE *file = tmpfile();
    int kept = dup(1);
    size_t n;

    assert_non_null(file);
    fflush(stdout);
    dup2(fileno(file), 1);
    if (record)
        cli_table_row(record);
    else
        cli_table_head();
    fflush(stdout);
    dup2(kept, 1);
    close(kept);
    rewind(file);
    n = fread(text, 1, size - 1, file);
    text[n] = '\0';
    fclose(file);
}

static void
test_head__names_the_columns(void **state)
{
    char text[512];

    (void)state;
    capture_row(NULL, text, sizeof text);
    assert_non_null(strstr(text, "VERDICT"));
    assert_string_equal(strchr(text, '\n'), "\n");
}

static void
test_row__an_empty_record_has_dashes(void **state)
{
    stk_record record = STK_RECORD_INIT;
    char text[512];

    (void)state;
    capture_row(&record, text, sizeof text);
    assert_string_equal(text,
                        "1970-01-01 00:00:00.000 0       -       -            "
                        "-                          -                  -\n");
}

static void
test_row__the_rule_goes_before_the_reason(void **state)
{
    stk_record record = STK_RECORD_INIT;
    char text[512];

    (void)state;
    record.rule = "p.ini:7";
    record.reason = "rule";
    capture_row(&record, text, sizeof text);
    assert_non_null(strstr(text, " p.ini:7\n"));
    record.rule = NULL;
    capture_row(&record, text, sizeof text);
    assert_non_null(strstr(text, " rule\n"));
    record.error = "broken";
    capture_row(&record, text, sizeof text);
    assert_non_null(strstr(text, " broken\n"));
}

static void
test_row__the_reason_of_a_signature_goes_before_the_rule(void **state)
{
    stk_record record = STK_RECORD_INIT;
    char text[512];

    (void)state;
    record.rule = "p.ini:7";
    record.requirement = "signed";
    record.reason = "rule";
    capture_row(&record, text, sizeof text);
    assert_non_null(strstr(text, " p.ini:7\n"));
    record.reason = "hash-mismatch";
    capture_row(&record, text, sizeof text);
    assert_non_null(strstr(text, " hash-mismatch\n"));
    record.error = "a.py is not what was signed\n; run: x";
    capture_row(&record, text, sizeof text);
    assert_non_null(
        strstr(text, " hash-mismatch: a.py is not what was signed\\x0a; run"));
    assert_null(strstr(text, "p.ini:7"));
}

static void
test_row__a_probe_of_the_library_is_marked_and_shown(void **state)
{
    stk_record record = STK_RECORD_INIT;
    char text[512];

    (void)state;
    record.name = "org.python.core";
    record.rule = "p.ini:7";
    record.verdict = "deny";
    capture_row(&record, text, sizeof text);
    assert_non_null(strstr(text, " p.ini:7  (the standard library looks "
                                 "whether it is there)\n"));
    record.name = "organ";
    capture_row(&record, text, sizeof text);
    assert_non_null(strstr(text, " p.ini:7\n"));
    record.name = "org";
    record.verdict = "allow";
    capture_row(&record, text, sizeof text);
    assert_non_null(strstr(text, " p.ini:7\n"));
}

static void
test_row__foreign_text_stays_on_its_row(void **state)
{
    stk_record record = STK_RECORD_INIT;
    char text[1024];

    (void)state;
    record.name = "a\nb\x1b[2J";
    capture_row(&record, text, sizeof text);
    assert_non_null(strstr(text, "a\\x0ab\\x1b[2J"));
    assert_string_equal(strchr(text, '\n'), "\n");
    assert_null(strchr(text, '\x1b'));
}

static void
test_row__a_name_wider_than_its_column_is_not_glued(void **state)
{
    stk_record record = STK_RECORD_INIT;
    char text[1024];

    (void)state;
    record.name = "a_name_that_is_wider_than_the_column_for_it";
    record.importer = "who";
    capture_row(&record, text, sizeof text);
    assert_non_null(
        strstr(text, "a_name_that_is_wider_than_the_column_for_it who "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head__names_the_columns),
        cmocka_unit_test(test_row__an_empty_record_has_dashes),
        cmocka_unit_test(test_row__the_rule_goes_before_the_reason),
        cmocka_unit_test(
            test_row__the_reason_of_a_signature_goes_before_the_rule),
        cmocka_unit_test(test_row__a_probe_of_the_library_is_marked_and_shown),
        cmocka_unit_test(test_row__foreign_text_stays_on_its_row),
        cmocka_unit_test(test_row__a_name_wider_than_its_column_is_not_glued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
