/* SPDX-License-Identifier: Apache-2.0 */
/* guard/kept.c: code of the cache stands beside a verified source alone. */
#include "guard/kept.h"

#include "base/cleanup.h"

#include "site.h"
#include "users.h"

/* The owner keeps `code` for what site_module() wrote of `module`. */
static void
keep(void **state, const char *module, const char *code)
{
    STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
    unsigned char digest[STK_DIGEST_BYTES];
    stk_cache_item item = { module, digest, site_python.cache_tag,
                            site_python.magic, 0 };
    stk_error err = STK_ERROR_INIT;
    char body[256];

    snprintf(body, sizeof body, "name = '%s'\n", module);
    stk_digest_memory(digest, body, strlen(body));
    become(OWNER, OWNER);
    if (stk_cache_own(&cache, unit_path(state, "cache"), &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(stk_cache_keep(cache, &item, code, strlen(code), &err),
                     0);
    become(0, 0);
}

static stk_evidence_store *
open_site(void **state)
{
    stk_evidence_store *store;

    become(READER, OWNER);
    umask(022);
    store = site_store(state, "cache = cache\n", "");
    return store;
}

static void
test_take__the_code_of_a_signed_source(void **state)
{
    stk_evidence_store *store;
    stk_evidence found;

    need_root();
    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    keep(state, "shop", "CODE");
    store = open_site(state);
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_int_equal(found.code_length, 4);
    assert_memory_equal(found.code, "CODE", 4);
    assert_non_null(found.source);
    assert_false(found.cache_refused);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_take__nothing_for_a_source_that_is_not_signed(void **state)
{
    stk_evidence_store *store;

    need_root();
    site_text(state, "shop.py", "name = 'shop'\n");
    keep(state, "shop", "CODE");
    store = open_site(state);
    site_expect(state, store, "shop", STK_TRUST_UNSIGNED);
    stk_evidence_store_free(store);
}

static void
test_take__nothing_for_another_source(void **state)
{
    static const char body[] = "name = 'other'\n";
    stk_evidence_store *store;
    stk_evidence found;

    need_root();
    keep(state, "shop", "CODE");
    site_text(state, "shop.py", body);
    site_sign(state, "shop.py", body, STK_KIND_MODULE, "shop");
    store = open_site(state);
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_null(found.code);
    assert_false(found.cache_refused);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_take__what_was_altered_is_left_and_told(void **state)
{
    stk_evidence_store *store;
    stk_evidence found;
    char command[PATH_MAX + 80];

    need_root();
    site_module(state, "shop.py", STK_KIND_MODULE, "shop");
    keep(state, "shop", "CODE");
    snprintf(command, sizeof command,
             "find %s -type f -not -name key -exec sed -i s/CODE/EVIL/ {} +",
             unit_path(state, "cache"));
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "chown -R %u %s", OWNER,
             unit_path(state, "cache"));
    assert_int_equal(system(command), 0);
    store = open_site(state);
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    assert_null(found.code);
    assert_non_null(found.source);
    assert_true(found.cache_refused);
    assert_non_null(strstr(found.message, "is not what was kept there"));
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_open__a_cache_of_the_user_is_an_error(void **state)
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
    assert_int_equal(mkdir(unit_path(state, "c"), 0755), 0);
    assert_int_equal(stk_policy_load(&policy, unit_path(state, "policy.ini"),
                                     NULL, NULL, &err),
                     0);
    assert_int_equal(stk_evidence_store_new(&store, policy, &err),
                     -STK_E_INVALID);
    assert_non_null(strstr(err.message, "[signing] cache: "));
    assert_non_null(strstr(err.message, "belongs to the user that runs"));
    assert_non_null(strstr(err.file, "policy.ini"));
    assert_null(store);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_of_users(test_take__the_code_of_a_signed_source),
        unit_test_of_users(test_take__nothing_for_a_source_that_is_not_signed),
        unit_test_of_users(test_take__nothing_for_another_source),
        unit_test_of_users(test_take__what_was_altered_is_left_and_told),
        unit_test_of_users(test_open__a_cache_of_the_user_is_an_error),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
