/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.c: a time as text and back, and nothing else accepted. */
#include "base/clock.h"

#include <time.h>

#include "unit.h"

static void
test_text__writes_microseconds_in_utc(void **state)
{
    char text[STK_CLOCK_TEXT_MAX];

    (void)state;
    assert_string_equal(stk_clock_text(text, 0),
                        "1970-01-01T00:00:00.000000Z");
    /* date -ud @1769860800 */
    assert_string_equal(stk_clock_text(text, 1769860800123456u),
                        "2026-01-31T12:00:00.123456Z");
}

static void
test_text__does_not_follow_the_time_zone(void **state)
{
    char text[STK_CLOCK_TEXT_MAX];

    (void)state;
    setenv("TZ", "Asia/Kolkata", 1);
    tzset();
    assert_string_equal(stk_clock_text(text, 1769860800000000u),
                        "2026-01-31T12:00:00.000000Z");
    unsetenv("TZ");
    tzset();
}

static void
test_text__keeps_its_length_beyond_the_year_9999(void **state)
{
    char text[STK_CLOCK_TEXT_MAX];

    (void)state;
    assert_string_equal(stk_clock_text(text, 253402300799999999u),
                        "9999-12-31T23:59:59.999999Z");
    assert_int_equal(strlen(stk_clock_text(text, 253402300800000000u)),
                     STK_CLOCK_TEXT_MAX - 1);
    assert_int_equal(strlen(stk_clock_text(text, UINT64_MAX)),
                     STK_CLOCK_TEXT_MAX - 1);
}

static void
test_parse__reads_back_what_text_wrote(void **state)
{
    static const uint64_t times[] = {
        0,
        1,
        999999,
        1000000,
        951782400000000,    /* 2000-02-29 */
        1769860800123456,   /* 2026-01-31 */
        4107542399999999,   /* 2100-02-28, no leap year */
        253402300799999999, /* the last that fits */
    };
    char text[STK_CLOCK_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(times); i++) {
        uint64_t back = 7;

        assert_int_equal(
            stk_clock_parse(&back, stk_clock_text(text, times[i])), 0);
        assert_true(back == times[i]);
    }
}

static void
test_parse__refuses_what_text_would_not_have_written(void **state)
{
    static const char *const texts[] = {
        "",
        "2026-01-31T12:00:00.123456",
        "2026-01-31T12:00:00.123456Z ",
        "2026-01-31T12:00:00.123456z",
        "2026-01-31 12:00:00.123456Z",
        "2026-01-31T12:00:00,123456Z",
        "2026/01/31T12:00:00.123456Z",
        "2026-13-01T12:00:00.123456Z",
        "2026-00-01T12:00:00.123456Z",
        "2026-02-29T12:00:00.123456Z",
        "2026-04-31T12:00:00.123456Z",
        "2026-01-31T24:00:00.123456Z",
        "2026-01-31T12:60:00.123456Z",
        "2026-01-31T12:00:60.123456Z",
        "+026-01-31T12:00:00.123456Z",
        "2026-+1-31T12:00:00.123456Z",
        "2026- 1-31T12:00:00.123456Z",
        "2026-01-31T12:00:00.-12345Z",
        "2026-01-31T12:00:00. 12345Z",
        "1969-12-31T23:59:59.999999Z",
        "-999-12-31T23:59:59.999999Z",
        "20260-1-31T12:00:00.123456Z",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        uint64_t back = 7;

        if (stk_clock_parse(&back, texts[i]) != -1)
            fail_msg("accepted: %s", texts[i]);
        assert_true(back == 7);
    }
}

static void
test_wall__is_the_system_clock(void **state)
{
    uint64_t before = (uint64_t)time(NULL);
    uint64_t now = stk_clock_wall_us();

    (void)state;
    assert_in_range(now / 1000000, before, before + 60);
}

static void
test_monotonic__goes_on_in_nanoseconds(void **state)
{
    const struct timespec nap = { 0, 2000000 };
    uint64_t before = stk_clock_monotonic_ns();

    (void)state;
    assert_int_equal(nanosleep(&nap, NULL), 0);
    assert_in_range(stk_clock_monotonic_ns() - before, 2000000, 60000000000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__writes_microseconds_in_utc),
        cmocka_unit_test(test_text__does_not_follow_the_time_zone),
        cmocka_unit_test(test_text__keeps_its_length_beyond_the_year_9999),
        cmocka_unit_test(test_parse__reads_back_what_text_wrote),
        cmocka_unit_test(test_parse__refuses_what_text_would_not_have_written),
        cmocka_unit_test(test_wall__is_the_system_clock),
        cmocka_unit_test(test_monotonic__goes_on_in_nanoseconds),
    };

    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
