/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options.c: one table drives reading and help. */
#include "cli/options.h"

#include <getopt.h>

#include "unit.h"

enum { OPT_LONG = CLI_LONG + 1 };

static const cli_option options[] = {
    { 'p', "policy", "FILE", "a letter and a name" },
    { 'm', NULL, "MODULE", "a letter alone" },
    { OPT_LONG, "strict", NULL, "a name alone" },
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};
static const cli_command command = { "test", "FILE", "a test", options, NULL };

#define START(line, ...)                                                      \
    static char *argv_[] = { (char *)"test", __VA_ARGS__, NULL };             \
    cli_line_start((line), &command,                                          \
                   (int)(sizeof argv_ / sizeof argv_[0]) - 1, argv_)
#define S(text) ((char *)(text))

static void
test_next__letters_and_names_give_the_same(void **state)
{
    cli_line line;

    (void)state;
    START(&line, S("-p"), S("a"), S("--policy"), S("b"), S("--policy=c"),
          S("--strict"));
    assert_int_equal(cli_next(&line), 'p');
    assert_string_equal(optarg, "a");
    assert_int_equal(cli_next(&line), 'p');
    assert_string_equal(optarg, "b");
    assert_int_equal(cli_next(&line), 'p');
    assert_string_equal(optarg, "c");
    assert_int_equal(cli_next(&line), OPT_LONG);
    assert_int_equal(cli_next(&line), -1);
}

static void
test_next__options_may_follow_operands(void **state)
{
    cli_line line;

    (void)state;
    START(&line, S("file"), S("--strict"));
    assert_int_equal(cli_next(&line), OPT_LONG);
    assert_int_equal(cli_next(&line), -1);
    assert_int_equal(cli_operands(&line, 1, 1), 1);
    assert_string_equal(line.argv[optind], "file");
}

static void
test_next__in_order_the_first_operand_ends_the_options(void **state)
{
    cli_line line;

    (void)state;
    START(&line, S("script"), S("--strict"));
    line.in_order = true;
    assert_int_equal(cli_next(&line), -1);
    assert_string_equal(line.argv[optind], "script");
    assert_int_equal(cli_operands(&line, 1, 0), 2);
}

static void
test_next__two_dashes_end_the_options(void **state)
{
    cli_line line;

    (void)state;
    START(&line, S("--"), S("--strict"));
    assert_int_equal(cli_next(&line), -1);
    assert_string_equal(line.argv[optind], "--strict");
}

static void
test_next__format_is_read_here(void **state)
{
    cli_line line;

    (void)state;
    START(&line, S("--format"), S("json"), S("x"));
    assert_int_equal(cli_next(&line), -1);
    assert_true(line.json);
}

static void
test_next__an_unknown_format_is_a_usage_error(void **state)
{
    cli_line line;

    (void)state;
    START(&line, S("--format=jsn"));
    assert_int_equal(cli_next(&line), CLI_STOP);
    assert_int_equal(line.status, CLI_USAGE);
}

/* Standard output belongs to the test protocol: help goes to a file. */
static void
test_next__help_stops_with_success(void **state)
{
    FILE *file = tmpfile();
    char text[1024] = "";
    int kept = dup(1), found;
    cli_line line;

    (void)state;
    assert_non_null(file);
    START(&line, S("--help"));
    fflush(stdout);
    dup2(fileno(file), 1);
    found = cli_next(&line);
    fflush(stdout);
    dup2(kept, 1);
    close(kept);
    assert_int_equal(found, CLI_STOP);
    assert_int_equal(line.status, CLI_GOOD);
    rewind(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    for (const cli_option *o = options; o->id; o++)
        assert_non_null(strstr(text, o->help));
}

static void
stops_with_usage(char *first)
{
    char *argv[] = { S("test"), first, NULL };
    cli_line line;

    cli_line_start(&line, &command, 2, argv);
    assert_int_equal(cli_next(&line), CLI_STOP);
    assert_int_equal(line.status, CLI_USAGE);
}

static void
test_next__what_it_does_not_know_is_a_usage_error(void **state)
{
    (void)state;
    stops_with_usage(S("--stict"));
    stops_with_usage(S("-x"));
    stops_with_usage(S("-p"));
    stops_with_usage(S("--policy"));
    stops_with_usage(S("--strict=yes"));
    stops_with_usage(S("--\x1b[2J"));
}

static void
test_operands__too_few_and_too_many_are_usage_errors(void **state)
{
    cli_line line;

    (void)state;
    START(&line, S("a"), S("b"));
    assert_int_equal(cli_next(&line), -1);
    assert_int_equal(cli_operands(&line, 3, 0), CLI_STOP);
    assert_int_equal(line.status, CLI_USAGE);
    line.status = 0;
    assert_int_equal(cli_operands(&line, 0, 1), CLI_STOP);
    assert_int_equal(line.status, CLI_USAGE);
    assert_int_equal(cli_operands(&line, 2, 2), 2);
}

/* `asked` counts; --strict is refused with an exit code, -m with a status. */
static int
take(cli_line *line, void *asked, int option)
{
    ++*(int *)asked;
    if (option == 'm') {
        line->status = CLI_MACHINE;
        return CLI_STOP;
    }
    return option == OPT_LONG ? CLI_NO : CLI_GOOD;
}

static void
test_take__each_option_until_the_operands_begin(void **state)
{
    cli_line line;
    int taken = 0;

    (void)state;
    START(&line, S("-p"), S("a"), S("-p"), S("b"), S("file"));
    assert_true(cli_take_options(&line, take, &taken));
    assert_int_equal(taken, 2);
    assert_string_equal(line.argv[optind], "file");
}

static void
test_take__stops_at_one_that_is_refused(void **state)
{
    cli_line line;
    int taken = 0;

    (void)state;
    START(&line, S("--strict"), S("-p"), S("a"));
    assert_false(cli_take_options(&line, take, &taken));
    assert_int_equal(line.status, CLI_NO);
    assert_int_equal(taken, 1);
}

static void
test_take__leaves_a_status_that_was_set(void **state)
{
    cli_line line;
    int taken = 0;

    (void)state;
    START(&line, S("-m"), S("a"), S("-p"), S("a"));
    assert_false(cli_take_options(&line, take, &taken));
    assert_int_equal(line.status, CLI_MACHINE);
    assert_int_equal(taken, 1);
}

static void
test_take__help_and_what_is_unknown_end_it(void **state)
{
    cli_line line;
    int taken = 0;

    (void)state;
    {
        START(&line, S("--help"));
        assert_false(cli_take_options(&line, take, &taken));
        assert_int_equal(line.status, CLI_GOOD);
    }
    {
        START(&line, S("--nonsense"));
        assert_false(cli_take_options(&line, take, &taken));
        assert_int_equal(line.status, CLI_USAGE);
    }
    assert_int_equal(taken, 0);
}

static void
test_nearest__names_the_word_or_nothing(void **state)
{
    static const char *const words[] = { "check", "explain", NULL };
    char text[64];

    (void)state;
    assert_string_equal(cli_nearest(text, sizeof text, "chekc", words),
                        "; did you mean check?");
    assert_string_equal(cli_nearest(text, sizeof text, "sign", words), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next__letters_and_names_give_the_same),
        cmocka_unit_test(test_next__options_may_follow_operands),
        cmocka_unit_test(
            test_next__in_order_the_first_operand_ends_the_options),
        cmocka_unit_test(test_next__two_dashes_end_the_options),
        cmocka_unit_test(test_next__format_is_read_here),
        cmocka_unit_test(test_next__an_unknown_format_is_a_usage_error),
        cmocka_unit_test(test_next__help_stops_with_success),
        cmocka_unit_test(test_next__what_it_does_not_know_is_a_usage_error),
        cmocka_unit_test(test_operands__too_few_and_too_many_are_usage_errors),
        cmocka_unit_test(test_take__each_option_until_the_operands_begin),
        cmocka_unit_test(test_take__stops_at_one_that_is_refused),
        cmocka_unit_test(test_take__leaves_a_status_that_was_set),
        cmocka_unit_test(test_take__help_and_what_is_unknown_end_it),
        cmocka_unit_test(test_nearest__names_the_word_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
