/* SPDX-License-Identifier: Apache-2.0 */
/* guard/evidence.c: a store is counted, and a guard without one refuses. */
#include "site.h"

static void
test_evidence__a_store_lives_as_long_as_who_holds_it(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    assert_ptr_equal(stk_evidence_store_ref(store), store);
    stk_evidence_store_free(store);
    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    site_expect(state, store, "shop", STK_TRUST_OK);
    stk_evidence_store_free(store);
    assert_null(stk_evidence_store_ref(NULL));
    stk_evidence_store_free(NULL);
}

static void
test_evidence__without_a_store_nothing_is_authentic(void **state)
{
    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    site_expect(state, NULL, "shop", STK_TRUST_UNSIGNED);
}

static void
test_evidence__a_bundle_that_the_policy_does_not_name_is_refused(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_sought sought = {
        "shop", "/nowhere.stk", NULL, 0, &site_python, false
    };
    stk_evidence found = STK_EVIDENCE_INIT;

    assert_int_equal(stk_evidence_find(store, &sought, &found, NULL), 0);
    assert_trust(found, STK_TRUST_IO);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_evidence__a_store_lives_as_long_as_who_holds_it),
        unit_test_in_folder(
            test_evidence__without_a_store_nothing_is_authentic),
        unit_test_in_folder(
            test_evidence__a_bundle_that_the_policy_does_not_name_is_refused),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
