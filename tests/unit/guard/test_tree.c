/* SPDX-License-Identifier: Apache-2.0 */
/* guard/tree.c: the files of a signed tree, and no others. */
#include "sitetree.h"

static void
test_tree__a_package_may_carry_its_own_manifest(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    make_shop(state);
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_int_equal(found.kind, STK_KIND_PACKAGE);
    assert_string_equal(found.source, SHOP);
    assert_string_equal(found.folder, unit_path(state, "shop"));
    assert_string_equal(found.path, unit_path(state, "shop/__init__.py"));
    stk_evidence_clear(&found);
    found = site_find_in(state, store, "nowhere", "shop.cart");
    assert_trust(found, STK_TRUST_OK);
    assert_string_equal(found.source, CART);
    stk_evidence_clear(&found);
    found = site_find_in(state, store, "nowhere", "shop.more");
    assert_trust(found, STK_TRUST_OK);
    assert_int_equal(found.kind, STK_KIND_NAMESPACE);
    assert_string_equal(found.folder, unit_path(state, "shop/more"));
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_tree__of_what_was_changed_the_command_is_told(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    make_shop(state);
    site_text(state, "shop/cart.py", "name = 'card'\n");
    site_expect(state, store, "shop", STK_TRUST_OK);
    found = site_find_in(state, store, "nowhere", "shop.cart");
    assert_trust(found, STK_TRUST_HASH);
    assert_non_null(strstr(found.message,
                           "/shop/cart.py is not what was signed; run: "
                           "stockade verify --policy POLICY /"));
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_tree__what_was_changed_dropped_or_added_is_refused(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    make_shop(state);
    site_expect(state, store, "shop", STK_TRUST_OK);
    site_text(state, "shop/cart.py", "name = 'card'\n");
    site_expect(state, store, "shop.cart", STK_TRUST_HASH);
    assert_int_equal(unlink(unit_path(state, "shop/cart.py")), 0);
    site_expect(state, store, "shop.cart", STK_TRUST_IO);
    site_text(state, "shop/evil.py", "evil = 1\n");
    site_expect(state, store, "shop.evil", STK_TRUST_UNLISTED);
    site_expect(state, store, "shop.absent", STK_TRUST_NONE);
    site_expect(state, store, "shop.more", STK_TRUST_OK);
    site_text(state, "shop/more/evil.py", "evil = 1\n");
    site_expect(state, store, "shop.more.evil", STK_TRUST_UNLISTED);
    stk_evidence_store_free(store);
}

static void
test_tree__a_link_in_it_is_refused(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    make_shop(state);
    site_expect(state, store, "shop", STK_TRUST_OK);
    site_text(state, "cart.py", CART);
    assert_int_equal(unlink(unit_path(state, "shop/cart.py")), 0);
    assert_int_equal(symlink("../cart.py", unit_path(state, "shop/cart.py")),
                     0);
    site_expect(state, store, "shop.cart", STK_TRUST_PATH);
    stk_evidence_store_free(store);
}

static void
test_tree__without_a_good_signature_there_is_none(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    const char *signature = "shop/" STK_MANIFEST_FILE ".minisig";

    make_shop(state);
    assert_int_equal(unlink(unit_path(state, signature)), 0);
    site_expect(state, store, "shop", STK_TRUST_UNSIGNED);
    site_text(state, signature, "no signature\n");
    site_expect(state, store, "shop", STK_TRUST_MALFORMED);
    stk_evidence_store_free(store);
}

/* The whole package under another name. */
static void
test_tree__a_tree_is_of_the_name_that_it_was_signed_for(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    char from[PATH_MAX];

    make_shop(state);
    snprintf(from, sizeof from, "%s", unit_path(state, "shop"));
    assert_int_equal(rename(from, unit_path(state, "json")), 0);
    site_expect(state, store, "json", STK_TRUST_NAME);
    stk_evidence_store_free(store);
}

static void
test_tree__a_new_manifest_is_read(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_row row = row_of(STK_KIND_PACKAGE, "shop", "__init__.py", CART);
    stk_evidence found;

    make_shop(state);
    site_expect(state, store, "shop", STK_TRUST_OK);
    site_text(state, "shop/__init__.py", CART);
    sign_rows(state, "shop", "shop", &row, 1);
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_string_equal(found.source, CART);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
expect_data(void **state, stk_evidence_store *store, const stk_evidence *of,
            const char *path, enum stk_trust trust, const char *expected)
{
    stk_evidence why = STK_EVIDENCE_INIT;
    char *data = NULL;
    size_t length = 0;
    int result = stk_evidence_data(store, of, unit_path(state, path), &why,
                                   &data, &length, NULL);

    assert_int_equal(result, expected ? 1 : 0);
    if (expected)
        assert_string_equal(data, expected);
    else
        assert_trust(why, trust);
    free(data);
    stk_evidence_clear(&why);
}

static void
test_tree__data_is_verified_too(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    make_shop(state);
    found = site_find(state, store, "shop");
    expect_data(state, store, &found, "shop/prices.txt", STK_TRUST_OK, "1\n");
    site_text(state, "shop/prices.txt", "2\n");
    expect_data(state, store, &found, "shop/prices.txt", STK_TRUST_HASH, NULL);
    site_text(state, "shop/other.txt", "2\n");
    expect_data(state, store, &found, "shop/other.txt", STK_TRUST_UNLISTED,
                NULL);
    expect_data(state, store, &found, "policy.ini", STK_TRUST_UNLISTED, NULL);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

/* The code that was signed for this very Python is what runs. */
static void
test_tree__code_of_this_python_is_taken_and_verified(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_row row = row_of(STK_KIND_MODULE, "tool", "tool.py", CART);
    stk_code code = { .tag = "cpython-311", .size = 4 };
    char *path = stk_row_code_path(&row, &code);
    stk_evidence found;

    memcpy(code.magic, site_python.magic, sizeof code.magic);
    stk_digest_memory(code.digest, "code", 4);
    row.codes = &code;
    row.n_codes = 1;
    site_text(state, "tool.py", CART);
    sign_rows(state, "", "", &row, 1);
    found = site_find(state, store, "tool");
    assert_trust(found, STK_TRUST_OK);
    assert_string_equal(found.source, CART);
    stk_evidence_clear(&found);
    site_text(state, path, "code");
    found = site_find(state, store, "tool");
    assert_trust(found, STK_TRUST_OK);
    assert_string_equal(found.code, "code");
    assert_null(found.source);
    stk_evidence_clear(&found);
    site_text(state, "tool.py", SHOP);
    site_expect(state, store, "tool", STK_TRUST_HASH);
    site_text(state, "tool.py", CART);
    site_text(state, path, "evil");
    site_expect(state, store, "tool", STK_TRUST_HASH);
    free(path);
    stk_evidence_store_free(store);
}

static void
test_tree__a_revoked_content_is_refused(void **state)
{
    unsigned char digest[STK_DIGEST_BYTES];
    char hex[STK_DIGEST_HEX], line[128];
    stk_evidence_store *store;

    stk_digest_memory(digest, CART, strlen(CART));
    snprintf(line, sizeof line, "revoked = %s\n", stk_digest_hex(hex, digest));
    store = site_store(state, line, "");
    make_shop(state);
    site_expect(state, store, "shop", STK_TRUST_OK);
    site_expect(state, store, "shop.cart", STK_TRUST_HASH_REVOKED);
    stk_evidence_store_free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_tree__a_package_may_carry_its_own_manifest),
        unit_test_in_folder(
            test_tree__of_what_was_changed_the_command_is_told),
        unit_test_in_folder(
            test_tree__what_was_changed_dropped_or_added_is_refused),
        unit_test_in_folder(test_tree__a_link_in_it_is_refused),
        unit_test_in_folder(test_tree__without_a_good_signature_there_is_none),
        unit_test_in_folder(
            test_tree__a_tree_is_of_the_name_that_it_was_signed_for),
        unit_test_in_folder(test_tree__a_new_manifest_is_read),
        unit_test_in_folder(test_tree__data_is_verified_too),
        unit_test_in_folder(
            test_tree__code_of_this_python_is_taken_and_verified),
        unit_test_in_folder(test_tree__a_revoked_content_is_refused),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
