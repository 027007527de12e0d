/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys in minisign's format. */
#include "trust/key.h"

#include <sodium.h>

#include "unit.h"

/* made with minisign 0.11 -G */
#define ID      "63A0DBB88F285916"
#define TEXT    "RWQWWSiPuNugY2zzI7CRRQ2g1ln4iBlHiZwV2NWsOeXwc36864BKZlXQ"
#define COMMENT "untrusted comment: minisign public key " ID "\n"

static int
read_key(const char *text, stk_error *err)
{
    stk_public_key key;

    return stk_public_key_read(&key, text, strlen(text), err);
}

static void
test_parse__reads_minisign_s_key(void **state)
{
    stk_public_key key;
    char text[STK_PUBLIC_KEY_LENGTH + 1], id[STK_KEY_ID_TEXT];

    (void)state;
    assert_int_equal(stk_public_key_parse(&key, TEXT, strlen(TEXT), NULL), 0);
    assert_string_equal(stk_public_key_text(text, &key), TEXT);
    assert_string_equal(stk_key_id_text(id, key.id), ID);
}

static void
test_read__takes_a_file_or_a_line(void **state)
{
    (void)state;
    assert_int_equal(read_key(COMMENT TEXT "\n", NULL), 0);
    assert_int_equal(read_key(COMMENT TEXT, NULL), 0);
    assert_int_equal(read_key(TEXT "\n", NULL), 0);
    assert_int_equal(read_key("untrusted comment: x\r\n" TEXT "\r\n", NULL),
                     0);
}

static void
test_read__refuses_what_is_no_key_file(void **state)
{
    stk_error err = STK_ERROR_INIT;
    char *big = calloc(1, STK_KEY_FILE_MAX + 2);

    (void)state;
    assert_int_equal(read_key("", &err), -STK_E_INVALID);
    assert_int_equal(read_key(COMMENT, &err), -STK_E_INVALID);
    assert_int_equal(read_key(COMMENT TEXT "\n" TEXT "\n", &err),
                     -STK_E_INVALID);
    assert_int_equal(read_key(COMMENT COMMENT TEXT "\n", &err),
                     -STK_E_INVALID);
    assert_int_equal(read_key("untrusted comment: x", &err), -STK_E_INVALID);
    assert_string_equal(err.message, "is no public key file: one line only");
    memset(big, 'A', STK_KEY_FILE_MAX + 1);
    assert_int_equal(read_key(big, &err), -STK_E_INVALID);
    free(big);
}

static void
assert_no_key(const char *text, const char *expected)
{
    stk_error err = STK_ERROR_INIT;
    stk_public_key key;

    assert_int_equal(stk_public_key_parse(&key, text, strlen(text), &err),
                     -STK_E_INVALID);
    if (!strstr(err.message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, err.message);
}

static void
test_parse__refuses_other_text(void **state)
{
    (void)state;
    assert_no_key("RWQ", "has 56 characters, as RWQ..., not 3");
    assert_no_key(TEXT "\n", "not 57");
    /* ED: how signatures begin */
    assert_no_key("RUQWWSiPuNugY2zzI7CRRQ2g1ln4iBlHiZwV2NWsOeXwc36864BKZlXQ",
                  "begins with RW");
    assert_no_key("RWQWWSiPuNugY2zzI7CRRQ2g1ln4iBlHiZwV2NWsOeXwc36864BKZlX*",
                  "is no base64");
}

/* For a small-order key, R = 1 and S = 0 is a signature of every message. */
static void
test_parse__refuses_small_order_and_non_canonical_keys(void **state)
{
    static const unsigned char points[][32] = {
        { 0 },
        { 1 },
        { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
        { 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
          0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
          0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
        { 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
          0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
          0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
        { 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
        { 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
        { 2 }, /* no point of the curve */
    };
    char text[STK_PUBLIC_KEY_LENGTH + 1];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(points); i++) {
        stk_public_key key;

        memset(key.id, 1, sizeof key.id);
        memcpy(key.key, points[i], sizeof key.key);
        assert_no_key(stk_public_key_text(text, &key),
                      "not a point of the prime-order group");
        assert_int_equal(stk_public_key_load(&key, text, strlen(text), NULL),
                         -STK_E_INVALID);
        key.key[31] ^= 0x80; /* the other point of the same y */
        stk_public_key_text(text, &key);
        assert_int_equal(stk_public_key_load(&key, text, strlen(text), NULL),
                         -STK_E_INVALID);
    }
}

/* A point of the group, and one of order eight: nobody else can make such of
 * a key, and libsodium's verifying takes it. */
static void
test_load__takes_what_a_policy_is_not_slowed_down_for(void **state)
{
    static const unsigned char eight[32] = {
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
        0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
        0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05
    };
    char text[STK_PUBLIC_KEY_LENGTH + 1];
    stk_public_key key, mixed;

    (void)state;
    assert_int_equal(stk_public_key_load(&key, TEXT, strlen(TEXT), NULL), 0);
    assert_string_equal(stk_public_key_text(text, &key), TEXT);
    mixed = key;
    assert_int_equal(crypto_core_ed25519_add(mixed.key, key.key, eight), 0);
    stk_public_key_text(text, &mixed);
    assert_int_equal(stk_public_key_load(&key, text, strlen(text), NULL), 0);
    assert_no_key(text, "not a point of the prime-order group");
    assert_int_equal(stk_public_key_load(&key, "RWQ", 3, NULL),
                     -STK_E_INVALID);
}

static void
test_get__takes_the_key_or_its_file(void **state)
{
    stk_public_key key, again;
    stk_error err = STK_ERROR_INIT;
    const char *path = unit_write(state, "x.pub", COMMENT TEXT "\n",
                                  strlen(COMMENT TEXT "\n"));
    const char *bad = unit_write(state, "bad.pub", "hello\n", 6);

    assert_int_equal(stk_public_key_get(&key, TEXT, &err), 0);
    assert_int_equal(stk_public_key_get(&again, path, &err), 0);
    assert_true(stk_public_key_equal(&key, &again));
    assert_int_equal(stk_public_key_get(&key, bad, &err), -STK_E_INVALID);
    assert_string_equal(err.file, bad);
    assert_int_equal(stk_public_key_get(&key, unit_path(state, "x"), &err),
                     -STK_E_IO);
}

static void
test_equal__is_about_the_key_not_the_id(void **state)
{
    stk_public_key a, b;

    (void)state;
    assert_int_equal(stk_public_key_parse(&a, TEXT, strlen(TEXT), NULL), 0);
    b = a;
    b.id[0] ^= 1;
    assert_true(stk_public_key_equal(&a, &b));
    b.key[31] ^= 1;
    assert_false(stk_public_key_equal(&a, &b));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__reads_minisign_s_key),
        cmocka_unit_test(test_read__takes_a_file_or_a_line),
        cmocka_unit_test(test_read__refuses_what_is_no_key_file),
        cmocka_unit_test(test_parse__refuses_other_text),
        cmocka_unit_test(
            test_parse__refuses_small_order_and_non_canonical_keys),
        cmocka_unit_test(
            test_load__takes_what_a_policy_is_not_slowed_down_for),
        unit_test_in_folder(test_get__takes_the_key_or_its_file),
        cmocka_unit_test(test_equal__is_about_the_key_not_the_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
