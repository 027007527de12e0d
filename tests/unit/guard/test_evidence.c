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
    stk_sought sought = { "shop", "/nowhere.stk", NULL, 0, &site_python };
    stk_evidence found = STK_EVIDENCE_INIT;

    assert_int_equal(stk_evidence_find(store, &sought, &found, NULL), 0);
    assert_trust(found, STK_TRUST_IO);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_evidence__a_cache_that_nothing_keeps_is_refused(void **state)
{
    stk_evidence_store *store = NULL;
    stk_policy *policy = NULL;
    stk_error err = STK_ERROR_INIT;
    char text[1024];

    snprintf(text, sizeof text,
             "[stockade]\nversion = 1\n[key a]\npublic = %s\nmodules = *\n"
             "[signing]\ncache = c\n[modules]\nshop = signed\n",
             signers[0].text);
    unit_write(state, "policy.ini", text, strlen(text));
    assert_int_equal(stk_policy_load(&policy, unit_path(state, "policy.ini"),
                                     NULL, NULL, &err),
                     0);
    assert_int_equal(stk_evidence_store_new(&store, policy, &err),
                     -STK_E_UNSUPPORTED);
    assert_string_equal(err.message,
                        "[signing] cache is not supported by this build");
    assert_null(store);
    stk_policy_free(policy);
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
            test_evidence__a_cache_that_nothing_keeps_is_refused),
        unit_test_in_folder(
            test_evidence__a_bundle_that_the_policy_does_not_name_is_refused),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
