/* SPDX-License-Identifier: Apache-2.0 */
/* The key that a state file is kept under. */
#include "trust/statekey.h"

#include <sys/stat.h>

#include "unit.h"

#define DIGITS                                                                \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void
assert_refused(const char *path, const char *reason)
{
    unsigned char key[STK_STATEKEY_BYTES];
    char why[512] = "";

    assert_int_equal(stk_statekey_read(key, path, why, sizeof why), -1);
    assert_non_null(strstr(why, path));
    assert_non_null(strstr(why, reason));
}

static void
test_read__a_key_that_was_made_is_the_same(void **folder)
{
    const char *path = unit_path(folder, "key");
    unsigned char made[STK_STATEKEY_BYTES], key[STK_STATEKEY_BYTES];
    char why[512];
    struct stat st;

    assert_int_equal(stk_statekey_read(key, path, why, sizeof why), 0);
    assert_int_equal(stk_statekey_make(made, path, why, sizeof why), 0);
    assert_int_equal(stk_statekey_read(key, path, why, sizeof why), 1);
    assert_memory_equal(key, made, sizeof key);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* never over one that is there */
    assert_int_equal(stk_statekey_make(made, path, why, sizeof why), -1);
    assert_non_null(strstr(why, "cannot be made"));
}

static void
test_read__takes_one_spelling(void **folder)
{
    static const char *const wrong[] = {
        "", DIGITS, DIGITS "\n\n", DIGITS "0\n", " " DIGITS "\n", "xy\n",
    };
    unsigned char key[STK_STATEKEY_BYTES];
    char why[512];
    const char *path = unit_write(folder, "key", DIGITS "\n", sizeof DIGITS);

    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(stk_statekey_read(key, path, why, sizeof why), 1);
    assert_int_equal(key[31], 31);
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        unit_write(folder, "key", wrong[i], strlen(wrong[i]));
        assert_refused(path, "is none");
    }
}

static void
test_read__refuses_what_others_can_write_or_all_can_read(void **folder)
{
    const char *path = unit_write(folder, "key", DIGITS "\n", sizeof DIGITS);

    assert_int_equal(chmod(path, 0644), 0);
    assert_refused(path, "everybody may read");
    assert_int_equal(chmod(path, 0620), 0);
    assert_refused(path, "is writable by others");
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(path, "is no regular file");
}

static void
test_mac__is_of_every_byte_and_of_the_key(void **folder)
{
    unsigned char key[STK_STATEKEY_BYTES] = { 0 };
    char one[STK_STATEKEY_MAC], other[STK_STATEKEY_MAC];

    (void)folder;
    stk_statekey_mac(one, key, "abc", 3);
    assert_string_equal(stk_statekey_mac(other, key, "abc", 3), one);
    assert_int_equal(strlen(one), STK_STATEKEY_MAC - 1);
    assert_string_not_equal(stk_statekey_mac(other, key, "abd", 3), one);
    assert_string_not_equal(stk_statekey_mac(other, key, "ab", 2), one);
    key[31] = 1;
    assert_string_not_equal(stk_statekey_mac(other, key, "abc", 3), one);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_read__a_key_that_was_made_is_the_same),
        unit_test_in_folder(test_read__takes_one_spelling),
        unit_test_in_folder(
            test_read__refuses_what_others_can_write_or_all_can_read),
        cmocka_unit_test(test_mac__is_of_every_byte_and_of_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
