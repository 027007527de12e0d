/* SPDX-License-Identifier: Apache-2.0 */
/* guard/packed.c: what a rule's bundle holds, and nothing else. */
#include "sitebundle.h"
#include "trust/digest.h"

static void
test_packed__a_module_is_its_code_or_its_source(void **state)
{
    stk_evidence_store *store;
    stk_evidence found;

    make_bundle(state);
    store = site_store(state, "", RULE);
    found = find_in_bundle(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_int_equal(found.kind, STK_KIND_PACKAGE);
    assert_string_equal(found.code, "code");
    assert_null(found.source);
    assert_true(found.in_bundle);
    assert_string_equal(found.path, unit_path(state, "shop/__init__.py"));
    assert_string_equal(found.folder, unit_path(state, "shop"));
    stk_evidence_clear(&found);
    found = find_in_bundle(state, store, "shop.cart");
    assert_trust(found, STK_TRUST_OK);
    assert_string_equal(found.source, CART);
    assert_string_equal(found.keys, "a");
    stk_evidence_clear(&found);
    found = find_in_bundle(state, store, "shop.more");
    assert_int_equal(found.kind, STK_KIND_NAMESPACE);
    assert_string_equal(found.folder, unit_path(state, "shop/more"));
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

/* They are told apart by it where they are loaded. */
static void
test_packed__an_extension_has_the_digest_of_its_content(void **state)
{
    stk_evidence_store *store;
    stk_evidence fast, slow;
    unsigned char digest[32];

    make_bundle(state);
    store = site_store(state, "", RULE);
    fast = find_in_bundle(state, store, "shop.fast");
    slow = find_in_bundle(state, store, "shop.slow");
    assert_trust(fast, STK_TRUST_OK);
    assert_trust(slow, STK_TRUST_OK);
    assert_true(fast.has_digest);
    stk_digest_memory(digest, "one", 3);
    assert_memory_equal(fast.digest, digest, sizeof digest);
    assert_memory_equal(fast.source, "one", 3);
    assert_true(slow.has_digest);
    stk_digest_memory(digest, "two", 3);
    assert_memory_equal(slow.digest, digest, sizeof digest);
    assert_memory_not_equal(fast.digest, slow.digest, sizeof digest);
    stk_evidence_clear(&fast);
    stk_evidence_clear(&slow);
    stk_evidence_store_free(store);
}

/* Hashing it once more is for the record alone. */
static void
test_packed__an_extension_is_told_apart_without_a_record(void **state)
{
    stk_sought sought = { "shop.fast",  unit_path(state, "shop.stk"),
                          NULL,         0,
                          &site_python, true,
                          false };
    stk_evidence fast = STK_EVIDENCE_INIT, slow;
    stk_evidence_store *store;

    make_bundle(state);
    store = site_store(state, "", RULE);
    assert_int_equal(stk_evidence_find(store, &sought, &fast, NULL), 0);
    slow = find_in_bundle(state, store, "shop.slow");
    assert_trust(fast, STK_TRUST_OK);
    assert_false(fast.has_digest);
    /* what is loaded of it will do */
    assert_int_equal(fast.source_length, 2);
    assert_memory_equal(fast.source, "on", 2);
    assert_true(fast.has_identity);
    assert_true(slow.has_identity);
    assert_memory_not_equal(fast.identity, slow.identity,
                            sizeof fast.identity);
    stk_evidence_clear(&fast);
    stk_evidence_clear(&slow);
    stk_evidence_store_free(store);
}

static void
test_packed__files_beside_it_do_not_count(void **state)
{
    stk_evidence_store *store;
    stk_evidence found;

    make_bundle(state);
    store = site_store(state, "", RULE);
    site_module(state, "shop/evil.py", STK_KIND_MODULE, "shop.evil");
    found = find_in_bundle(state, store, "shop.evil");
    assert_trust(found, STK_TRUST_NONE);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_packed__source_and_data_are_read_by_their_paths(void **state)
{
    static const struct {
        const char *path, *expected;
    } cases[] = { { "shop/__init__.py", SHOP },
                  { "shop/cart.py", CART },
                  { "shop/prices.txt", "1\n" },
                  { "shop/other.txt", NULL },
                  { "policy.ini", NULL } };
    stk_evidence_store *store;
    stk_evidence found;

    make_bundle(state);
    store = site_store(state, "", RULE);
    found = find_in_bundle(state, store, "shop");
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        stk_evidence why = STK_EVIDENCE_INIT;
        char *data = NULL;
        size_t length = 0;
        int result =
            stk_evidence_data(store, &found, unit_path(state, cases[i].path),
                              &why, &data, &length, NULL);

        assert_int_equal(result, cases[i].expected ? 1 : 0);
        if (result)
            assert_string_equal(data, cases[i].expected);
        else
            assert_trust(why, STK_TRUST_UNLISTED);
        free(data);
        stk_evidence_clear(&why);
    }
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

/* Every bundle that does not hold refuses what its rule covers. */
static void
test_packed__a_damaged_bundle_refuses_each_import(void **state)
{
    stk_evidence_store *store;
    stk_evidence found;

    site_text(state, "shop.stk", "STKBNDL1 and nothing more");
    store = site_store(state, "", RULE);
    found = find_in_bundle(state, store, "shop");
    assert_trust(found, STK_TRUST_MALFORMED);
    assert_true(found.message[0]);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_packed__a_bundle_that_is_not_there_stops_the_load(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_policy *policy = NULL;
    stk_error err = STK_ERROR_INIT;
    char text[1024];

    stk_evidence_store_free(store);
    store = NULL;
    snprintf(text, sizeof text,
             "[stockade]\nversion = 1\n[key a]\npublic = %s\nmodules = *\n"
             "[modules]\n" RULE,
             signers[0].text);
    unit_write(state, "policy.ini", text, strlen(text));
    assert_int_equal(stk_policy_load(&policy, unit_path(state, "policy.ini"),
                                     NULL, NULL, &err),
                     0);
    assert_int_equal(stk_evidence_store_new(&store, policy, &err), -STK_E_IO);
    assert_null(store);
    assert_non_null(strstr(err.message, "cannot open the bundle /"));
    assert_non_null(strstr(err.message, ".stk: No such file or directory"));
    assert_non_null(strstr(err.file, "/policy.ini"));
    assert_int_equal(err.line, 7);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_packed__a_module_is_its_code_or_its_source),
        unit_test_in_folder(
            test_packed__an_extension_has_the_digest_of_its_content),
        unit_test_in_folder(
            test_packed__an_extension_is_told_apart_without_a_record),
        unit_test_in_folder(test_packed__files_beside_it_do_not_count),
        unit_test_in_folder(
            test_packed__source_and_data_are_read_by_their_paths),
        unit_test_in_folder(test_packed__a_damaged_bundle_refuses_each_import),
        unit_test_in_folder(
            test_packed__a_bundle_that_is_not_there_stops_the_load),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
