/* SPDX-License-Identifier: Apache-2.0 */
/* cli/release.c: what a signature is told of what it signs. */
#include "cli/release.h"

#include <getopt.h>

#include "cli/output.h"

#include "unit.h"

static const cli_command self = { .name = "sign" };

static void
test_sequence__is_a_number(void **state)
{
    uint64_t sequence = 7;

    (void)state;
    assert_int_equal(cli_release_sequence(&self, &sequence, "12"), CLI_GOOD);
    assert_int_equal(sequence, 12);
    assert_int_equal(cli_release_sequence(&self, &sequence, "-1"), CLI_USAGE);
    assert_int_equal(cli_release_sequence(&self, &sequence, ""), CLI_USAGE);
    assert_int_equal(sequence, 12);
}

static void
test_moment__a_day_may_end_with_its_last_second(void **state)
{
    int64_t first = 0, last = 0;

    (void)state;
    assert_int_equal(
        cli_release_moment(&self, &first, "date", "2027-01-15", false),
        CLI_GOOD);
    assert_int_equal(
        cli_release_moment(&self, &last, "expires", "2027-01-15", true),
        CLI_GOOD);
    assert_int_equal(last - first, 86399);
    assert_int_equal(
        cli_release_moment(&self, &last, "expires", "tomorrow", true),
        CLI_USAGE);
}

static void
test_optimize__adds_up(void **state)
{
    unsigned bits = 0;

    (void)state;
    assert_int_equal(cli_release_optimize(&self, &bits, "2"), CLI_GOOD);
    assert_int_equal(cli_release_optimize(&self, &bits, "0"), CLI_GOOD);
    assert_int_equal(bits, 5);
    assert_int_equal(cli_release_optimize(&self, &bits, "3"), CLI_USAGE);
    assert_int_equal(cli_release_optimize(&self, &bits, "01"), CLI_USAGE);
    assert_int_equal(cli_release_optimize(&self, &bits, ""), CLI_USAGE);
    assert_int_equal(bits, 5);
}

static void
test_word__has_no_blanks(void **state)
{
    const char *word = "before";

    (void)state;
    assert_int_equal(cli_release_word(&self, &word, "version", "2024-05"),
                     CLI_GOOD);
    assert_string_equal(word, "2024-05");
    assert_int_equal(cli_release_word(&self, &word, "version", "a b"),
                     CLI_USAGE);
    assert_int_equal(cli_release_word(&self, &word, "version", "a\nb"),
                     CLI_USAGE);
    assert_string_equal(word, "2024-05");
}

static void
test_add__so_often_and_no_more(void **state)
{
    const char *list[2] = { NULL, NULL };
    size_t n = 0;
    char word[] = "python3.8";

    (void)state;
    optarg = word;
    assert_int_equal(cli_release_add(&self, list, &n, 2, "python"), CLI_GOOD);
    assert_int_equal(cli_release_add(&self, list, &n, 2, "python"), CLI_GOOD);
    assert_string_equal(list[1], "python3.8");
    assert_int_equal(cli_release_add(&self, list, &n, 2, "python"), CLI_USAGE);
    assert_int_equal(n, 2);
}

static void
test_clock__is_that_of_a_build_that_is_made_again(void **state)
{
    (void)state;
    assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1234567890", 1), 0);
    assert_int_equal(cli_release_clock(), 1234567890);
    assert_int_equal(setenv("SOURCE_DATE_EPOCH", "soon", 1), 0);
    assert_true(cli_release_clock() > 1234567890);
    assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
    assert_true(cli_release_clock() > 1234567890);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequence__is_a_number),
        cmocka_unit_test(test_moment__a_day_may_end_with_its_last_second),
        cmocka_unit_test(test_word__has_no_blanks),
        cmocka_unit_test(test_optimize__adds_up),
        cmocka_unit_test(test_add__so_often_and_no_more),
        cmocka_unit_test(test_clock__is_that_of_a_build_that_is_made_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
