/* SPDX-License-Identifier: Apache-2.0 */
/* How many keys signed one content, and for which names of a tree. */
#include "trust/keyring.h"

#include "signing.h"

static void
assert_message(const stk_proof *proof, const char *expected)
{
    if (!strstr(proof->message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, proof->message);
}

/* ---- how many ------------------------------------------------------- */

/* The signatures of BODY by `by[0..n)`, judged together; `sequences` NULL:
 * all the same. */
static stk_proof
judge_many(const sheet *s, const unsigned *by, const uint64_t *sequences,
           size_t n)
{
    stk_claim claim = make_claim(BODY);
    stk_keyring *ring = make_ring(s);
    stk_text texts[STK_SIGNATURES_MAX + 1];
    stk_proof proof;

    for (size_t i = 0; i < n; i++) {
        stk_comment c = make_comment(BODY);
        char *text;

        c.signed_at -= (int64_t)i;
        if (sequences)
            c.sequence = sequences[i];
        text = sign(by[i], BODY, &c);
        texts[i] = (stk_text){ text, strlen(text) };
    }
    stk_keyring_verify(&proof, ring, &claim, texts, n, NOW);
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)texts[i].data);
    stk_keyring_free(ring);
    return proof;
}

static void
make_threshold(sheet *s, size_t keys, unsigned needed)
{
    make_sheet(s, keys);
    s->thresholds[0] = (stk_threshold){ "shop", needed };
    s->signing.n_thresholds = 1;
}

static void
test_threshold__wants_distinct_keys(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_threshold(&s, 3, 2);
    proof = judge_many(&s, (const unsigned[]){ 0, 1 }, NULL, 2);
    assert_trust(proof, STK_TRUST_OK);
    assert_string_equal(proof.key, "a, b");
    assert_int_equal(proof.signed_at, NOW - DAY);
    proof = judge_many(&s, (const unsigned[]){ 0 }, NULL, 1);
    assert_trust(proof, STK_TRUST_THRESHOLD);
    assert_string_equal(proof.message,
                        "shop.cart is signed by a; the policy wants 2 keys "
                        "for shop, so that b or c must sign too: stockade "
                        "sign --key FILE --additional PATH");
}

/* Row 25: one key that signs twice is one. */
static void
test_threshold__one_key_counts_once(void **state)
{
    sheet s;

    (void)state;
    make_threshold(&s, 2, 2);
    assert_trust(judge_many(&s, (const unsigned[]){ 0, 0, 0 }, NULL, 3),
                 STK_TRUST_THRESHOLD);
    assert_trust(judge_many(&s, (const unsigned[]){ 0, 0, 1 }, NULL, 3),
                 STK_TRUST_OK);
}

static void
test_threshold__a_key_out_of_scope_does_not_count(void **state)
{
    static const char *const tools[] = { "tools" };
    stk_proof proof;
    sheet s;

    (void)state;
    make_threshold(&s, 2, 2);
    s.rules[1].modules = tools;
    proof = judge_many(&s, (const unsigned[]){ 0, 1 }, NULL, 2);
    assert_trust(proof, STK_TRUST_THRESHOLD);
    assert_message(&proof, "and has no other that may sign a release of "
                           "shop: add one");
}

static void
test_threshold__what_does_not_hold_does_no_harm(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 2);
    /* an unknown key beside a known one: so it is while keys change */
    proof = judge_many(&s, (const unsigned[]){ 3, 1 }, NULL, 2);
    assert_trust(proof, STK_TRUST_OK);
    assert_string_equal(proof.key, "b");
}

/* A stolen key must not lend its sequence to what an honest one signed. */
static void
test_threshold__counts_those_that_say_the_same(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_threshold(&s, 4, 2);
    assert_trust(judge_many(&s, (const unsigned[]){ 0, 1 },
                            (const uint64_t[]){ 7, 900000 }, 2),
                 STK_TRUST_THRESHOLD);
    proof = judge_many(&s, (const unsigned[]){ 2, 0, 1 },
                       (const uint64_t[]){ 900000, 7, 7 }, 3);
    assert_trust(proof, STK_TRUST_OK);
    assert_string_equal(proof.key, "a, b");
    assert_int_equal(proof.sequence, 7);
    proof = judge_many(&s, (const unsigned[]){ 0, 1, 2, 3 },
                       (const uint64_t[]){ 7, 7, 8, 8 }, 4);
    assert_string_equal(proof.key, "c, d");
    assert_int_equal(proof.sequence, 8);
}

static void
test_threshold__the_refusal_that_came_nearest_is_told(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].not_after = NOW - 1;
    proof = judge_many(&s, (const unsigned[]){ 3, 0, 2 }, NULL, 3);
    assert_trust(proof, STK_TRUST_KEY_EXPIRED);
}

static void
test_threshold__more_signatures_than_nine_are_not_looked_at(void **state)
{
    static const unsigned by[STK_SIGNATURES_MAX + 1] = { 0 };
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    assert_trust(judge_many(&s, by, NULL, STK_SIGNATURES_MAX), STK_TRUST_OK);
    assert_trust(judge_many(&s, by, NULL, STK_SIGNATURES_MAX + 1),
                 STK_TRUST_MALFORMED);
}

static void
test_retiring__is_said_where_it_is_needed(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 2);
    s.rules[0].status = STK_KEY_RETIRING;
    proof = judge_many(&s, (const unsigned[]){ 0 }, NULL, 1);
    assert_trust(proof, STK_TRUST_OK);
    assert_true(proof.retiring);
    assert_message(&proof, "signed by a, which is retiring");
    /* the new key signed as well */
    proof = judge_many(&s, (const unsigned[]){ 0, 1 }, NULL, 2);
    assert_trust(proof, STK_TRUST_OK);
    assert_false(proof.retiring);
    assert_string_equal(proof.message, "");
}

/* ---- names in a tree ------------------------------------------------ */

static stk_proof
judge_tree(stk_keyring *ring, const unsigned *by, size_t n)
{
    stk_claim claim = make_claim("stockade-manifest 1\n");
    stk_text texts[2];
    stk_proof proof;

    claim.kind = STK_KIND_MANIFEST;
    claim.module = "-";
    claim.basename = "STOCKADE.manifest";
    for (size_t i = 0; i < n; i++) {
        stk_comment c = make_comment("stockade-manifest 1\n");
        char *text;

        c.kind = STK_KIND_MANIFEST;
        strcpy(c.module, "-");
        c.expires = NOW + DAY;
        text = sign(by[i], "stockade-manifest 1\n", &c);
        texts[i] = (stk_text){ text, strlen(text) };
    }
    stk_keyring_verify(&proof, ring, &claim, texts, n, NOW);
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)texts[i].data);
    return proof;
}

static void
test_covers__judges_name_by_name(void **state)
{
    static const char *const shop[] = { "shop" };
    stk_proof tree, proof;
    stk_keyring *ring;
    sheet s;

    (void)state;
    make_threshold(&s, 2, 2);
    s.thresholds[0].pattern = "shop.pay";
    s.rules[0].modules = shop;
    ring = make_ring(&s);
    tree = judge_tree(ring, (const unsigned[]){ 0, 1 }, 2);
    assert_trust(tree, STK_TRUST_OK);
    assert_string_equal(tree.key, "a, b");
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "shop.x", NOW);
    assert_trust(proof, STK_TRUST_OK);
    assert_string_equal(proof.key, "a, b");
    assert_int_equal(proof.sequence, 7);
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "json", NOW);
    assert_string_equal(proof.key, "b");
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "shop.pay", NOW);
    assert_trust(proof, STK_TRUST_OK);
    tree = judge_tree(ring, (const unsigned[]){ 0 }, 1);
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "json", NOW);
    assert_trust(proof, STK_TRUST_SCOPE);
    assert_message(&proof, "json is signed by a, which may sign for shop "
                           "alone; sign it with b");
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "shop.pay", NOW);
    assert_trust(proof, STK_TRUST_THRESHOLD);
    assert_message(&proof, "wants 2 keys for shop.pay, so that b must");
    stk_keyring_free(ring);
}

static void
test_covers__a_key_must_be_good_for_what_is_in_the_tree(void **state)
{
    stk_proof tree, proof;
    stk_keyring *ring;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].kinds = STK_KIND_MANIFEST | STK_KIND_MODULE;
    ring = make_ring(&s);
    tree = judge_tree(ring, (const unsigned[]){ 0 }, 1);
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "shop", NOW);
    assert_trust(proof, STK_TRUST_OK);
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_EXTENSION, "shop.fast",
                       NOW);
    assert_trust(proof, STK_TRUST_KEY_KIND);
    s.rules[0].kinds = STK_KIND_MODULE;
    tree = judge_tree(ring, (const unsigned[]){ 0 }, 1);
    assert_trust(tree, STK_TRUST_KEY_KIND);
    stk_keyring_free(ring);
}

static void
test_covers__what_was_not_verified_covers_nothing(void **state)
{
    stk_proof tree, proof;
    stk_keyring *ring;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    ring = make_ring(&s);
    memset(&tree, 0, sizeof tree);
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "shop", NOW);
    assert_trust(proof, STK_TRUST_NONE);
    tree.trust = STK_TRUST_OK; /* but nobody signed */
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "shop", NOW);
    assert_trust(proof, STK_TRUST_NONE);
    stk_keyring_free(ring);
}

static void
test_covers__a_tree_gets_old(void **state)
{
    stk_proof tree, proof;
    stk_keyring *ring;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].not_after = NOW + 10;
    ring = make_ring(&s);
    tree = judge_tree(ring, (const unsigned[]){ 0 }, 1);
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "shop", NOW + 11);
    assert_trust(proof, STK_TRUST_KEY_EXPIRED);
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "shop",
                       NOW + DAY + 1);
    assert_trust(proof, STK_TRUST_EXPIRED);
    stk_keyring_covers(&proof, ring, &tree, STK_KIND_MODULE, "shop", 1);
    assert_trust(proof, STK_TRUST_CLOCK);
    stk_keyring_free(ring);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test(name)
        T(test_threshold__wants_distinct_keys),
        T(test_threshold__one_key_counts_once),
        T(test_threshold__a_key_out_of_scope_does_not_count),
        T(test_threshold__what_does_not_hold_does_no_harm),
        T(test_threshold__counts_those_that_say_the_same),
        T(test_threshold__the_refusal_that_came_nearest_is_told),
        T(test_threshold__more_signatures_than_nine_are_not_looked_at),
        T(test_retiring__is_said_where_it_is_needed),
        T(test_covers__judges_name_by_name),
        T(test_covers__a_key_must_be_good_for_what_is_in_the_tree),
        T(test_covers__what_was_not_verified_covers_nothing),
        T(test_covers__a_tree_gets_old),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
