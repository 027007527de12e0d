/* SPDX-License-Identifier: Apache-2.0 */
/* Code is what importlib would compile; nothing of it runs. */
#include "cli/compile.h"

#include <stdbool.h>
#include <sys/stat.h>

#include "unit.h"

static cli_compiler *
start(void)
{
    cli_compiler *compiler = NULL;
    stk_error err = STK_ERROR_INIT;

    if (cli_compiler_new(&compiler, UNIT_PYTHON, &err) < 0)
        fail_msg("%s", err.message);
    return compiler;
}

/* The code of a text, at -O level 0. Freed by free(). */
static void *
compile_text(cli_compiler *compiler, const char *text, size_t *length)
{
    stk_error err = STK_ERROR_INIT;
    void *code = NULL;

    if (cli_compile(&code, length, compiler, "shop/cart.py", text,
                    strlen(text), 0, &err) != 0)
        fail_msg("%s", err.message);
    return code;
}

static bool
has_text(const void *code, size_t length, const char *text)
{
    return memmem(code, length, text, strlen(text)) != NULL;
}

static void
test_new__says_which_python_it_is(void **state)
{
    cli_compiler *compiler = start();
    const cli_compiler_python *python = cli_compiler_of(compiler);

    (void)state;
    assert_string_equal(python->file, UNIT_PYTHON);
    assert_int_equal(strncmp(python->cache_tag, "cpython-3", 9), 0);
    assert_memory_equal(python->magic + 2, "\r\n", 2);
    cli_compiler_freep(&compiler);
    assert_null(compiler);
    cli_compiler_freep(&compiler);
}

static void
test_compile__gives_the_same_code_each_time(void **state)
{
    static const char text[] = "def f(x):\n"
                               "    return x in {'a', 'b', 'c', 'd', 'e'}\n";
    cli_compiler *one = start(), *other = start();
    size_t length, again;
    void *code = compile_text(one, text, &length);
    void *same = compile_text(other, text, &again);

    (void)state;
    assert_int_equal(length, again);
    assert_memory_equal(code, same, length);
    assert_true(has_text(code, length, "shop/cart.py"));
    free(code);
    free(same);
    cli_compiler_freep(&one);
    cli_compiler_freep(&other);
}

static void
test_compile__optimises_as_asked(void **state)
{
    static const char text[] = "'a docstring'\nassert 0, 'an assertion'\n";
    cli_compiler *compiler = start();
    stk_error err = STK_ERROR_INIT;
    size_t length;
    void *code;

    (void)state;
    for (unsigned level = 0; level <= 2; level++) {
        assert_int_equal(cli_compile(&code, &length, compiler, "a.py", text,
                                     sizeof text - 1, level, &err),
                         0);
        assert_int_equal(has_text(code, length, "an assertion"), level < 1);
        assert_int_equal(has_text(code, length, "a docstring"), level < 2);
        free(code);
    }
    cli_compiler_freep(&compiler);
}

static void
test_compile__takes_the_encoding_of_the_source(void **state)
{
    cli_compiler *compiler = start();
    size_t length;
    void *code = compile_text(
        compiler, "# coding: latin-1\nx = 'caf\xe9 or not'\n", &length);

    (void)state;
    assert_true(has_text(code, length, "caf\xe9 or not") ||
                has_text(code, length, "caf\xc3\xa9 or not"));
    free(code);
    cli_compiler_freep(&compiler);
}

static void
test_compile__says_what_does_not_compile_and_goes_on(void **state)
{
    cli_compiler *compiler = start();
    stk_error err = STK_ERROR_INIT;
    size_t length;
    void *code = NULL;

    (void)state;
    assert_int_equal(
        cli_compile(&code, &length, compiler, "a.py", "x = (", 5, 0, &err), 1);
    assert_null(code);
    assert_int_equal(strncmp(err.message, "a.py: cpython-3", 15), 0);
    assert_non_null(strstr(err.message, "SyntaxError"));
    assert_int_equal(
        cli_compile(&code, &length, compiler, "a.py", "\0", 1, 0, &err), 1);
    free(compile_text(compiler, "", &length));
    cli_compiler_freep(&compiler);
}

/* Neither the source, nor what lies in the working folder, nor what the
 * environment says. */
static void
test_compile__runs_nothing(void **state)
{
    static const char evil[] = "open('ran', 'w')\n";
    static const char *const names[] = { "marshal.py", "warnings.py",
                                         "sitecustomize.py", "site.py" };
    char *before = get_current_dir_name();
    cli_compiler *compiler;
    size_t length;

    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        unit_write(state, names[i], evil, sizeof evil - 1);
    assert_int_equal(chdir(*state), 0);
    assert_int_equal(setenv("PYTHONPATH", *state, 1), 0);
    assert_int_equal(setenv("PYTHONSTARTUP", "site.py", 1), 0);
    compiler = start();
    free(compile_text(compiler, evil, &length));
    free(compile_text(compiler, "'\\d' is 1\n", &length)); /* warns */
    cli_compiler_freep(&compiler);
    unsetenv("PYTHONPATH");
    unsetenv("PYTHONSTARTUP");
    assert_int_equal(access("ran", F_OK), -1);
    assert_int_equal(access("__pycache__", F_OK), -1);
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void
assert_no_compiler(const char *python, const char *what)
{
    cli_compiler *compiler = NULL;
    stk_error err = STK_ERROR_INIT;

    assert_true(cli_compiler_new(&compiler, python, &err) < 0);
    assert_null(compiler);
    if (!strstr(err.message, what))
        fail_msg("\"%s\" does not say \"%s\"", err.message, what);
}

static const char *
write_program(void **state, const char *name, const char *text)
{
    const char *path = unit_write(state, name, text, strlen(text));

    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

static void
test_new__says_what_is_no_python(void **state)
{
    assert_no_compiler("/nowhere/python3", "cannot run: No such file");
    assert_no_compiler("no-such-python", "cannot run: No such file");
    assert_no_compiler("/bin/true", "is no Python that answers");
    assert_no_compiler(
        write_program(state, "loud", "#!/bin/sh\necho hello, hello\n"),
        "is no Python that answers");
    assert_no_compiler(
        write_program(state, "old",
                      "#!/bin/sh\nprintf 'p\\013\\0\\0\\0MAGI2.7\\0tag'\n"),
        "is Python 2.7, 3.8 is the oldest");
    assert_no_compiler(
        write_program(state, "tagless",
                      "#!/bin/sh\nprintf 'p\\010\\0\\0\\0MAGI3.9\\0'\n"),
        "has no cache tag");
}

static void
test_compile__says_that_the_python_is_gone(void **state)
{
    const char *python = write_program(
        state, "dies",
        "#!/bin/sh\nprintf 'p\\013\\0\\0\\0MAGI3.9\\0tag'\nread x\n");
    cli_compiler *compiler = NULL;
    stk_error err = STK_ERROR_INIT;
    size_t length;
    void *code;

    assert_int_equal(cli_compiler_new(&compiler, python, &err), 0);
    assert_string_equal(cli_compiler_of(compiler)->cache_tag, "tag");
    assert_true(cli_compile(&code, &length, compiler, "a.py", "x\n\n", 3, 0,
                            &err) < 0);
    assert_string_equal(err.file, "a.py");
    assert_non_null(strstr(err.message, "dies ended unexpectedly while it "
                                        "compiled this file; leave the file "
                                        "out, or have no code (--no-code)"));
    assert_true(cli_compile(&code, &length, compiler, "a.py", "x\n\n", 3, 0,
                            &err) < 0);
    cli_compiler_freep(&compiler);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new__says_which_python_it_is),
        cmocka_unit_test(test_compile__gives_the_same_code_each_time),
        cmocka_unit_test(test_compile__optimises_as_asked),
        cmocka_unit_test(test_compile__takes_the_encoding_of_the_source),
        cmocka_unit_test(test_compile__says_what_does_not_compile_and_goes_on),
        unit_test_in_folder(test_compile__runs_nothing),
        unit_test_in_folder(test_new__says_what_is_no_python),
        unit_test_in_folder(test_compile__says_that_the_python_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
