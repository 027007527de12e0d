/* SPDX-License-Identifier: Apache-2.0 */
/* cli/release.c: what a signature is told of what it signs. */
#include "cli/release.h"

#include <getopt.h>

#include "cli/output.h"

#include "unit.h"

static const cli_command self = { .name = "sign" };

static int
take(cli_release *out, int option, const char *text)
{
    return cli_release_take(&self, out, option, text);
}

static void
test_sequence__is_a_number(void **state)
{
    cli_release r = { .sequence = 7 };

    (void)state;
    assert_int_equal(take(&r, CLI_RELEASE_SEQUENCE, "12"), CLI_GOOD);
    assert_int_equal(r.sequence, 12);
    assert_int_equal(take(&r, CLI_RELEASE_SEQUENCE, "-1"), CLI_USAGE);
    assert_int_equal(take(&r, CLI_RELEASE_SEQUENCE, ""), CLI_USAGE);
    assert_int_equal(r.sequence, 12);
}

static void
test_moment__expires_with_the_last_second_of_a_day(void **state)
{
    cli_release r = { 0 };

    (void)state;
    assert_int_equal(take(&r, CLI_RELEASE_DATE, "2027-01-15"), CLI_GOOD);
    assert_int_equal(take(&r, CLI_RELEASE_EXPIRES, "2027-01-15"), CLI_GOOD);
    assert_int_equal(r.expires - r.signed_at, 86399);
    assert_int_equal(take(&r, CLI_RELEASE_EXPIRES, "tomorrow"), CLI_USAGE);
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
    cli_release r = { 0 };

    (void)state;
    assert_int_equal(take(&r, CLI_RELEASE_VERSION, "2024-05"), CLI_GOOD);
    assert_int_equal(take(&r, CLI_RELEASE_CONTEXT, "prod"), CLI_GOOD);
    assert_string_equal(r.version, "2024-05");
    assert_string_equal(r.context, "prod");
    assert_int_equal(take(&r, CLI_RELEASE_VERSION, "a b"), CLI_USAGE);
    assert_int_equal(take(&r, CLI_RELEASE_CONTEXT, "a\nb"), CLI_USAGE);
    assert_string_equal(r.version, "2024-05");
    assert_string_equal(r.context, "prod");
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

static int64_t
stamp(int64_t given)
{
    cli_release r = { .signed_at = given };

    cli_release_stamp(&r);
    return r.signed_at;
}

static void
test_stamp__is_that_of_a_build_that_is_made_again(void **state)
{
    (void)state;
    assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1234567890", 1), 0);
    assert_int_equal(stamp(0), 1234567890);
    assert_int_equal(stamp(12), 12);
    assert_int_equal(setenv("SOURCE_DATE_EPOCH", "soon", 1), 0);
    assert_true(stamp(0) > 1234567890);
    assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
    assert_true(stamp(0) > 1234567890);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequence__is_a_number),
        cmocka_unit_test(test_moment__expires_with_the_last_second_of_a_day),
        cmocka_unit_test(test_word__has_no_blanks),
        cmocka_unit_test(test_optimize__adds_up),
        cmocka_unit_test(test_add__so_often_and_no_more),
        cmocka_unit_test(test_stamp__is_that_of_a_build_that_is_made_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
