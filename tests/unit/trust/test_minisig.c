/* SPDX-License-Identifier: Apache-2.0 */
/* One .minisig file, against what minisign 0.11 made, and attacks on it. */
#include "trust/minisig.h"

#include "trust/base64.h"

#include "signing.h"

/* `echo hi > mod.py; minisign -S`, made with minisign 0.11 */
#define PUBLIC "RWQWWSiPuNugY2zzI7CRRQ2g1ln4iBlHiZwV2NWsOeXwc36864BKZlXQ"
#define FIRST  "untrusted comment: signature from minisign secret key\n"
#define SECOND                                                                \
    "RUQWWSiPuNugY1QkY3Llx4UE7wI6NVHy1/QGeVPJbiQm71KvjD4qOyk1ge3Jc8IYxngrk0"  \
    "QUcKcvlP3C8dDNcqMPrpTRVUKUPg4=\n"
#define THIRD "trusted comment: timestamp:1795322935\tfile:mod.py\thashed\n"
#define FOURTH                                                                \
    "OnXKYTDP058GuAY0x1OQ8uhdZUvgI7u3X3Ym70X03BMgaWvzh8oSf+njpAHdOdLngN94"    \
    "T+GgztzD4GubnKSlDw==\n"
#define THEIRS FIRST SECOND THIRD FOURTH

static enum stk_trust
parse(stk_minisig *out, const char *text, size_t length)
{
    char why[STK_WHY_MAX];

    return stk_minisig_parse(out, text, length, why);
}

/* Of "hi\n", by PUBLIC. */
static enum stk_trust
verify(const char *text)
{
    stk_public_key key;
    stk_content content;
    stk_minisig sig;

    assert_int_equal(
        stk_public_key_parse(&key, PUBLIC, STK_PUBLIC_KEY_LENGTH, NULL), 0);
    stk_content_memory(&content, "hi\n", 3);
    if (parse(&sig, text, strlen(text)) != STK_TRUST_OK)
        return STK_TRUST_MALFORMED;
    return stk_minisig_verify(&sig, &key, &content);
}

static void
test_verify__takes_what_minisign_made(void **state)
{
    stk_minisig sig;

    (void)state;
    assert_int_equal(verify(THEIRS), STK_TRUST_OK);
    assert_int_equal(parse(&sig, THEIRS, strlen(THEIRS)), STK_TRUST_OK);
    assert_int_equal(sig.comment_length, 39);
    assert_memory_equal(sig.comment, "timestamp:1795322935\tfile:mod.py\th",
                        34);
    assert_int_equal(sig.id[0], 0x16);
}

static void
test_verify__the_untrusted_comment_is_nobody_s(void **state)
{
    (void)state;
    assert_int_equal(verify("untrusted comment: \n" SECOND THIRD FOURTH),
                     STK_TRUST_OK);
}

static void
test_verify__an_edited_comment_does_not_hold(void **state)
{
    (void)state;
    assert_int_equal(
        verify(FIRST SECOND
               "trusted comment: "
               "timestamp:1795322935\tfile:nod.py\thashed\n" FOURTH),
        STK_TRUST_GLOBAL_SIGNATURE);
    assert_int_equal(verify(FIRST SECOND "trusted comment: \n" FOURTH),
                     STK_TRUST_GLOBAL_SIGNATURE);
}

static void
test_verify__other_bytes_do_not_hold(void **state)
{
    stk_public_key key;
    stk_content content;
    stk_minisig sig;

    (void)state;
    assert_int_equal(
        stk_public_key_parse(&key, PUBLIC, STK_PUBLIC_KEY_LENGTH, NULL), 0);
    assert_int_equal(parse(&sig, THEIRS, strlen(THEIRS)), STK_TRUST_OK);
    stk_content_memory(&content, "hi\r\n", 4);
    assert_int_equal(stk_minisig_verify(&sig, &key, &content),
                     STK_TRUST_SIGNATURE);
}

/* S and S + L are the same to who does not look: one signature, two
 * spellings (RFC 8032, section 5.1.7). */
static void
test_verify__s_plus_l_does_not_hold(void **state)
{
    static const unsigned char order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10,
    };
    stk_public_key key;
    stk_content content;
    stk_minisig sig;
    unsigned carry = 0;

    (void)state;
    assert_int_equal(
        stk_public_key_parse(&key, PUBLIC, STK_PUBLIC_KEY_LENGTH, NULL), 0);
    stk_content_memory(&content, "hi\n", 3);
    assert_int_equal(parse(&sig, THEIRS, strlen(THEIRS)), STK_TRUST_OK);
    for (unsigned i = 0; i < 32; i++) {
        carry += sig.signature[32 + i] + (unsigned)order[i];
        sig.signature[32 + i] = (unsigned char)carry;
        carry >>= 8;
    }
    assert_int_equal(stk_minisig_verify(&sig, &key, &content),
                     STK_TRUST_SIGNATURE);
}

static void
assert_malformed(const char *text, size_t length, const char *expected)
{
    char why[STK_WHY_MAX];
    stk_minisig sig;

    assert_int_equal(stk_minisig_parse(&sig, text, length, why),
                     STK_TRUST_MALFORMED);
    if (!strstr(why, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, why);
}

#define assert_bad(text, expected)                                            \
    assert_malformed(text, sizeof(text) - 1, expected)

static void
test_parse__refuses_what_is_not_four_lines(void **state)
{
    (void)state;
    assert_bad("", "is empty");
    assert_bad(FIRST SECOND THIRD, "is cut off");
    assert_bad(THEIRS "\n", "goes on after its fourth line");
    assert_bad(THEIRS "trailing garbage\n", "goes on after");
    assert_bad(THEIRS "x", "goes on after");
    assert_bad(SECOND FIRST THIRD FOURTH, "no untrusted comment");
    assert_bad(FIRST SECOND FIRST FOURTH, "no trusted comment");
    assert_bad("untrusted comment: x\r\n" SECOND THIRD FOURTH, "CR line ends");
    assert_bad("untrusted comment: \0\n" SECOND THIRD FOURTH, "NUL");
    /* every beginning of it */
    for (size_t n = 0; n < sizeof THEIRS - 1; n++) {
        stk_minisig sig;

        if (parse(&sig, THEIRS, n) == STK_TRUST_OK)
            fail_msg("%zu bytes were taken", n);
    }
}

static void
test_parse__refuses_base64_with_another_spelling(void **state)
{
    char text[sizeof THEIRS];
    char *spare;

    (void)state;
    strcpy(text, THEIRS);
    spare = strstr(text, "UKUPg4=") + 5;
    assert_int_equal(*spare, '4');
    *spare = '5'; /* the last two bits count for nothing */
    assert_malformed(text, strlen(text), "not the base64");
    assert_bad(FIRST "RUQ=\n" THIRD FOURTH, "not the base64");
    assert_bad(FIRST "\n" THIRD FOURTH, "not the base64");
    assert_bad(FIRST " " SECOND THIRD FOURTH, "not the base64");
}

static void
test_parse__is_bounded(void **state)
{
    static char text[STK_MINISIG_MAX + 1];
    const size_t length = sizeof text;

    (void)state;
    memset(text, 'a', length);
    assert_malformed(text, length, "longer than 16384 bytes");
    memcpy(text, "untrusted comment: ", 19);
    memcpy(text + 1025, "\n" SECOND THIRD FOURTH,
           sizeof("\n" SECOND THIRD FOURTH) - 1);
    assert_malformed(text, 1024 + sizeof("\n" SECOND THIRD FOURTH),
                     "first line is too long");
    memset(text, 'a', length);
    memcpy(text, FIRST SECOND "trusted comment: ",
           sizeof(FIRST SECOND "trusted comment: ") - 1);
    memcpy(text + 9000, "\n" FOURTH, sizeof("\n" FOURTH) - 1);
    assert_malformed(text, 9000 + sizeof("\n" FOURTH) - 1,
                     "trusted comment is too long");
}

static void
test_parse__refuses_legacy_and_unknown_algorithms(void **state)
{
    char text[sizeof THEIRS], why[STK_WHY_MAX];
    stk_minisig sig;

    (void)state;
    strcpy(text, THEIRS);
    relabel(text, "Ed");
    assert_int_equal(stk_minisig_parse(&sig, text, strlen(text), why),
                     STK_TRUST_LEGACY);
    assert_non_null(strstr(why, "legacy algorithm"));
    relabel(text, "eD");
    assert_malformed(text, strlen(text), "unknown algorithm");
    relabel(text, "ED");
    assert_string_equal(text, THEIRS);
}

static void
test_sign__makes_what_verify_takes(void **state)
{
    char *text = sign_text(0, "hello", "one\ttwo");
    stk_content content;
    stk_minisig sig;

    (void)state;
    stk_content_memory(&content, "hello", 5);
    assert_int_equal(parse(&sig, text, strlen(text)), STK_TRUST_OK);
    assert_int_equal(sig.comment_length, 7);
    assert_int_equal(
        stk_minisig_verify(&sig, &signers[0].key->public_key, &content),
        STK_TRUST_OK);
    assert_int_equal(
        stk_minisig_verify(&sig, &signers[1].key->public_key, &content),
        STK_TRUST_SIGNATURE);
    free(text);
}

static void
test_sign__refuses_a_comment_of_two_lines(void **state)
{
    stk_content content;
    char *text = NULL, *long_one = malloc(8193);

    (void)state;
    stk_content_memory(&content, "hello", 5);
    assert_int_equal(
        stk_minisig_sign(&text, signers[0].key, &content, "a\nb", NULL),
        -STK_E_INVALID);
    assert_int_equal(
        stk_minisig_sign(&text, signers[0].key, &content, "a\r", NULL),
        -STK_E_INVALID);
    memset(long_one, 'a', 8192);
    long_one[8192] = '\0';
    assert_int_equal(
        stk_minisig_sign(&text, signers[0].key, &content, long_one, NULL),
        -STK_E_INVALID);
    free(long_one);
    assert_null(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify__takes_what_minisign_made),
        cmocka_unit_test(test_verify__the_untrusted_comment_is_nobody_s),
        cmocka_unit_test(test_verify__an_edited_comment_does_not_hold),
        cmocka_unit_test(test_verify__other_bytes_do_not_hold),
        cmocka_unit_test(test_verify__s_plus_l_does_not_hold),
        cmocka_unit_test(test_parse__refuses_what_is_not_four_lines),
        cmocka_unit_test(test_parse__refuses_base64_with_another_spelling),
        cmocka_unit_test(test_parse__is_bounded),
        cmocka_unit_test(test_parse__refuses_legacy_and_unknown_algorithms),
        cmocka_unit_test(test_sign__makes_what_verify_takes),
        cmocka_unit_test(test_sign__refuses_a_comment_of_two_lines),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
