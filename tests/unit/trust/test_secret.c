/* SPDX-License-Identifier: Apache-2.0 */
/* Secret keys in minisign's format. */
#include "trust/secret.h"

#include <sys/stat.h>

#include "unit.h"

/* made with minisign 0.11 -G -W */
#define OPEN_PUBLIC "RWQWWSiPuNugY2zzI7CRRQ2g1ln4iBlHiZwV2NWsOeXwc36864BKZlXQ"
#define COMMENT     "untrusted comment: minisign encrypted secret key\n"
#define OPEN                                                                  \
    COMMENT                                                                   \
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"      \
    "AAAAAAFlkoj7jboGPplsCHmIQ9gilClU7UHI4ZYbBXsPbiFfOCfKsYmH4p4GzzI7CR"      \
    "RQ2g1ln4iBlHiZwV2NWsOeXwc36864BKZlXQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"      \
    "AAAAAAAAAAAAA="                                                          \
    "\n"

/* scrypt as cheap as it can be: what it costs is minisign's business */
static const stk_secret_cost cheap = { 32768, 16777216 };

static stk_secret_text
load(void **state, const char *text)
{
    stk_secret_text out = { NULL, 0, false };
    stk_error err = STK_ERROR_INIT;
    const char *path = unit_write(state, "x.key", text, strlen(text));

    if (stk_secret_text_load(&out, path, &err) < 0)
        fail_msg("%s", err.message);
    return out;
}

static void
test_read__takes_minisign_s_open_key(void **state)
{
    stk_secret_text text = load(state, OPEN);
    stk_secret_key *key = NULL;
    char public_key[STK_PUBLIC_KEY_LENGTH + 1];

    assert_false(stk_secret_text_is_encrypted(&text));
    assert_int_equal(stk_secret_key_read(&key, &text, NULL, 0, NULL), 0);
    assert_string_equal(stk_public_key_text(public_key, &key->public_key),
                        OPEN_PUBLIC);
    stk_secret_key_free(key);
    stk_secret_text_clear(&text);
    assert_null(text.data);
}

static void
assert_no_key(void **state, const char *content, const char *expected)
{
    stk_secret_text text = load(state, content);
    stk_error err = STK_ERROR_INIT;
    stk_secret_key *key = NULL;

    assert_true(stk_secret_key_read(&key, &text, NULL, 0, &err) < 0);
    assert_null(key);
    if (!strstr(err.message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, err.message);
    stk_secret_text_clear(&text);
}

static void
test_read__refuses_what_is_no_secret_key(void **state)
{
    char damaged[] = OPEN;

    assert_no_key(state, "", "is no secret key file");
    assert_no_key(state, COMMENT, "is no secret key file");
    assert_no_key(state, COMMENT OPEN_PUBLIC "\n", "is a public key; to sign");
    assert_no_key(state, OPEN "x", "is no secret key file");
    assert_no_key(state, "x" OPEN, "is no secret key file");
    /* the public half that it carries is not its own */
    *strstr(damaged, "GzzI7C") = 'H';
    assert_no_key(state, damaged, "is damaged");
}

static void
test_print__open_keys_are_as_minisign_s(void **state)
{
    stk_secret_text text = load(state, OPEN), again;
    stk_secret_key *key = NULL;

    assert_int_equal(stk_secret_key_read(&key, &text, NULL, 0, NULL), 0);
    assert_int_equal(stk_secret_key_print(&again, key, NULL, 0, NULL, NULL),
                     0);
    assert_int_equal(again.length, strlen(OPEN));
    assert_memory_equal(again.data, OPEN, again.length);
    stk_secret_text_clear(&again);
    stk_secret_text_clear(&text);
    stk_secret_key_free(key);
}

static void
test_print__a_passphrase_opens_it_and_nothing_else_does(void **state)
{
    stk_secret_key *key = NULL, *again = NULL;
    stk_secret_text text;
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_int_equal(stk_secret_key_new(&key, NULL), 0);
    assert_int_equal(
        stk_secret_key_print(&text, key, "geheim", 6, &cheap, NULL), 0);
    assert_true(stk_secret_text_is_encrypted(&text));
    assert_int_equal(stk_secret_key_read(&again, &text, "geheim", 6, NULL), 0);
    assert_memory_equal(again->secret, key->secret, 64);
    assert_memory_equal(&again->public_key, &key->public_key,
                        sizeof key->public_key);
    stk_secret_key_free(again);
    again = NULL;
    assert_int_equal(stk_secret_key_read(&again, &text, "Geheim", 6, &err),
                     -STK_E_INVALID);
    assert_string_equal(err.message, "wrong passphrase");
    assert_int_equal(stk_secret_key_read(&again, &text, NULL, 0, &err),
                     -STK_E_INVALID);
    assert_string_equal(err.message, "is encrypted: a passphrase is needed");
    assert_null(again);
    stk_secret_text_clear(&text);
    stk_secret_key_free(key);
}

/* made with minisign 0.11 -G, then with a memory limit of 2^62 bytes */
static void
test_read__refuses_to_spend_what_a_file_says(void **state)
{
    static const char greedy[] = COMMENT "RWRTY0IyS9Ev0XKSFzPm7zXfm3Y6jwFvHKb2"
                                         "cSd/D3GBOomNjCYAAAACAAAAAAAAAAAAAA"
                                         "BA9caJVXXFEJlGgqHdf3RSkkeVl0jF2EowFU"
                                         "21vuYcMUXlnxkzSsfRw6W+ioFrqFmGaHQg"
                                         "9v1uvX0VOtUQkezPZAnnuC2dHsSI2j4AgsV7"
                                         "lXyuheduQGNhP2ckD38R+Jf2XtoaCaaB15"
                                         "g=\n";
    stk_secret_text text = load(state, greedy);
    stk_secret_key *key = NULL;
    stk_error err = STK_ERROR_INIT;

    assert_true(stk_secret_text_is_encrypted(&text));
    assert_int_equal(stk_secret_key_read(&key, &text, "pw", 2, &err),
                     -STK_E_LIMIT);
    assert_string_equal(err.message,
                        "asks for more work than minisign ever does");
    stk_secret_text_clear(&text);
}

static void
test_load__says_who_else_can_read_it(void **state)
{
    const char *path = unit_write(state, "x.key", OPEN, strlen(OPEN));
    stk_secret_text text;

    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(stk_secret_text_load(&text, path, NULL), 0);
    assert_false(text.exposed);
    stk_secret_text_clear(&text);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(stk_secret_text_load(&text, path, NULL), 0);
    assert_true(text.exposed);
    stk_secret_text_clear(&text);
}

static void
test_load__is_bounded(void **state)
{
    char *big = calloc(1, STK_KEY_FILE_MAX + 1);
    const char *path = unit_write(state, "big", big, STK_KEY_FILE_MAX + 1);
    stk_error err = STK_ERROR_INIT;
    stk_secret_text text;

    assert_int_equal(stk_secret_text_load(&text, path, &err), -STK_E_LIMIT);
    assert_int_equal(stk_secret_text_load(&text, *state, &err), -STK_E_IO);
    assert_string_equal(err.message, "is a directory");
    assert_int_equal(
        stk_secret_text_load(&text, unit_path(state, "none"), &err),
        -STK_E_IO);
    free(big);
}

static void
test_take__tells_a_secret_key_from_any_file(void **state)
{
    static const char *const others[] = { "", COMMENT,
                                          COMMENT OPEN_PUBLIC "\n", OPEN "x",
                                          "x" OPEN };
    stk_secret_text text = { NULL, 0, false };

    (void)state;
    assert_int_equal(stk_secret_text_take(&text, OPEN, strlen(OPEN), NULL), 1);
    assert_memory_equal(text.data, OPEN, strlen(OPEN));
    assert_false(stk_secret_text_is_encrypted(&text));
    stk_secret_text_clear(&text);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(
            stk_secret_text_take(&text, others[i], strlen(others[i]), NULL),
            0);
        assert_null(text.data);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_read__takes_minisign_s_open_key),
        unit_test_in_folder(test_read__refuses_what_is_no_secret_key),
        unit_test_in_folder(test_print__open_keys_are_as_minisign_s),
        cmocka_unit_test(
            test_print__a_passphrase_opens_it_and_nothing_else_does),
        unit_test_in_folder(test_read__refuses_to_spend_what_a_file_says),
        unit_test_in_folder(test_load__says_who_else_can_read_it),
        unit_test_in_folder(test_load__is_bounded),
        cmocka_unit_test(test_take__tells_a_secret_key_from_any_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
