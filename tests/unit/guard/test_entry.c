/* SPDX-License-Identifier: Apache-2.0 */
/* guard/entry.c: a folder is a signed tree, has one, or is its files. */
#include "sitetree.h"

static void
test_entry__a_folder_of_sys_path_may_be_a_tree(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_row rows[] = {
        row_of(STK_KIND_PACKAGE, "shop", "shop/__init__.py", SHOP),
        row_of(STK_KIND_MODULE, "shop.cart", "shop/cart.py", CART),
    };
    stk_evidence found;

    site_text(state, "shop/__init__.py", SHOP);
    site_text(state, "shop/cart.py", CART);
    sign_rows(state, "", "", rows, 2);
    site_expect(state, store, "shop", STK_TRUST_OK);
    found = site_find_in(state, store, "nowhere", "shop.cart");
    assert_trust(found, STK_TRUST_OK);
    assert_string_equal(found.path, unit_path(state, "shop/cart.py"));
    stk_evidence_clear(&found);
    site_text(state, "other.py", "evil = 1\n");
    site_expect(state, store, "other", STK_TRUST_UNLISTED);
    site_expect(state, store, "absent", STK_TRUST_NONE);
    stk_evidence_store_free(store);
}

static void
test_entry__a_folder_with_a_tree_in_it_has_files_beside(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    make_shop(state);
    site_module(state, "other.py", STK_KIND_MODULE, "other");
    site_text(state, "bare.py", "x = 1\n");
    site_expect(state, store, "shop", STK_TRUST_OK);
    site_expect(state, store, "other", STK_TRUST_OK);
    site_expect(state, store, "bare", STK_TRUST_UNSIGNED);
    site_expect(state, store, "absent", STK_TRUST_NONE);
    stk_evidence_store_free(store);
}

static void
test_entry__odd_names_reach_no_file(void **state)
{
    static const char *const names[] = { "../shop", "a/shop", "", "..", "." };
    stk_evidence_store *store = site_store(state, "", "");

    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        stk_evidence found = site_find_in(state, store, "a", names[i]);

        assert_true(found.trust != STK_TRUST_OK);
        stk_evidence_clear(&found);
    }
    stk_evidence_store_free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_entry__a_folder_of_sys_path_may_be_a_tree),
        unit_test_in_folder(
            test_entry__a_folder_with_a_tree_in_it_has_files_beside),
        unit_test_in_folder(test_entry__odd_names_reach_no_file),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
