/* SPDX-License-Identifier: Apache-2.0 */
/* cli/records.c: every record, in its order, and what is none. */
#include "cli/records.h"

#include "unit.h"

#include "cli/command.h"

static unsigned seen;

static void
count_record(void *payload, const stk_record *record, const char *raw,
             size_t length)
{
    const char *const *names = payload;

    assert_string_equal(record->name, names[seen]);
    assert_int_equal(raw[0], '{');
    assert_int_equal(raw[length - 1], '}');
    seen++;
}

static void
append_record(char *text, size_t size, const char *name)
{
    stk_record record = STK_RECORD_INIT;
    size_t used = strlen(text);

    record.event = "import";
    record.name = name;
    used += stk_record_format(&record, text + used, size - used);
    assert_true(used + 1 < size);
    strcpy(text + used, "\n");
}

static void
test_each__gets_every_record(void **state)
{
    const char *names[] = { "a", "b" };
    char text[4096] = "";
    uint64_t invalid = 7;

    append_record(text, sizeof text, "a");
    append_record(text, sizeof text, "b");
    seen = 0;
    assert_int_equal(
        cli_each_record(unit_write(state, "log", text, strlen(text)),
                        count_record, names, &invalid),
        CLI_GOOD);
    assert_int_equal(seen, 2);
    assert_int_equal(invalid, 0);
}

static void
test_each__goes_on_after_a_line_that_is_none(void **state)
{
    const char *names[] = { "a", "b" };
    char text[4096] = "";
    uint64_t invalid = 0;

    append_record(text, sizeof text, "a");
    strcat(text, "none\n");
    append_record(text, sizeof text, "b");
    seen = 0;
    assert_int_equal(
        cli_each_record(unit_write(state, "log", text, strlen(text)),
                        count_record, names, &invalid),
        CLI_NO);
    assert_int_equal(seen, 2);
    assert_int_equal(invalid, 1);
}

static void
test_each__a_log_that_is_not_there_is_told(void **state)
{
    uint64_t invalid;

    assert_int_equal(cli_each_record(unit_path(state, "none"), count_record,
                                     NULL, &invalid),
                     CLI_NO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_each__gets_every_record),
        unit_test_in_folder(test_each__goes_on_after_a_line_that_is_none),
        unit_test_in_folder(test_each__a_log_that_is_not_there_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
