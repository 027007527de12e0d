/* SPDX-License-Identifier: Apache-2.0 */
/* Passphrases from files. The terminal: tests/python/test_cli_keygen.py. */
#include "cli/passphrase.h"

#include "cli/command.h"
#include "unit.h"

static int
get(void **state, cli_passphrase *out, const char *text, size_t length,
    int fresh)
{
    const char *path = unit_write(state, "pass", text, length);

    return cli_passphrase_get(out, path, "", fresh);
}

static void
assert_passphrase(void **state, const char *text, const char *expected)
{
    cli_passphrase found = { NULL, 0 };

    assert_int_equal(get(state, &found, text, strlen(text), 1), CLI_GOOD);
    assert_int_equal(found.length, strlen(expected));
    assert_string_equal(found.text, expected);
    cli_passphrase_clear(&found);
    assert_null(found.text);
}

static void
test_get__takes_the_first_line(void **state)
{
    assert_passphrase(state, "geheim\n", "geheim");
    assert_passphrase(state, "geheim", "geheim");
    assert_passphrase(state, "ge heim \nrest\n", "ge heim ");
    assert_passphrase(state, "geheim\r\n", "geheim");
}

static void
test_get__refuses_none_and_too_long_a_one(void **state)
{
    char text[CLI_PASSPHRASE_MAX + 2];
    cli_passphrase found = { NULL, 0 };

    assert_int_equal(get(state, &found, "", 0, 0), CLI_NO);
    assert_int_equal(get(state, &found, "\n", 1, 1), CLI_NO);
    memset(text, 'a', sizeof text);
    assert_int_equal(get(state, &found, text, sizeof text, 0), CLI_NO);
    assert_null(found.text);
    assert_int_equal(get(state, &found, text, CLI_PASSPHRASE_MAX, 0),
                     CLI_GOOD);
    assert_int_equal(found.length, CLI_PASSPHRASE_MAX);
    cli_passphrase_clear(&found);
    assert_int_equal(
        cli_passphrase_get(&found, unit_path(state, "none"), "", 0), CLI_NO);
    /* an old key may have an empty one */
    assert_int_equal(get(state, &found, "\n", 1, 0), CLI_GOOD);
    assert_int_equal(found.length, 0);
    cli_passphrase_clear(&found);
}

static void
test_key__in_the_open_needs_none(void **state)
{
    stk_secret_key *key = NULL, *again = NULL;
    stk_secret_text text;
    const char *path;

    assert_int_equal(stk_secret_key_new(&key, NULL), 0);
    assert_int_equal(stk_secret_key_print(&text, key, NULL, 0, NULL, NULL), 0);
    path = unit_write(state, "x.key", text.data, text.length);
    assert_int_equal(cli_secret_key_load(&again, path, NULL), CLI_GOOD);
    assert_memory_equal(again->secret, key->secret, 64);
    stk_secret_key_free(again);
    stk_secret_key_free(key);
    stk_secret_text_clear(&text);
}

static void
test_key__with_a_passphrase_takes_it_from_the_file(void **state)
{
    static const stk_secret_cost cheap = { 32768, 16777216 };
    stk_secret_key *key = NULL, *again = NULL;
    const char *path, *good, *bad;
    stk_secret_text text;

    assert_int_equal(stk_secret_key_new(&key, NULL), 0);
    assert_int_equal(
        stk_secret_key_print(&text, key, "geheim", 6, &cheap, NULL), 0);
    path = unit_write(state, "x.key", text.data, text.length);
    good = unit_write(state, "good", "geheim\n", 7);
    bad = unit_write(state, "bad", "secret\n", 7);
    assert_int_equal(cli_secret_key_load(&again, path, bad), CLI_NO);
    assert_null(again);
    assert_int_equal(cli_secret_key_load(&again, path, good), CLI_GOOD);
    assert_memory_equal(again->secret, key->secret, 64);
    stk_secret_key_free(again);
    stk_secret_key_free(key);
    stk_secret_text_clear(&text);
}

static void
test_key__what_is_none_is_refused(void **state)
{
    stk_secret_key *key = NULL;

    assert_int_equal(cli_secret_key_load(&key, unit_path(state, "none"), NULL),
                     CLI_NO);
    assert_int_equal(
        cli_secret_key_load(&key, unit_write(state, "x", "hello\n", 6), NULL),
        CLI_NO);
    assert_null(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_get__takes_the_first_line),
        unit_test_in_folder(test_get__refuses_none_and_too_long_a_one),
        unit_test_in_folder(test_key__in_the_open_needs_none),
        unit_test_in_folder(
            test_key__with_a_passphrase_takes_it_from_the_file),
        unit_test_in_folder(test_key__what_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
