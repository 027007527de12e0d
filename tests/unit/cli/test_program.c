/* SPDX-License-Identifier: Apache-2.0 */
/* cli/program.c: where the options end and the program begins. */
#include "cli/program.h"

#include <getopt.h>

#include "unit.h"

static const cli_option options[] = {
    { 'p', "policy", "POLICY", "a policy" },
    CLI_PROGRAM_OPTIONS,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};
static const cli_command command = { "test", CLI_PROGRAM_OPERANDS, "a test",
                                     options, NULL };

/* Reads `words` as a command does; returns what cli_program_take() does. */
static int
take(cli_program *program, cli_line *line, const char *const *words)
{
    static char *argv[16];
    int argc = 0, option;

    argv[argc++] = (char *)"test";
    while (*words)
        argv[argc++] = (char *)*words++;
    argv[argc] = NULL;
    memset(program, 0, sizeof *program);
    cli_line_start(line, &command, argc, argv);
    line->in_order = true;
    while ((option = cli_next(line)) >= 0)
        if (option == 'm' || option == 'c')
            break;
    assert_int_not_equal(option, CLI_STOP);
    return cli_program_take(program, line, option);
}

static void
assert_program(const char *const *words, bool is_script,
               const char *const *expected)
{
    cli_program program;
    cli_line line;
    int n = 0;

    assert_int_equal(take(&program, &line, words), 0);
    assert_int_equal(program.is_script, is_script);
    for (; expected[n]; n++)
        assert_string_equal(program.argv[n], expected[n]);
    assert_int_equal(program.argc, n);
    assert_null(program.argv[n]);
    cli_program_clear(&program);
    assert_null(program.argv);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
test_take__what_follows_a_script_is_its_own(void **state)
{
    (void)state;
    assert_program(WORDS("a.py"), true, WORDS("a.py"));
    assert_program(WORDS("-p", "x", "a.py", "-p", "y", "--help"), true,
                   WORDS("a.py", "-p", "y", "--help"));
    assert_program(WORDS("a.py", "--", "-c"), true, WORDS("a.py", "--", "-c"));
}

static void
test_take__a_module_and_a_string_end_the_options(void **state)
{
    (void)state;
    assert_program(WORDS("-m", "mod", "-p", "y"), false,
                   WORDS("-m", "mod", "-p", "y"));
    assert_program(WORDS("-mmod", "x"), false, WORDS("-m", "mod", "x"));
    assert_program(WORDS("-p", "x", "-c", "pass"), false, WORDS("-c", "pass"));
    assert_program(WORDS("-c", "", "a"), false, WORDS("-c", "", "a"));
}

static void
test_take__two_dashes_make_anything_a_script(void **state)
{
    (void)state;
    assert_program(WORDS("--", "a.py", "b"), true, WORDS("a.py", "b"));
    assert_program(WORDS("--", "-m", "b"), true, WORDS("./-m", "b"));
}

static void
test_take__a_dash_is_standard_input(void **state)
{
    (void)state;
    assert_program(WORDS("-", "x"), true, WORDS("-", "x"));
}

static void
test_take__nothing_to_run_is_a_usage_error(void **state)
{
    cli_program program;
    cli_line line;

    (void)state;
    assert_int_equal(take(&program, &line, WORDS("-p", "x")), CLI_STOP);
    assert_int_equal(line.status, CLI_USAGE);
    cli_program_clear(&program);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take__what_follows_a_script_is_its_own),
        cmocka_unit_test(test_take__a_module_and_a_string_end_the_options),
        cmocka_unit_test(test_take__two_dashes_make_anything_a_script),
        cmocka_unit_test(test_take__a_dash_is_standard_input),
        cmocka_unit_test(test_take__nothing_to_run_is_a_usage_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
