/* SPDX-License-Identifier: Apache-2.0 */
/* guard/folder.c: exactly one file of a folder is the module, or none is. */
#include "site.h"

static void
test_folder__a_signed_module_is_its_source(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_int_equal(found.kind, STK_KIND_MODULE);
    assert_string_equal(found.source, "name = 'shop'\n");
    assert_string_equal(found.path, unit_path(state, "shop.py"));
    assert_string_equal(found.keys, "a");
    assert_null(found.folder);
    assert_null(found.code);
    assert_true(found.has_digest);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_folder__nothing_there_is_no_refusal(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    site_expect(state, store, "shop", STK_TRUST_NONE);
    assert_int_equal(mkdir(unit_path(state, "shop"), 0755), 0);
    site_expect(state, store, "shop", STK_TRUST_NONE);
    stk_evidence_store_free(store);
}

static void
test_folder__what_is_not_signed_is_refused(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    site_text(state, "shop.py", "x = 1\n");
    site_expect(state, store, "shop", STK_TRUST_UNSIGNED);
    site_text(state, "tools/__init__.py", "x = 1\n");
    site_expect(state, store, "tools", STK_TRUST_UNSIGNED);
    site_text(state, "fast" SITE_SUFFIX, "ELF");
    site_expect(state, store, "fast", STK_TRUST_UNSIGNED);
    stk_evidence_store_free(store);
}

static void
test_folder__bytecode_without_source_is_refused(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    site_text(state, "shop.pyc", "code");
    site_sign(state, "shop.pyc", "code", STK_KIND_MODULE, "shop");
    site_expect(state, store, "shop", STK_TRUST_SOURCELESS);
    site_text(state, "tools/__init__.pyc", "code");
    site_expect(state, store, "tools", STK_TRUST_SOURCELESS);
    stk_evidence_store_free(store);
}

static void
test_folder__another_module_s_signature_does_not_serve(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    char body[] = "name = 'json'\n";

    site_text(state, "json.py", body);
    site_sign(state, "json.py", body, STK_KIND_MODULE, "shop");
    site_expect(state, store, "json", STK_TRUST_NAME);
    site_sign(state, "json.py", body, STK_KIND_PACKAGE, "json");
    site_expect(state, store, "json", STK_TRUST_KIND);
    site_sign(state, "json.py", "name = 'jso'\n", STK_KIND_MODULE, "json");
    site_expect(state, store, "json", STK_TRUST_SIGNATURE);
    stk_evidence_store_free(store);
}

static void
test_folder__an_unsigned_extension_is_passed_over(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    site_text(state, "shop" SITE_SUFFIX, "ELF");
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_int_equal(found.kind, STK_KIND_MODULE);
    stk_evidence_clear(&found);
    site_sign(state, "shop" SITE_SUFFIX, "ELF", STK_KIND_EXTENSION, "shop");
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_int_equal(found.kind, STK_KIND_EXTENSION);
    assert_string_equal(found.source, "ELF");
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_folder__no_link_is_followed(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    site_module(state, "real/shop.py", STK_KIND_MODULE, "shop");
    assert_int_equal(symlink("real/shop.py", unit_path(state, "shop.py")), 0);
    site_expect(state, store, "shop", STK_TRUST_PATH);
    site_module(state, "real/tools/__init__.py", STK_KIND_PACKAGE, "tools");
    assert_int_equal(symlink("real/tools", unit_path(state, "tools")), 0);
    site_expect(state, store, "tools", STK_TRUST_PATH);
    stk_evidence_store_free(store);
}

static void
test_folder__what_is_below_a_signed_package_is_in_its_folder(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    site_module(state, "a/shop/__init__.py", STK_KIND_PACKAGE, "shop");
    site_module(state, "a/shop/cart.py", STK_KIND_MODULE, "shop.cart");
    site_module(state, "b/cart.py", STK_KIND_MODULE, "shop.cart");
    found = site_find_in(state, store, "a", "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_string_equal(found.folder, unit_path(state, "a/shop"));
    stk_evidence_clear(&found);
    /* whatever path importlib was told to look in */
    found = site_find_in(state, store, "b", "shop.cart");
    assert_trust(found, STK_TRUST_OK);
    assert_string_equal(found.path, unit_path(state, "a/shop/cart.py"));
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_folder__the_first_folder_decides(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found = STK_EVIDENCE_INIT;
    const char *folders[2];
    stk_sought sought = {
        "shop", NULL, folders, 2, &site_python, false, false
    };

    site_text(state, "a/shop.py", "evil = 1\n");
    site_module(state, "b/shop.py", STK_KIND_MODULE, "shop");
    folders[0] = strdup(unit_path(state, "a"));
    folders[1] = strdup(unit_path(state, "b"));
    assert_int_equal(stk_evidence_find(store, &sought, &found, NULL), 0);
    assert_trust(found, STK_TRUST_UNSIGNED);
    stk_evidence_clear(&found);
    free((char *)(uintptr_t)folders[0]);
    free((char *)(uintptr_t)folders[1]);
    stk_evidence_store_free(store);
}

static void
test_folder__the_source_is_verified_again(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found, why = STK_EVIDENCE_INIT;
    char *data = NULL;
    size_t length = 0;

    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    found = site_find(state, store, "shop");
    assert_int_equal(
        stk_evidence_source(store, &found, &why, &data, &length, NULL), 1);
    assert_string_equal(data, "name = 'shop'\n");
    free(data);
    stk_evidence_clear(&why);
    site_text(state, "shop.py", "evil = 1\n");
    assert_int_equal(
        stk_evidence_source(store, &found, &why, &data, &length, NULL), 0);
    assert_trust(why, STK_TRUST_HASH);
    stk_evidence_clear(&why);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_folder__three_signatures_are_read_and_a_link_is_none(void **state)
{
    stk_evidence_store *store = site_store(state, "threshold = 1\n", "");

    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    site_text(state, "shop.py.minisig.2", "no signature\n");
    site_expect(state, store, "shop", STK_TRUST_OK);
    assert_int_equal(
        symlink("shop.py.minisig", unit_path(state, "shop.py.minisig.3")), 0);
    site_expect(state, store, "shop", STK_TRUST_PATH);
    stk_evidence_store_free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_folder__a_signed_module_is_its_source),
        unit_test_in_folder(test_folder__nothing_there_is_no_refusal),
        unit_test_in_folder(test_folder__what_is_not_signed_is_refused),
        unit_test_in_folder(test_folder__bytecode_without_source_is_refused),
        unit_test_in_folder(
            test_folder__another_module_s_signature_does_not_serve),
        unit_test_in_folder(test_folder__an_unsigned_extension_is_passed_over),
        unit_test_in_folder(test_folder__no_link_is_followed),
        unit_test_in_folder(
            test_folder__what_is_below_a_signed_package_is_in_its_folder),
        unit_test_in_folder(test_folder__the_first_folder_decides),
        unit_test_in_folder(test_folder__the_source_is_verified_again),
        unit_test_in_folder(
            test_folder__three_signatures_are_read_and_a_link_is_none),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
