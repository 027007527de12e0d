/* SPDX-License-Identifier: Apache-2.0 */
/* guard/succession.c: the packages of an earlier store, by the keys of the
 * next. */
#include "base/text.h"
#include "guard/place.h"
#include "sitetree.h"

/* A tree above the package, so that the folder of the package alone does not
 * lead to it. */
static void
make_library(void **state)
{
    stk_row rows[] = {
        row_of(STK_KIND_PACKAGE, "shop", "shop/__init__.py", SHOP),
        row_of(STK_KIND_MODULE, "shop.cart", "shop/cart.py", CART),
    };

    site_text(state, "lib/shop/__init__.py", SHOP);
    site_text(state, "lib/shop/cart.py", CART);
    sign_rows(state, "lib", "", rows, UNIT_COUNT(rows));
}

static stk_evidence_store *
next_store(void **state, stk_evidence_store *store)
{
    stk_evidence_store *next = site_store(state, "", "");

    assert_int_equal(stk_evidence_store_follow(next, store, NULL), 0);
    stk_evidence_store_free(store);
    return next;
}

/* Of a store that has the package and not yet its module. */
static stk_evidence_store *
half_store(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    make_library(state);
    found = site_find_in(state, store, "lib", "shop");
    assert_trust(found, STK_TRUST_OK);
    stk_evidence_clear(&found);
    return store;
}

static void
expect_cart(void **state, stk_evidence_store *store, enum stk_trust trust,
            const char *message)
{
    stk_evidence found = site_find_in(state, store, "lib/shop", "shop.cart");

    assert_trust(found, trust);
    if (message)
        assert_non_null(strstr(stk_evidence_message(&found), message));
    stk_evidence_clear(&found);
}

static void
test_succession__a_tree_is_opened_again(void **state)
{
    stk_evidence_store *store = next_store(state, half_store(state));

    expect_cart(state, store, STK_TRUST_OK, NULL);
    store = next_store(state, next_store(state, store));
    expect_cart(state, store, STK_TRUST_OK, NULL);
    stk_evidence_store_free(store);
}

static void
test_succession__a_tree_that_is_gone_is_no_folder_of_files(void **state)
{
    stk_evidence_store *store = next_store(state, half_store(state));

    assert_int_equal(unlink(unit_path(state, "lib/" STK_MANIFEST_FILE)), 0);
    expect_cart(state, store, STK_TRUST_UNSIGNED, "any more");
    stk_evidence_store_free(store);
}

static void
test_succession__a_tree_that_was_changed_is_refused(void **state)
{
    stk_evidence_store *store = next_store(state, half_store(state));

    site_text(state, "lib/" STK_MANIFEST_FILE, "nothing\n");
    expect_cart(state, store, STK_TRUST_SIGNATURE, NULL);
    stk_evidence_store_free(store);
}

/* Another release, of the same key. */
static void
release_next(void **state)
{
    stk_row rows[] = {
        row_of(STK_KIND_PACKAGE, "shop", "shop/__init__.py", SHOP),
        row_of(STK_KIND_MODULE, "shop.cart", "shop/cart.py", "later = 1\n"),
    };

    site_text(state, "lib/shop/cart.py", "later = 1\n");
    sign_rows(state, "lib", "", rows, UNIT_COUNT(rows));
}

static void
test_succession__once_opened_it_stays_the_release_that_it_was(void **state)
{
    stk_evidence_store *store = next_store(state, half_store(state));

    expect_cart(state, store, STK_TRUST_OK, NULL);
    release_next(state);
    expect_cart(state, store, STK_TRUST_HASH, "not what was signed");
    store = next_store(state, store);
    expect_cart(state, store, STK_TRUST_OK, NULL);
    stk_evidence_store_free(store);
}

static void
test_succession__a_bundle_that_no_rule_names_is_refused(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_place *place = stk_place_new(STK_PLACE_EARLIER);

    place->folder = stk_text_dup("/srv/shop.stk");
    assert_int_equal(stk_place_keep(store, "shop", place), 0);
    stk_place_free(place);
    store = next_store(state, store);
    make_library(state);
    expect_cart(state, store, STK_TRUST_UNSIGNED, "/srv/shop.stk");
    stk_evidence_store_free(store);
}

static void
test_settle_later__what_was_found_earlier_has_a_place(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence_store *next = site_store(state, "", "");
    stk_evidence found;

    make_library(state);
    assert_int_equal(stk_evidence_store_follow(next, store, NULL), 0);
    found = site_find_in(state, store, "lib", "shop");
    expect_cart(state, next, STK_TRUST_UNSIGNED, NULL);
    assert_int_equal(stk_evidence_settle_later(NULL, "shop", &found, NULL), 0);
    assert_int_equal(stk_evidence_settle_later(next, "shop", &found, NULL), 0);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
    expect_cart(state, next, STK_TRUST_OK, NULL);
    stk_evidence_store_free(next);
}

static void
test_settle_later__what_is_refused_has_none(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence_store *next = site_store(state, "", "");
    stk_evidence found;

    make_library(state);
    found = site_find_in(state, store, "lib", "shop");
    stk_evidence_refuse(&found, STK_TRUST_HASH, "changed");
    assert_int_equal(stk_evidence_settle_later(next, "shop", &found, NULL), 0);
    stk_evidence_clear(&found);
    expect_cart(state, next, STK_TRUST_UNSIGNED, NULL);
    stk_evidence_store_free(store);
    stk_evidence_store_free(next);
}

static void
test_succession__without_one_of_the_two(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    assert_int_equal(stk_evidence_store_follow(store, NULL, NULL), 0);
    assert_int_equal(stk_evidence_store_follow(NULL, store, NULL), 0);
    assert_int_equal(stk_evidence_store_follow(NULL, NULL, NULL), 0);
    stk_evidence_store_free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_succession__a_tree_is_opened_again),
        unit_test_in_folder(
            test_succession__a_tree_that_is_gone_is_no_folder_of_files),
        unit_test_in_folder(
            test_succession__a_tree_that_was_changed_is_refused),
        unit_test_in_folder(
            test_succession__once_opened_it_stays_the_release_that_it_was),
        unit_test_in_folder(
            test_succession__a_bundle_that_no_rule_names_is_refused),
        unit_test_in_folder(
            test_settle_later__what_was_found_earlier_has_a_place),
        unit_test_in_folder(test_settle_later__what_is_refused_has_none),
        unit_test_in_folder(test_succession__without_one_of_the_two),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
