/* SPDX-License-Identifier: Apache-2.0 */
/* cli/pythons.c: a Python is what answers as one. */
#include "cli/pythons.h"

#include <sys/stat.h>

#include "unit.h"

/* `told` collects "VERSION EXECUTABLE;" of what is found. */
static char told[1024];

static void
collect(void *payload, const cli_python *found)
{
    size_t used = strlen(told);

    (void)payload;
    snprintf(told + used, sizeof told - used, "%s %s;", found->version,
             found->executable);
}

static void
write_script(void **state, const char *name, const char *body)
{
    char text[512];

    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", body);
    assert_int_equal(chmod(unit_write(state, name, text, strlen(text)), 0755),
                     0);
}

/* Only the test's folder is searched. */
static void
search(void **state)
{
    setenv("PATH", *state, 1);
    setenv("PYENV_ROOT", *state, 1);
    told[0] = '\0';
    cli_each_python(collect, NULL);
}

static void
test_each__oldest_first_by_what_they_say(void **state)
{
    write_script(state, "python3.10", "echo 3.10.2 cpython; echo /x/ten");
    write_script(state, "python3.9", "echo 3.9.1 cpython; echo /x/nine");
    search(state);
    assert_string_equal(told, "3.9.1 /x/nine;3.10.2 /x/ten;");
}

static void
test_each__what_is_no_supported_python_is_left_out(void **state)
{
    write_script(state, "python3.7", "echo 3.7.1 cpython; echo /x/seven");
    write_script(state, "python3.8", "echo no such version >&2; exit 127");
    write_script(state, "python3.9", "echo 3.11.2 cpython; echo /x/other");
    write_script(state, "python3.10", "echo 3.10.1 pypy; echo /x/pypy");
    write_script(state, "python3.11", "echo 3.11.1 cpython; echo relative");
    write_script(state, "python3.12", "echo 3.12.1 cpython");
    search(state);
    assert_string_equal(told, "");
}

static void
test_each__nothing_that_cannot_be_run_is_found(void **state)
{
    unit_write(state, "python3.9", "text", 4);
    assert_int_equal(mkdir(unit_path(state, "python3.10"), 0755), 0);
    search(state);
    assert_string_equal(told, "");
}

static void
test_each__versions_of_pyenv_are_found_once_each(void **state)
{
    static const char *const folders[] = {
        "versions",       "versions/3.9.5",     "versions/3.9.5/bin",
        "versions/3.9.6", "versions/3.9.6/bin",
    };

    for (size_t i = 0; i < UNIT_COUNT(folders); i++)
        assert_int_equal(mkdir(unit_path(state, folders[i]), 0755), 0);
    write_script(state, "python3.9", "echo 3.9.5 cpython; echo /x/five");
    write_script(state, "versions/3.9.5/bin/python3.9",
                 "echo 3.9.5 cpython; echo /x/five");
    write_script(state, "versions/3.9.6/bin/python3.9",
                 "echo 3.9.6 cpython; echo /x/six");
    search(state);
    assert_string_equal(told, "3.9.5 /x/five;3.9.6 /x/six;");
}

static void
test_each__one_that_talks_without_end_is_stopped(void **state)
{
    write_script(state, "python3.9", "while :; do echo 3.9.1 cpython; done");
    search(state);
    assert_string_equal(told, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_each__oldest_first_by_what_they_say),
        unit_test_in_folder(
            test_each__what_is_no_supported_python_is_left_out),
        unit_test_in_folder(test_each__nothing_that_cannot_be_run_is_found),
        unit_test_in_folder(test_each__versions_of_pyenv_are_found_once_each),
        unit_test_in_folder(test_each__one_that_talks_without_end_is_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
