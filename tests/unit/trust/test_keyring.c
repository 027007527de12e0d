/* SPDX-License-Identifier: Apache-2.0 */
/* The keys and rules of a policy, made ready; what is remembered. */
#include "trust/keyring.h"

#include "trust/keyring_parts.h"

#include "signing.h"

static void
assert_no_ring(const sheet *s, const char *expected, uint32_t line)
{
    stk_keyring *ring = NULL;
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_keyring_new(&ring, &s->signing, &err),
                     -STK_E_INVALID);
    assert_null(ring);
    if (!strstr(err.message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, err.message);
    assert_int_equal(err.line, line);
}

static void
test_new__one_key_under_two_names_is_refused(void **state)
{
    char other_id[STK_PUBLIC_KEY_LENGTH + 1];
    stk_public_key key = signers[0].key->public_key;
    sheet s;

    (void)state;
    make_sheet(&s, 2);
    s.rules[1].public_key = signers[0].text;
    assert_no_ring(&s, "the keys a and b are the same key", 11);
    /* the identifier does not make it another */
    key.id[0] ^= 1;
    s.rules[1].public_key = stk_public_key_text(other_id, &key);
    assert_no_ring(&s, "the keys a and b are the same key", 11);
}

static void
test_new__what_is_no_key_is_refused(void **state)
{
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].public_key = "RWQ";
    assert_no_ring(&s, "the key a a public key has 56 characters", 10);
}

static void
test_new__what_is_revoked_must_be_readable(void **state)
{
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.keys[0] = "RWQ";
    s.signing.n_revoked_keys = 1;
    assert_no_ring(&s, "56 characters", 0);
    make_sheet(&s, 1);
    s.hashes[0] = "abc";
    s.signing.n_revoked_hashes = 1;
    assert_no_ring(&s, "64 hexadecimal digits", 0);
}

static void
test_is_revoked__compares_whole_hashes(void **state)
{
    unsigned char digest[STK_DIGEST_BYTES];
    char hex[STK_DIGEST_HEX];
    stk_keyring *ring;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    stk_digest_memory(digest, "evil", 4);
    s.hashes[0] = stk_digest_hex(hex, digest);
    s.signing.n_revoked_hashes = 1;
    ring = make_ring(&s);
    assert_true(stk_keyring_is_revoked(ring, digest));
    digest[31] ^= 1;
    assert_false(stk_keyring_is_revoked(ring, digest));
    stk_keyring_free(ring);
}

static void
test_threshold__the_longest_pattern_wins(void **state)
{
    const char *pattern;
    stk_keyring *ring;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.thresholds[0] = (stk_threshold){ "*", 2 };
    s.thresholds[1] = (stk_threshold){ "shop", 3 };
    s.thresholds[2] = (stk_threshold){ "shop.doc", 1 };
    s.thresholds[3] = (stk_threshold){ "shop.*", 4 };
    ring = make_ring(&s);
    assert_int_equal(stk_keyring_threshold(ring, "shop", &pattern), 1);
    assert_null(pattern);
    s.signing.n_thresholds = 4;
    assert_int_equal(stk_keyring_threshold(ring, "json", &pattern), 2);
    assert_string_equal(pattern, "*");
    assert_int_equal(stk_keyring_threshold(ring, "shop", &pattern), 3);
    assert_int_equal(stk_keyring_threshold(ring, "shop.cart", &pattern), 4);
    assert_int_equal(stk_keyring_threshold(ring, "shop.doc.a", &pattern), 1);
    assert_string_equal(pattern, "shop.doc");
    assert_int_equal(stk_keyring_threshold(ring, "*", &pattern), 2);
    s.thresholds[0].keys = 0;
    assert_int_equal(stk_keyring_threshold(ring, "json", &pattern), 1);
    stk_keyring_free(ring);
}

static void
test_accept__keeps_nothing_of_what_did_not_hold(void **state)
{
    const char *path = unit_path(state, "state");
    stk_keyring *ring;
    stk_proof proof;
    sheet s;

    make_sheet(&s, 1);
    s.signing.state = path;
    ring = make_ring(&s);
    memset(&proof, 0, sizeof proof);
    strcpy(proof.package, "shop");
    proof.sequence = 7;
    assert_int_equal(stk_keyring_accept(ring, &proof, NULL), 0);
    proof.trust = STK_TRUST_ROLLBACK;
    assert_int_equal(stk_keyring_accept(ring, &proof, NULL), 0);
    assert_int_equal(access(path, F_OK), -1);
    proof.trust = STK_TRUST_OK;
    proof.n_signers = 1;
    assert_int_equal(stk_keyring_accept(ring, &proof, NULL), 0);
    assert_int_equal(access(path, F_OK), 0);
    stk_keyring_free(ring);
}

static void
test_accept__keeps_nothing_of_fewer_keys_than_a_release_takes(void **state)
{
    const char *path = unit_path(state, "state");
    stk_keyring *ring;
    stk_proof proof = { .trust = STK_TRUST_OK, .sequence = 7, .n_signers = 1 };
    sheet s;

    make_sheet(&s, 1);
    s.signing.state = path;
    s.thresholds[0] = (stk_threshold){ "shop.*", 2 };
    s.thresholds[1] = (stk_threshold){ "shop", 1 };
    s.signing.n_thresholds = 2;
    ring = make_ring(&s);
    assert_int_equal(stk_keyring_release(ring, "shop"), 2);
    assert_int_equal(stk_keyring_release(ring, "shopping"), 1);
    strcpy(proof.package, "shop");
    assert_int_equal(stk_keyring_accept(ring, &proof, NULL), 0);
    assert_int_equal(access(path, F_OK), -1);
    proof.n_signers = 2;
    assert_int_equal(stk_keyring_accept(ring, &proof, NULL), 0);
    assert_int_equal(access(path, F_OK), 0);
    stk_keyring_free(ring);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new__one_key_under_two_names_is_refused),
        cmocka_unit_test(test_new__what_is_no_key_is_refused),
        cmocka_unit_test(test_new__what_is_revoked_must_be_readable),
        cmocka_unit_test(test_is_revoked__compares_whole_hashes),
        cmocka_unit_test(test_threshold__the_longest_pattern_wins),
        unit_test_in_folder(test_accept__keeps_nothing_of_what_did_not_hold),
        unit_test_in_folder(
            test_accept__keeps_nothing_of_fewer_keys_than_a_release_takes),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
