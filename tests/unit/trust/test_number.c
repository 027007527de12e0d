/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers: one spelling for each. */
#include "trust/number.h"

#include "unit.h"

static uint64_t
read_number(const char *text)
{
    uint64_t number = 0;

    return stk_number_read(&number, text, strlen(text)) ? number : UINT64_MAX;
}

static void
test_read__takes_digits(void **state)
{
    (void)state;
    assert_int_equal(read_number("0"), 0);
    assert_int_equal(read_number("7"), 7);
    assert_int_equal(read_number("1795322935"), 1795322935);
    assert_int_equal(read_number("9223372036854775807"), INT64_MAX);
}

static void
test_read__refuses_the_rest(void **state)
{
    static const char *const texts[] = {
        "",
        "00",
        "07",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "0x10",
        "1e3",
        "/",
        ":",
        "9223372036854775808",
        "92233720368547758070",
        "18446744073709551616",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++)
        if (read_number(texts[i]) != UINT64_MAX)
            fail_msg("\"%s\" was taken", texts[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read__takes_digits),
        cmocka_unit_test(test_read__refuses_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
