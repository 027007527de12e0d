/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and [signing] of a draft, in the compiled policy. */
#include "policy/signing.h"

#include "policies.h"

#define S    V1 "[signing]\n"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void
test_twins__one_key_has_one_name(void **state)
{
    (void)state;
    assert_refused(V1 A_KEY "[key b]\nmodules = x\npublic = " KEY_A "\n",
                   "policy.ini:8: this is the key of [key a] (policy.ini:3); "
                   "one key has one name\n");
}

static void
test_twins__another_id_makes_no_other_key(void **state)
{
    (void)state;
    assert_refused(V1 A_KEY "[key b]\nmodules = x\npublic = " KEY_A2 "\n",
                   "policy.ini:8: this is the key of [key a] (policy.ini:3); "
                   "one key has one name\n");
}

static void
test_twins__the_one_that_is_replaced_is_none(void **state)
{
    static const char base[] = V1 A_KEY;
    static const char top[] =
        V1 "extends = base.ini\n[key a]\npublic = " KEY_B
           "\nmodules = x\n[key b]\npublic = " KEY_A "\nmodules = x\n";
    stk_policy *policy;

    unit_write(state, "base.ini", base, strlen(base));
    policy = policy_at(unit_write(state, "top.ini", top, strlen(top)));
    assert_int_equal(stk_policy_signing(policy)->n_keys, 2);
    stk_policy_free(policy);
}

static void
test_revoked__twice_in_one_file(void **state)
{
    (void)state;
    assert_refused(S "revoked = " HASH "\nrevoked = " HASH "\n",
                   "policy.ini:5: 00112233... is revoked already, line 4\n");
    assert_refused(S "revoked = " KEY_A "\nrevoked = " KEY_A "\n",
                   "policy.ini:5: RWQAAAAA... is revoked already, line 4\n");
}

static void
test_needs__is_about_signed_rules_alone(void **state)
{
    stk_policy *policy = policy_of(V1 A_KEY "[modules]\na = allow\n");
    size_t n = 7;

    (void)state;
    assert_false(stk_policy_needs_signatures(policy));
    stk_policy_bundles(policy, &n);
    assert_int_equal(n, 0);
    stk_policy_free(policy);
    policy = policy_of(V1 A_KEY "[modules]\n@stdlib = signed\n");
    assert_true(stk_policy_needs_signatures(policy));
    stk_policy_free(policy);
}

static void
test_bundles__each_once(void **state)
{
    stk_policy *policy = policy_of(
        V1 A_KEY
        "[modules]\na = signed bundle:a.stk\nb = signed\n"
        "c = signed bundle:/c.stk\nd = signed closure bundle:a.stk\n");
    const char *const *bundles;
    size_t n = 0;

    (void)state;
    bundles = stk_policy_bundles(policy, &n);
    assert_int_equal(n, 2);
    assert_string_equal(bundles[0], "a.stk");
    assert_string_equal(bundles[1], "/c.stk");
    assert_int_equal(stk_policy_bundle_rule(policy, "a.stk").line, 7);
    assert_string_equal(stk_policy_bundle_rule(policy, "/c.stk").text,
                        "c = signed bundle:/c.stk");
    assert_null(stk_policy_bundle_rule(policy, "b.stk").file);
    assert_string_equal(ask(policy, "d.x", NULL).bundle, "a.stk");
    assert_null(ask(policy, "b", NULL).bundle);
    stk_policy_free(policy);
}

static void
test_bundles__that_are_replaced_are_none(void **state)
{
    static const char base[] = V1 A_KEY "[modules]\na = signed bundle:a.stk\n";
    static const char top[] = V1 "extends = base.ini\n[modules]\na = signed\n";
    stk_policy *policy;
    size_t n = 7;

    unit_write(state, "base.ini", base, strlen(base));
    policy = policy_at(unit_write(state, "top.ini", top, strlen(top)));
    stk_policy_bundles(policy, &n);
    assert_int_equal(n, 0);
    stk_policy_free(policy);
}

static void
test_bundles__too_many(void **state)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 20);

    (void)state;
    stk_buffer_puts(&text, V1 A_KEY "[modules]\n");
    for (unsigned i = 0; i < 1001; i++)
        stk_buffer_printf(&text, "m%u = signed bundle:%u\n", i, i);
    assert_bytes_refused(text.data, text.length, STK_E_LIMIT,
                         "policy.ini:1007: more than 1000 bundles\n");
    stk_buffer_clear(&text);
}

static void
test_signed__keys_of_any_file_will_do(void **state)
{
    static const char base[] = V1 "[modules]\na = signed\n";
    static const char top[] = V1 "extends = base.ini\n" A_KEY;
    stk_policy *policy;

    (void)state;
    assert_refused(base, "policy.ini:4: \"signed\": no [key] is there to sign "
                         "it; add a section [key NAME]\n");
    unit_write(state, "base.ini", base, strlen(base));
    policy = policy_at(unit_write(state, "top.ini", top, strlen(top)));
    assert_true(stk_policy_needs_signatures(policy));
    stk_policy_free(policy);
}

/* ---- who may sign ----------------------------------------------------- */

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twins__one_key_has_one_name),
        cmocka_unit_test(test_twins__another_id_makes_no_other_key),
        unit_test_in_folder(test_twins__the_one_that_is_replaced_is_none),
        cmocka_unit_test(test_revoked__twice_in_one_file),
        cmocka_unit_test(test_needs__is_about_signed_rules_alone),
        cmocka_unit_test(test_bundles__each_once),
        unit_test_in_folder(test_bundles__that_are_replaced_are_none),
        cmocka_unit_test(test_bundles__too_many),
        unit_test_in_folder(test_signed__keys_of_any_file_will_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
