/* SPDX-License-Identifier: Apache-2.0 */
/* guard/find.c: where a name is looked for. */
#include "site.h"

static void
test_find__without_a_store_nothing_is_authentic(void **state)
{
    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    site_expect(state, NULL, "shop", STK_TRUST_UNSIGNED);
}

static void
test_find__a_bundle_that_the_policy_does_not_name_is_refused(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_sought sought = { "shop",       "/nowhere.stk", NULL, 0,
                          &site_python, false,          false };
    stk_evidence found = STK_EVIDENCE_INIT;

    assert_int_equal(stk_evidence_find(store, &sought, &found, NULL), 0);
    assert_trust(found, STK_TRUST_IO);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_find__the_first_folder_that_has_the_name_decides(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    const char *first = unit_path(state, "a");
    const char *folders[] = { first, unit_path(state, ".") };
    stk_sought sought = {
        "shop", NULL, folders, 2, &site_python, false, false
    };
    stk_evidence found = STK_EVIDENCE_INIT;

    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    site_text(state, "a/shop.py", "name = 'another'\n");
    assert_int_equal(stk_evidence_find(store, &sought, &found, NULL), 0);
    assert_trust(found, STK_TRUST_UNSIGNED);
    assert_null(found.source);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

/* A release that is found, and not what is loaded, moves no package. */
static void
test_find__what_is_below_a_package_is_where_that_was_settled(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    const char *folders[] = { unit_path(state, "b") };
    stk_sought sought = { .name = "shop",
                          .folders = folders,
                          .n_folders = 1,
                          .python = &site_python,
                          .unsettled = true };
    stk_evidence first, found = STK_EVIDENCE_INIT;

    site_module(state, "a/shop/__init__.py", STK_KIND_PACKAGE, "shop");
    site_module(state, "a/shop/cart.py", STK_KIND_MODULE, "shop.cart");
    site_module(state, "b/shop/__init__.py", STK_KIND_PACKAGE, "shop");
    first = site_find_in(state, store, "a", "shop");
    assert_trust(first, STK_TRUST_OK);
    assert_int_equal(stk_evidence_find(store, &sought, &found, NULL), 0);
    assert_trust(found, STK_TRUST_OK);
    site_expect(state, store, "shop.cart", STK_TRUST_OK);
    assert_int_equal(stk_evidence_settle(store, "shop", &found, NULL), 0);
    site_expect(state, store, "shop.cart", STK_TRUST_NONE);
    stk_evidence_clear(&first);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_find__without_a_store_nothing_is_authentic),
        unit_test_in_folder(
            test_find__a_bundle_that_the_policy_does_not_name_is_refused),
        unit_test_in_folder(
            test_find__the_first_folder_that_has_the_name_decides),
        unit_test_in_folder(
            test_find__what_is_below_a_package_is_where_that_was_settled),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
