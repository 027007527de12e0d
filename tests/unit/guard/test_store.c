/* SPDX-License-Identifier: Apache-2.0 */
/* guard/store.c: a store is counted, and opens what its policy names. */
#include "site.h"

static void
test_store__it_lives_as_long_as_who_holds_it(void **state)
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
test_store__a_bundle_that_is_not_there(void **state)
{
    stk_evidence_store *store = NULL;
    stk_policy *policy = NULL;
    stk_error err = STK_ERROR_INIT;
    char text[400];

    snprintf(text, sizeof text,
             "[stockade]\nversion = 1\n[key a]\npublic = %s\nmodules = *\n"
             "[modules]\nshop = signed bundle:no.stk\n",
             signers[0].text);
    site_text(state, "policy.ini", text);
    if (stk_policy_load(&policy, unit_path(state, "policy.ini"), NULL, NULL,
                        &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(stk_evidence_store_new(&store, policy, &err), -STK_E_IO);
    assert_non_null(strstr(err.message, "no.stk"));
    assert_null(store);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_store__it_lives_as_long_as_who_holds_it),
        unit_test_in_folder(test_store__a_bundle_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
