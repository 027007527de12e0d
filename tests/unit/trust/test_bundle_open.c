/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle is opened when keys of the policy signed it, and no byte of it
 * may be another. */
#include "trust/bundle.h"

#include "bundled.h"
#include "bundlesigned.h"
#include "trust/bundle_check.h"

/* Opens what is in `out`; NULL when it is refused. */
static stk_bundle *
open_with(void **state, const sheet *s, const stk_buffer *out,
          stk_proof *proof)
{
    stk_keyring *ring = make_ring(s);
    stk_bundle *bundle = NULL;
    const char *path = unit_write(state, "shop.stk", out->data, out->length);
    int opened = stk_bundle_open(&bundle, proof, path, ring, NOW);

    assert_int_equal(opened, bundle ? 0 : -1);
    assert_int_equal(proof->trust == STK_TRUST_OK, bundle != NULL);
    if (!bundle)
        assert_true(proof->message[0]);
    stk_keyring_free(ring);
    return bundle;
}

static void
fill_sheet(sheet *s, size_t n)
{
    make_sheet(s, n);
    s->signing.context = "corp/prod";
}

static void
test_open__what_a_key_of_the_policy_signed(void **state)
{
    sheet s;
    size_t header;
    stk_buffer out = build(&header);
    stk_comment c = comment_of(&out, header);
    stk_bundle *bundle;
    stk_proof proof;

    fill_sheet(&s, 1);
    add_signature(&out, header, 0, &c);
    bundle = open_with(state, &s, &out, &proof);
    assert_non_null(bundle);
    assert_string_equal(proof.key, "a");
    assert_string_equal(proof.package, "shop");
    assert_int_equal(proof.sequence, 317);
    stk_bundle_free(bundle);
    stk_buffer_clear(&out);
}

static void
assert_refused(void **state, const sheet *s, const stk_buffer *out,
               enum stk_trust trust)
{
    stk_proof proof;

    assert_null(open_with(state, s, out, &proof));
    assert_trust(proof, trust);
}

static void
test_open__refuses_what_the_policy_does(void **state)
{
    sheet s;
    size_t header;
    stk_buffer out = build(&header);
    stk_comment c = comment_of(&out, header);
    size_t unsigned_length = out.length;

    fill_sheet(&s, 1);
    assert_refused(state, &s, &out, STK_TRUST_UNSIGNED);
    add_signature(&out, header, 1, &c);
    assert_refused(state, &s, &out, STK_TRUST_UNKNOWN_KEY);
    out.length = unsigned_length;
    add_signature(&out, header, 0, &c);
    s.rules[0].kinds = STK_KIND_MODULE;
    assert_refused(state, &s, &out, STK_TRUST_KEY_KIND);
    fill_sheet(&s, 1);
    s.signing.context = "corp/test";
    assert_refused(state, &s, &out, STK_TRUST_CONTEXT);
    stk_buffer_clear(&out);
}

/* A signature of this bundle as something else, of another as this one. */
static void
test_open__refuses_a_comment_of_something_else(void **state)
{
    sheet s;
    size_t header;
    stk_buffer out = build(&header);
    stk_comment c = comment_of(&out, header);
    size_t unsigned_length = out.length;

    fill_sheet(&s, 1);
    c.kind = STK_KIND_DATA;
    add_signature(&out, header, 0, &c);
    assert_refused(state, &s, &out, STK_TRUST_KIND);
    c = comment_of(&out, header);
    out.length = unsigned_length;
    strcpy(c.module, "-");
    add_signature(&out, header, 0, &c);
    assert_refused(state, &s, &out, STK_TRUST_NAME);
    c = comment_of(&out, header);
    out.length = unsigned_length;
    c.sequence = 318;
    add_signature(&out, header, 0, &c);
    assert_refused(state, &s, &out, STK_TRUST_MALFORMED);
    c = comment_of(&out, header);
    out.length = unsigned_length;
    strcpy(c.package, "json");
    add_signature(&out, header, 0, &c);
    assert_refused(state, &s, &out, STK_TRUST_MALFORMED);
    c = comment_of(&out, header);
    out.length = unsigned_length;
    c.expires = NOW + 1;
    add_signature(&out, header, 0, &c);
    assert_refused(state, &s, &out, STK_TRUST_MALFORMED);
    c = comment_of(&out, header);
    out.length = unsigned_length;
    strcpy(c.context, "corp/test");
    s.signing.context = "corp/test";
    add_signature(&out, header, 0, &c);
    assert_refused(state, &s, &out, STK_TRUST_MALFORMED);
    stk_buffer_clear(&out);
}

static void
test_open__several_keys_sign_one_behind_the_other(void **state)
{
    static const stk_threshold two[] = { { "shop", 2 } };
    sheet s;
    stk_keyring *ring;
    size_t header;
    stk_buffer out = build(&header);
    stk_comment c = comment_of(&out, header);
    stk_bundle *bundle;
    stk_proof proof, name;

    fill_sheet(&s, 2);
    s.signing.thresholds = two;
    s.signing.n_thresholds = 1;
    ring = make_ring(&s);
    add_signature(&out, header, 0, &c);
    bundle = open_with(state, &s, &out, &proof);
    stk_bundle_free(bundle);
    stk_keyring_covers(&name, ring, &proof, STK_KIND_MODULE, "shop.cart", NOW);
    assert_trust(name, STK_TRUST_THRESHOLD);
    add_signature(&out, header, 1, &c);
    bundle = open_with(state, &s, &out, &proof);
    stk_bundle_free(bundle);
    stk_keyring_covers(&name, ring, &proof, STK_KIND_MODULE, "shop.cart", NOW);
    assert_trust(name, STK_TRUST_OK);
    assert_string_equal(name.key, "a, b");
    stk_keyring_free(ring);
    stk_buffer_clear(&out);
}

static bool
is_whole(stk_bundle *bundle)
{
    stk_bundle_checked checked;
    stk_refusal why;

    assert_int_equal(
        stk_bundle_check(&checked, bundle, NULL, NULL, NULL, &why), 0);
    return checked.wrong == 0;
}

/* Each byte of the file with one bit turned, then each of its prefixes. */
static void
test_open__no_byte_may_be_another(void **state)
{
    sheet s;
    size_t header, length;
    stk_buffer out = build(&header);
    stk_comment c = comment_of(&out, header);
    stk_bundle *bundle;
    stk_proof proof;

    fill_sheet(&s, 1);
    add_signature(&out, header, 0, &c);
    bundle = open_with(state, &s, &out, &proof);
    assert_true(is_whole(bundle));
    stk_bundle_free(bundle);
    for (size_t i = 0; i < out.length; i++) {
        out.data[i] ^= (char)(1 << i % 8);
        bundle = open_with(state, &s, &out, &proof);
        if (bundle && is_whole(bundle))
            fail_msg("byte %zu of %zu may be another", i, out.length);
        stk_bundle_free(bundle);
        out.data[i] ^= (char)(1 << i % 8);
    }
    length = out.length;
    for (out.length = 0; out.length < length; out.length += 13)
        assert_null(open_with(state, &s, &out, &proof));
    stk_buffer_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_open__what_a_key_of_the_policy_signed),
        unit_test_in_folder(test_open__refuses_what_the_policy_does),
        unit_test_in_folder(test_open__refuses_a_comment_of_something_else),
        unit_test_in_folder(test_open__several_keys_sign_one_behind_the_other),
        unit_test_in_folder(test_open__no_byte_may_be_another),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
