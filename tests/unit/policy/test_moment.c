/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times of a policy. */
#include "policy/moment.h"

#include <string.h>

#include "unit.h"

static void
test_parse__dates_and_times(void **state)
{
    int64_t at = 7;

    (void)state;
    assert_true(stk_moment_parse(&at, "2026-01-01", false));
    assert_int_equal(at, 1767225600);
    assert_true(stk_moment_parse(&at, "2026-01-01", true));
    assert_int_equal(at, 1767225600 + 86399);
    assert_true(stk_moment_parse(&at, "2026-01-01T12:34:56Z", true));
    assert_int_equal(at, 1767225600 + 45296);
    assert_true(stk_moment_parse(&at, "2024-02-29", false));
    assert_true(stk_moment_parse(&at, "9999-12-31", true));
}

static void
test_parse__what_is_no_date(void **state)
{
    static const char *const texts[] = {
        "",
        "2026",
        "2026-1-1",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-01-32",
        "01-01-2026",
        "2026/01/01",
        "2026-01-01 ",
        "+026-01-01",
        "1999-12-31",
        "1970-01-01",
        "2026-01-01T",
        "2026-01-01T12:34:56",
        "2026-01-01 12:34:56Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T12:60:00Z",
        "2026-01-01T12:00:60Z",
        "2026-01-01t12:00:00Z",
        "2026-01-01T12:00:00z",
        "1970-01-01T00:00:00Z",
        "2026-01-01T12:00:00.5Z",
        "2026-01-01T12:00:00+00:00",
    };
    int64_t at = 7;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        if (stk_moment_parse(&at, texts[i], false) ||
            stk_moment_parse(&at, texts[i], true))
            fail_msg("%s", texts[i]);
        assert_int_equal(at, 7);
    }
}

static void
test_text__is_what_was_written(void **state)
{
    static const char *const texts[] = { "2026-01-01", "2026-12-31",
                                         "2000-01-01", "2026-05-01T12:00:01Z",
                                         "9999-12-31" };
    char text[STK_MOMENT_MAX];
    int64_t at;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++)
        for (int end = 0; end < 2; end++) {
            assert_true(stk_moment_parse(&at, texts[i], end));
            assert_string_equal(stk_moment_text(text, at, end), texts[i]);
        }
    assert_true(stk_moment_parse(&at, "2026-01-01T23:59:59Z", false));
    assert_string_equal(stk_moment_text(text, at, false),
                        "2026-01-01T23:59:59Z");
    assert_string_equal(stk_moment_text(text, at, true), "2026-01-01");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__dates_and_times),
        cmocka_unit_test(test_parse__what_is_no_date),
        cmocka_unit_test(test_text__is_what_was_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
