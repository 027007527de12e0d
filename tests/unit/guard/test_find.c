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
    stk_sought sought = {
        "shop", "/nowhere.stk", NULL, 0, &site_python, false
    };
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
    stk_sought sought = { "shop", NULL, folders, 2, &site_python, false };
    stk_evidence found = STK_EVIDENCE_INIT;

    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    site_text(state, "a/shop.py", "name = 'another'\n");
    assert_int_equal(stk_evidence_find(store, &sought, &found, NULL), 0);
    assert_trust(found, STK_TRUST_UNSIGNED);
    assert_null(found.source);
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
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
