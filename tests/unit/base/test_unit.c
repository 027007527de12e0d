/* SPDX-License-Identifier: Apache-2.0 */
/* base/unit.c: amounts have one reading, and nothing overflows. */
#include "base/unit.h"

#include "unit.h"

static void
test_bytes__are_counted_by_1024(void **state)
{
    uint64_t value;

    (void)state;
    assert_int_equal(stk_unit_parse_bytes(&value, "0"), 0);
    assert_int_equal(value, 0);
    assert_int_equal(stk_unit_parse_bytes(&value, "512M"), 0);
    assert_int_equal(value, 512ull << 20);
    assert_int_equal(stk_unit_parse_bytes(&value, "3K"), 0);
    assert_int_equal(value, 3072);
    assert_int_equal(stk_unit_parse_bytes(&value, "2T"), 0);
    assert_int_equal(value, 2ull << 40);
}

static void
test_ms__have_four_units(void **state)
{
    uint64_t value;

    (void)state;
    assert_int_equal(stk_unit_parse_ms(&value, "250ms"), 0);
    assert_int_equal(value, 250);
    assert_int_equal(stk_unit_parse_ms(&value, "2s"), 0);
    assert_int_equal(value, 2000);
    assert_int_equal(stk_unit_parse_ms(&value, "3m"), 0);
    assert_int_equal(value, 180000);
    assert_int_equal(stk_unit_parse_ms(&value, "1h"), 0);
    assert_int_equal(value, 3600000);
}

static void
test_parse__refuses_anything_else(void **state)
{
    static const char *const wrong[] = {
        "",    "M",    "-1",    "+1", " 1",  "1 ",
        "01",  "1.5G", "0x10",  "1k", "1MB", "1mb",
        "1 M", "1e3",  "1,000", "½",  "１",  "9999999999999",
        "1MM", "1\nM",
    };
    uint64_t value = 7;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        assert_int_equal(stk_unit_parse_bytes(&value, wrong[i]), -1);
        assert_int_equal(stk_unit_parse_ms(&value, wrong[i]), -1);
        assert_int_equal(stk_unit_parse_number(&value, wrong[i]), -1);
    }
    assert_int_equal(stk_unit_parse_ms(&value, "5"), -1); /* of what? */
    assert_int_equal(stk_unit_parse_number(&value, "5K"), -1);
    assert_int_equal(value, 7);
}

static void
test_parse__what_does_not_fit_is_refused(void **state)
{
    uint64_t value = 7;

    (void)state;
    assert_int_equal(stk_unit_parse_bytes(&value, "999999999999T"), -1);
    assert_int_equal(value, 7);
    assert_int_equal(stk_unit_parse_bytes(&value, "999999999999"), 0);
    assert_int_equal(value, 999999999999);
}

static void
test_show__is_short_and_exact(void **state)
{
    char text[STK_UNIT_TEXT_MAX];

    (void)state;
    assert_string_equal(stk_unit_bytes(text, 0), "0");
    assert_string_equal(stk_unit_bytes(text, 1536), "1536");
    assert_string_equal(stk_unit_bytes(text, 512ull << 20), "512M");
    assert_string_equal(stk_unit_bytes(text, 1ull << 40), "1T");
    assert_string_equal(stk_unit_ms(text, 1500), "1500ms");
    assert_string_equal(stk_unit_ms(text, 2000), "2s");
    assert_string_equal(stk_unit_ms(text, 7200000), "2h");
    assert_string_equal(stk_unit_ms(text, 0), "0ms");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes__are_counted_by_1024),
        cmocka_unit_test(test_ms__have_four_units),
        cmocka_unit_test(test_parse__refuses_anything_else),
        cmocka_unit_test(test_parse__what_does_not_fit_is_refused),
        cmocka_unit_test(test_show__is_short_and_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
