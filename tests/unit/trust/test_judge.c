/* SPDX-License-Identifier: Apache-2.0 */
/* One signature against a policy: each way in which it must not hold. */
#include "trust/judge.h"

#include "signing.h"

#define HOUR 3600

/* `text` freed, of BODY as shop.cart, under `s`. */
static stk_proof
judge_body(const sheet *s, char *text)
{
    stk_claim claim = make_claim(BODY);
    stk_proof proof = judge(s, &claim, text, NOW);

    free(text);
    return proof;
}

static void
assert_message(const stk_proof *proof, const char *expected)
{
    if (!strstr(proof->message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, proof->message);
}

/* A comment that differs from the good one; `change` changes it. */
#define judge_changed(s, change)                                              \
    __extension__({                                                           \
        stk_comment c = make_comment(BODY);                                   \
        change;                                                               \
        judge_body(s, sign(0, BODY, &c));                                     \
    })

static void
test_judge__a_good_signature_is_told_whole(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 2);
    proof = judge_changed(&s, c.expires = NOW + DAY);
    assert_trust(proof, STK_TRUST_OK);
    assert_string_equal(proof.key, "a");
    assert_string_equal(proof.package, "shop");
    assert_string_equal(proof.version, "1.0");
    assert_string_equal(proof.message, "");
    assert_int_equal(proof.sequence, 7);
    assert_int_equal(proof.signed_at, NOW - DAY);
    assert_int_equal(proof.expires, NOW + DAY);
    assert_int_equal(proof.n_signers, 1);
    assert_int_equal(proof.signers[0], 0);
    assert_false(proof.retiring);
}

static void
test_judge__no_signature_says_who_may_sign(void **state)
{
    stk_claim claim = make_claim(BODY);
    stk_keyring *ring;
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 2);
    ring = make_ring(&s);
    stk_keyring_verify(&proof, ring, &claim, NULL, 0, NOW);
    assert_trust(proof, STK_TRUST_UNSIGNED);
    assert_string_equal(proof.message,
                        "shop.cart has no signature; sign it with a or "
                        "b: stockade sign --key FILE PATH");
    stk_keyring_free(ring);
}

/* Row 2: what is signed for one name is of no use under another. */
static void
test_judge__a_signature_moved_to_another_name_is_refused(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    proof = judge_changed(&s, strcpy(c.module, "tools.cart"));
    assert_trust(proof, STK_TRUST_NAME);
    assert_string_equal(proof.message,
                        "a signed this as tools.cart, not as shop.cart; it "
                        "was moved, or signed with another --root");
    proof = judge_changed(&s, strcpy(c.module, "Shop.cart"));
    assert_trust(proof, STK_TRUST_NAME);
    proof = judge_changed(&s, strcpy(c.module, "shop.cart.x"));
    assert_trust(proof, STK_TRUST_NAME);
}

static void
test_judge__a_signature_for_another_context_is_refused(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    proof = judge_changed(&s, strcpy(c.context, "corp/dev"));
    assert_trust(proof, STK_TRUST_CONTEXT);
    s.signing.context = "corp/prod";
    proof = judge_changed(&s, strcpy(c.context, "corp/dev"));
    assert_trust(proof, STK_TRUST_CONTEXT);
    assert_message(&proof, "for the context \"corp/dev\", the policy's is "
                           "\"corp/prod\"");
    proof = judge_changed(&s, (void)0);
    assert_trust(proof, STK_TRUST_CONTEXT);
    proof = judge_changed(&s, strcpy(c.context, "corp/prod"));
    assert_trust(proof, STK_TRUST_OK);
}

/* Rows 3 and 4. */
static void
test_judge__a_signature_for_another_kind_is_refused(void **state)
{
    static const enum stk_kind kinds[] = {
        STK_KIND_PACKAGE, STK_KIND_NAMESPACE, STK_KIND_EXTENSION,
        STK_KIND_DATA,    STK_KIND_MANIFEST,  STK_KIND_BUNDLE,
        STK_KIND_POLICY,
    };
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        stk_proof proof = judge_changed(&s, c.kind = kinds[i]);

        assert_trust(proof, STK_TRUST_KIND);
        assert_message(&proof, "it is used as the module shop.cart");
    }
}

/* Row 5. */
static void
test_judge__an_edited_comment_is_refused(void **state)
{
    stk_comment c = make_comment(BODY);
    char *text = sign(0, BODY, &c);
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    strstr(text, "sequence=7")[9] = '8';
    proof = judge_body(&s, text);
    assert_trust(proof, STK_TRUST_GLOBAL_SIGNATURE);
    assert_string_equal(proof.message,
                        "the trusted comment in the signature of shop.cart "
                        "by a was changed after signing");
}

/* Rows 4 and 7: minisign's own comment binds a file's name at most. */
static void
test_judge__plain_minisign_is_for_top_level_modules_when_asked_for(
    void **state)
{
    static const char plain[] = "timestamp:1799990000\tfile:cart.py\thashed";
    stk_claim claim = make_claim(BODY);
    char *text = sign_text(0, BODY, plain);
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    claim.module = "cart";
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_BINDING);
    s.signing.binding = STK_BINDING_BASENAME;
    proof = judge(&s, &claim, text, NOW);
    assert_trust(proof, STK_TRUST_OK);
    assert_string_equal(proof.package, "cart");
    claim.module = "shop.cart";
    proof = judge(&s, &claim, text, NOW);
    assert_trust(proof, STK_TRUST_BINDING);
    assert_message(&proof, "binding = basename is for top-level modules");
    claim.module = "json";
    claim.basename = "json.py";
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_BINDING);
    claim.module = "cart";
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_BINDING);
    claim.basename = "cart.py";
    claim.kind = STK_KIND_PACKAGE;
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_BINDING);
    claim.kind = STK_KIND_POLICY;
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_BINDING);
    free(text);
}

static void
test_judge__half_a_plain_comment_is_none(void **state)
{
    static const char *const comments[] = {
        "",
        "timestamp:1\tfile:cart.py",
        "file:cart.py\thashed",
        "timestamp:1\tfile:\thashed",
        "x\tfile:cart.py\thashed",
        "timestamp:1\tfile:x\tfile:cart.py\thashed",
        "timestamp:1\tfile:cart.py\thashed\t",
    };
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.signing.binding = STK_BINDING_BASENAME;
    for (size_t i = 0; i < UNIT_COUNT(comments); i++) {
        stk_claim claim = make_claim(BODY);
        char *text = sign_text(0, BODY, comments[i]);

        claim.module = "cart";
        if (judge(&s, &claim, text, NOW).trust != STK_TRUST_BINDING)
            fail_msg("taken: %s", comments[i]);
        free(text);
    }
}

static void
test_judge__a_comment_of_ours_that_is_wrong_is_malformed(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    proof = judge_body(&s, sign_text(0, BODY, "stockade1\tkind=module"));
    assert_trust(proof, STK_TRUST_MALFORMED);
    assert_message(&proof, "the trusted comment ends before module");
}

/* Row 14: the bytes are signed, whatever ends their lines. */
static void
test_judge__other_line_ends_are_other_bytes(void **state)
{
    stk_comment c = make_comment("a\nb\n");
    stk_claim claim = make_claim("a\r\nb\r\n");
    char *text = sign(0, "a\nb\n", &c);
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    proof = judge(&s, &claim, text, NOW);
    assert_trust(proof, STK_TRUST_SIGNATURE);
    assert_message(&proof, "these are not the bytes that were signed");
    free(text);
}

/* Row 15: and whatever encoding they are meant to be in. */
static void
test_judge__a_byte_order_mark_is_a_byte(void **state)
{
    stk_comment c = make_comment(BODY);
    stk_claim claim = make_claim("\xef\xbb\xbf" BODY);
    char *text = sign(0, BODY, &c);
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_SIGNATURE);
    free(text);
}

static void
test_judge__hash_and_size_must_be_the_content_s(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    proof = judge_changed(&s, c.size++);
    assert_trust(proof, STK_TRUST_SIZE);
    assert_message(&proof, "a signed 15 bytes, shop.cart has 14");
    proof = judge_changed(&s, c.hash[5] ^= 1);
    assert_trust(proof, STK_TRUST_HASH);
}

/* Row 16, one way: the prehashed signature of F, called legacy, is one of
 * the 64 bytes BLAKE2b-512(F). */
static void
test_judge__a_signature_relabelled_as_legacy_is_refused(void **state)
{
    stk_comment c = make_comment(BODY);
    char *text = sign(0, BODY, &c);
    stk_content content;
    stk_claim claim;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    relabel(text, "Ed");
    stk_content_memory(&content, BODY, strlen(BODY));
    claim = make_claim("");
    claim.data = content.prehash;
    claim.length = sizeof content.prehash;
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_LEGACY);
    claim = make_claim(BODY);
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_LEGACY);
    free(text);
}

/* Row 22. */
static void
test_judge__a_signature_file_that_is_too_long_is_not_read(void **state)
{
    char *text = malloc(STK_MINISIG_MAX + 2);
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    memset(text, 'a', STK_MINISIG_MAX + 1);
    text[STK_MINISIG_MAX + 1] = '\0';
    proof = judge_body(&s, text);
    assert_trust(proof, STK_TRUST_MALFORMED);
    assert_string_equal(proof.message, "the signature file of shop.cart is "
                                       "longer than 16384 bytes");
}

static void
test_judge__an_unknown_key_is_named(void **state)
{
    char id[STK_KEY_ID_TEXT];
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].public_key = signers[1].text;
    proof = judge_changed(&s, (void)0);
    assert_trust(proof, STK_TRUST_UNKNOWN_KEY);
    assert_message(&proof, stk_key_id_text(id, signers[0].key->public_key.id));
    assert_message(&proof, "give that key a [key NAME] section, or sign it "
                           "with a: stockade sign");
}

/* Of those in no policy no section would help. */
static void
test_judge__a_key_beside_those_that_were_given_is_named(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].public_key = signers[1].text;
    s.rules[0].file = NULL;
    proof = judge_changed(&s, (void)0);
    assert_trust(proof, STK_TRUST_UNKNOWN_KEY);
    assert_message(&proof, "and that is none that was given; give the one "
                           "that signed it, or sign it with a: stockade sign");
}

/* Row 23: an attacker's key with the identifier of a trusted one, before it
 * and behind it. */
static void
test_judge__a_key_with_a_borrowed_identifier_is_not_that_key(void **state)
{
    stk_comment c = make_comment(BODY);
    unsigned char id[STK_KEY_ID_BYTES];
    stk_public_key twin;
    char text[STK_PUBLIC_KEY_LENGTH + 1];
    stk_proof proof;
    sheet s;

    (void)state;
    memcpy(id, signers[3].key->public_key.id, sizeof id);
    memcpy(signers[3].key->public_key.id, signers[0].key->public_key.id,
           sizeof id);
    make_sheet(&s, 1);
    proof = judge_body(&s, sign(3, BODY, &c));
    assert_trust(proof, STK_TRUST_SIGNATURE);
    /* two trusted keys may have one identifier: both are tried */
    make_sheet(&s, 2);
    twin = signers[3].key->public_key;
    s.rules[1].public_key = stk_public_key_text(text, &twin);
    proof = judge_body(&s, sign(3, BODY, &c));
    assert_trust(proof, STK_TRUST_OK);
    assert_string_equal(proof.key, "b");
    proof = judge_body(&s, sign(0, BODY, &c));
    assert_trust(proof, STK_TRUST_OK);
    assert_string_equal(proof.key, "a");
    memcpy(signers[3].key->public_key.id, id, sizeof id);
}

/* Row 24. */
static void
test_judge__a_key_signs_within_its_scope(void **state)
{
    static const char *const tools[] = { "tools.*" };
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 3);
    s.rules[0].modules = tools;
    proof = judge_changed(&s, (void)0);
    assert_trust(proof, STK_TRUST_SCOPE);
    assert_string_equal(proof.message,
                        "shop.cart is signed by a, which may sign for "
                        "tools.* alone; sign it with b or c: stockade sign "
                        "--key FILE PATH");
    s.signing.n_keys = 1;
    proof = judge_changed(&s, (void)0);
    assert_string_equal(proof.message,
                        "shop.cart is signed by a, which may sign for "
                        "tools.* alone; no [key] of the policy may sign "
                        "shop.cart: widen the modules, kinds or dates of "
                        "one, or add one (stockade keygen)");
}

/* Else it could take the sequence of others to where no release of theirs
 * comes after, without their key. */
static void
test_judge__a_key_names_packages_of_its_own(void **state)
{
    static const char *const shop[] = { "shop" };
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].modules = shop;
    assert_trust(judge_changed(&s, (void)0), STK_TRUST_OK);
    assert_trust(judge_changed(&s, strcpy(c.package, "shop.cart")),
                 STK_TRUST_OK);
    assert_trust(judge_changed(&s, c.package[0] = '\0'), STK_TRUST_OK);
    proof = judge_changed(&s, strcpy(c.package, "tools"));
    assert_trust(proof, STK_TRUST_PACKAGE);
    assert_string_equal(proof.message,
                        "a signed shop.cart as of the package tools, which "
                        "is none of its modules; sign it again with "
                        "--package and one that is");
    /* without a sequence it moves nothing */
    assert_trust(judge_changed(&s, c.sequence = 0; strcpy(c.package, "tools")),
                 STK_TRUST_OK);
    make_sheet(&s, 1);
    assert_trust(judge_changed(&s, strcpy(c.package, "tools")), STK_TRUST_OK);
}

static void
test_judge__a_key_signs_its_kinds(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].kinds = STK_KIND_DATA;
    proof = judge_changed(&s, (void)0);
    assert_trust(proof, STK_TRUST_KEY_KIND);
}

/* Rows 26 and 27: what a signer says of the time proves nothing. */
static void
test_judge__a_revoked_key_is_refused_whatever_date_it_signs(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].status = STK_KEY_REVOKED;
    s.rules[0].revoked = 1767225600;
    proof = judge_changed(&s, c.signed_at = 1700000000);
    assert_trust(proof, STK_TRUST_KEY_REVOKED);
    assert_message(&proof, "which was revoked on 2026-01-01");
    make_sheet(&s, 1);
    s.keys[0] = signers[0].text;
    s.signing.n_revoked_keys = 1;
    assert_trust(judge_changed(&s, (void)0), STK_TRUST_KEY_REVOKED);
}

static void
test_judge__a_key_is_good_for_its_time(void **state)
{
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].not_after = NOW - 1;
    assert_trust(judge_changed(&s, c.signed_at = NOW - DAY),
                 STK_TRUST_KEY_EXPIRED);
    make_sheet(&s, 1);
    s.rules[0].not_before = NOW + 1;
    assert_trust(judge_changed(&s, (void)0), STK_TRUST_KEY_EARLY);
}

static void
test_judge__a_signature_expires(void **state)
{
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    assert_trust(judge_changed(&s, c.expires = NOW), STK_TRUST_OK);
    proof = judge_changed(&s, c.expires = NOW - 1);
    assert_trust(proof, STK_TRUST_EXPIRED);
    assert_message(&proof, "expired on 2027-01-15T07:59:59Z");
}

static void
test_judge__a_clock_that_was_set_back_is_refused(void **state)
{
    stk_comment c = make_comment(BODY);
    stk_claim claim = make_claim(BODY);
    char *text = sign(0, BODY, &c);
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    /* before the build, before the policy's floor, before it was signed */
    proof = judge(&s, &claim, text, 1000000000);
    assert_trust(proof, STK_TRUST_CLOCK);
    assert_message(&proof, "when stockade was made");
    s.signing.clock_floor = NOW + 1;
    proof = judge(&s, &claim, text, NOW);
    assert_trust(proof, STK_TRUST_CLOCK);
    assert_message(&proof, "the policy's clock_floor");
    s.signing.clock_floor = NOW;
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_OK);
    s.signing.clock_floor = 0;
    assert_trust(judge(&s, &claim, text, NOW - DAY - HOUR), STK_TRUST_OK);
    assert_trust(judge(&s, &claim, text, NOW - DAY - HOUR - 1),
                 STK_TRUST_CLOCK);
    free(text);
}

static void
test_judge__what_was_accepted_holds_the_clock(void **folder)
{
    stk_comment c = make_comment(BODY);
    stk_claim claim = make_claim(BODY);
    char *newer = sign(0, BODY, &c), *older;
    stk_text one;
    stk_keyring *ring;
    stk_proof proof;
    sheet s;

    c.signed_at -= 10 * DAY;
    older = sign(0, BODY, &c);
    make_sheet(&s, 1);
    s.signing.state = unit_path(folder, "state");
    ring = make_ring(&s);
    one = (stk_text){ newer, strlen(newer) };
    stk_keyring_verify(&proof, ring, &claim, &one, 1, NOW);
    assert_trust(proof, STK_TRUST_OK);
    assert_int_equal(stk_keyring_accept(ring, &proof, NULL), 0);
    stk_keyring_free(ring);
    /* after a restart, the clock five days back: a key that expired in
     * between would live again */
    proof = judge(&s, &claim, older, NOW - 5 * DAY);
    assert_trust(proof, STK_TRUST_CLOCK);
    assert_message(&proof, "a signature that was accepted before");
    assert_trust(judge(&s, &claim, older, NOW), STK_TRUST_OK);
    free(newer);
    free(older);
}

static void
test_judge__a_revoked_content_is_refused_whoever_signed(void **state)
{
    unsigned char digest[STK_DIGEST_BYTES];
    char hex[STK_DIGEST_HEX];
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    stk_digest_memory(digest, BODY, strlen(BODY));
    s.hashes[0] = stk_digest_hex(hex, digest);
    s.signing.n_revoked_hashes = 1;
    proof = judge_changed(&s, (void)0);
    assert_trust(proof, STK_TRUST_HASH_REVOKED);
    assert_message(&proof, hex);
}

/* Rows 38 and 40. */
static void
test_judge__older_and_leaping_sequences_are_refused(void **state)
{
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.floors[0] = (stk_floor){ "shop", 8 };
    s.signing.n_floors = 1;
    assert_trust(judge_changed(&s, (void)0), STK_TRUST_ROLLBACK);
    assert_trust(judge_changed(&s, c.sequence = 8), STK_TRUST_OK);
    assert_trust(judge_changed(&s, c.sequence = 1000009), STK_TRUST_JUMP);
    /* without a package it is its first label's */
    assert_trust(judge_changed(&s, c.package[0] = '\0'), STK_TRUST_ROLLBACK);
    assert_trust(judge_changed(&s, strcpy(c.package, "tools")), STK_TRUST_OK);
}

static void
test_judge__a_floor_survives_a_restart(void **folder)
{
    stk_comment c = make_comment(BODY);
    stk_claim claim = make_claim(BODY);
    char *text = sign(0, BODY, &c), *older;
    stk_text one = { text, strlen(text) };
    stk_keyring *ring;
    stk_proof proof;
    sheet s;

    c.sequence = 6;
    older = sign(0, BODY, &c);
    make_sheet(&s, 1);
    s.signing.state = unit_path(folder, "state");
    /* looking is not accepting */
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_OK);
    assert_trust(judge(&s, &claim, older, NOW), STK_TRUST_OK);
    ring = make_ring(&s);
    stk_keyring_verify(&proof, ring, &claim, &one, 1, NOW);
    assert_int_equal(stk_keyring_accept(ring, &proof, NULL), 0);
    stk_keyring_free(ring);
    assert_trust(judge(&s, &claim, older, NOW), STK_TRUST_ROLLBACK);
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_OK);
    free(text);
    free(older);
}

static void
test_judge__a_content_can_be_given_by_its_digests(void **state)
{
    stk_comment c = make_comment(BODY);
    stk_claim claim = make_claim(BODY);
    char *text = sign(0, BODY, &c);
    stk_content content;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    stk_content_memory(&content, BODY, strlen(BODY));
    claim.data = NULL;
    claim.length = 0;
    claim.content = &content;
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_OK);
    content.digest[0] ^= 1;
    assert_trust(judge(&s, &claim, text, NOW), STK_TRUST_HASH);
    free(text);
}

static void
test_judge__messages_cannot_drive_a_terminal(void **state)
{
    stk_comment c = make_comment(BODY);
    stk_claim claim = make_claim(BODY);
    char *text = sign(0, BODY, &c);
    stk_proof proof;
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    claim.module = "shop\033[2J\xff";
    proof = judge(&s, &claim, text, NOW);
    assert_trust(proof, STK_TRUST_NAME);
    assert_null(strchr(proof.message, '\033'));
    assert_message(&proof, "shop\\x1b[2J\\xff");
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test(name)
        T(test_judge__a_good_signature_is_told_whole),
        T(test_judge__no_signature_says_who_may_sign),
        T(test_judge__a_signature_moved_to_another_name_is_refused),
        T(test_judge__a_signature_for_another_context_is_refused),
        T(test_judge__a_signature_for_another_kind_is_refused),
        T(test_judge__an_edited_comment_is_refused),
        T(test_judge__plain_minisign_is_for_top_level_modules_when_asked_for),
        T(test_judge__half_a_plain_comment_is_none),
        T(test_judge__a_comment_of_ours_that_is_wrong_is_malformed),
        T(test_judge__other_line_ends_are_other_bytes),
        T(test_judge__a_byte_order_mark_is_a_byte),
        T(test_judge__hash_and_size_must_be_the_content_s),
        T(test_judge__a_signature_relabelled_as_legacy_is_refused),
        T(test_judge__a_signature_file_that_is_too_long_is_not_read),
        T(test_judge__an_unknown_key_is_named),
        T(test_judge__a_key_beside_those_that_were_given_is_named),
        T(test_judge__a_key_with_a_borrowed_identifier_is_not_that_key),
        T(test_judge__a_key_signs_within_its_scope),
        T(test_judge__a_key_names_packages_of_its_own),
        T(test_judge__a_key_signs_its_kinds),
        T(test_judge__a_revoked_key_is_refused_whatever_date_it_signs),
        T(test_judge__a_key_is_good_for_its_time),
        T(test_judge__a_signature_expires),
        T(test_judge__a_clock_that_was_set_back_is_refused),
        unit_test_in_folder(test_judge__what_was_accepted_holds_the_clock),
        T(test_judge__a_revoked_content_is_refused_whoever_signed),
        T(test_judge__older_and_leaping_sequences_are_refused),
        unit_test_in_folder(test_judge__a_floor_survives_a_restart),
        T(test_judge__a_content_can_be_given_by_its_digests),
        T(test_judge__messages_cannot_drive_a_terminal),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
