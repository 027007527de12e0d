/* SPDX-License-Identifier: Apache-2.0 */
/* What is signed of a bundle is its header, and minisign can tell. */
#include "bundlesigned.h"

static void
test_sign__is_a_signature_of_the_header_for_minisign(void **state)
{
    size_t header;
    stk_buffer out = build(&header);
    stk_comment c = comment_of(&out, header);
    size_t at = out.length;
    stk_minisig minisig;
    stk_content content;
    char why[STK_WHY_MAX];

    (void)state;
    add_signature(&out, header, 2, &c);
    assert_int_equal(
        stk_minisig_parse(&minisig, out.data + at, out.length - at, why),
        STK_TRUST_OK);
    stk_content_memory(&content, out.data, header);
    assert_int_equal(
        stk_minisig_verify(&minisig, &signers[2].key->public_key, &content),
        STK_TRUST_OK);
    assert_memory_equal(out.data + at, STK_BUNDLE_UNTRUSTED,
                        strlen(STK_BUNDLE_UNTRUSTED));
    stk_buffer_clear(&out);
}

static void
test_comment__says_what_the_header_does(void **state)
{
    size_t header;
    stk_buffer out = build(&header);
    stk_comment c = comment_of(&out, header);
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_int_equal(c.kind, STK_KIND_BUNDLE);
    assert_string_equal(c.module, "shop");
    assert_string_equal(c.package, "shop");
    assert_string_equal(c.version, "2.4.1");
    assert_string_equal(c.context, "corp/prod");
    assert_int_equal(c.sequence, 317);
    assert_int_equal(c.signed_at, 1700000000);
    assert_int_equal(c.expires, 1900000000);
    assert_int_equal(c.size, header);
    assert_int_equal(stk_bundle_comment(&c, out.data, header - 1, &err),
                     -STK_E_INVALID);
    assert_true(err.message[0]);
    stk_buffer_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comment__says_what_the_header_does),
        cmocka_unit_test(test_sign__is_a_signature_of_the_header_for_minisign),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
