/* SPDX-License-Identifier: Apache-2.0 */
/* What explain says of a name that must be signed. */
#include "policy/tellkeys.h"

#include "policies.h"

static const char text[] =
    V1 "trusted = @own\n[group own]\nmembers = owner\n"
       "[key one]\npublic = " KEY_A "\nmodules = shop\n"
       "[key two]\npublic = " KEY_B "\nmodules = *\nstatus = retiring\n"
       "[key gone]\npublic = " KEY_C "\nmodules = shop.pay\n"
       "status = revoked 2026-01-01\n"
       "[signing]\nthreshold = shop.pay:3, shop.cart:2\n"
       "[modules]\nshop = signed\nshop.old = deny\n"
       "lib = signed bundle:lib.stk\nfree = allow\n";

static stk_explanation *
explain(const stk_policy *policy, const char *name, const char *importer)
{
    stk_request request = { name, importer, 0 };
    stk_explanation *out = NULL;

    assert_int_equal(stk_policy_explain(&out, policy, &request, NULL), 0);
    return out;
}

static void
assert_needs(const stk_policy *policy, const char *name, unsigned threshold,
             const char *wanted)
{
    stk_explanation *e = explain(policy, name, NULL);

    assert_int_equal(e->threshold, threshold);
    assert_string_equal(e->needs, wanted);
    stk_explanation_free(e);
}

static void
test_needs__is_one_clause(void **state)
{
    stk_policy *policy = policy_of(text);

    (void)state;
    assert_needs(policy, "shop", 1, "signed by one or two (retiring)");
    assert_needs(policy, "shop.cart", 2,
                 "signed by 2 of one and two (retiring)");
    assert_needs(policy, "shop.pay.card", 3,
                 "signed by 3 of one, two (retiring) and gone (revoked "
                 "2026-01-01): too few that are good");
    assert_needs(policy, "lib", 1,
                 "signed by two (retiring); in bundle lib.stk");
    stk_policy_free(policy);
}

static void
test_needs__no_key_for_the_name(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[key a]\npublic = " KEY_A
                     "\nmodules = x\n[modules]\ny = signed\n");

    (void)state;
    assert_needs(policy, "y", 1, "signed, and no key is for this name");
    stk_policy_free(policy);
}

static void
test_signers__each_with_what_is_to_be_said_of_it(void **state)
{
    stk_policy *policy = policy_of(text);
    stk_explanation *e = explain(policy, "shop.pay", NULL);

    (void)state;
    assert_int_equal(e->n_signers, 3);
    assert_string_equal(e->signers[0].key, "one");
    assert_string_equal(e->signers[0].note, "");
    assert_true(e->signers[0].usable);
    assert_true(e->signers[1].usable);
    assert_string_equal(e->signers[2].note, "revoked 2026-01-01");
    assert_false(e->signers[2].usable);
    stk_explanation_free(e);
    stk_policy_free(policy);
}

static void
test_required_by__is_the_rule_of_modules(void **state)
{
    stk_policy *policy = policy_of(text);
    stk_explanation *e = explain(policy, "shop.old", "owner");

    (void)state;
    assert_string_equal(e->decision.requirement, "signed");
    assert_string_equal(e->decision.rule.section, "stockade");
    assert_string_equal(e->required_by.text, "shop = signed");
    assert_string_equal(e->required_by.section, "modules");
    stk_explanation_free(e);
    stk_policy_free(policy);
}

static void
test_needs__nothing_is_said_where_nothing_is_needed(void **state)
{
    static const char *const names[] = { "free", "shop.old", "other", "" };
    stk_policy *policy = policy_of(text);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        stk_explanation *e = explain(policy, names[i], NULL);

        assert_null(e->needs);
        assert_null(e->required_by.file);
        assert_int_equal(e->threshold, 0);
        assert_int_equal(e->n_signers, 0);
        stk_explanation_free(e);
    }
    stk_policy_free(policy);
}

static void
test_needs__a_thousand_keys(void **state)
{
    stk_buffer many = STK_BUFFER_INIT(1u << 20);
    stk_explanation *e;
    stk_policy *policy;

    (void)state;
    stk_buffer_puts(&many, V1 "[modules]\na = signed\n");
    for (unsigned i = 0; i < 1000; i++)
        stk_buffer_printf(&many,
                          "[key a-name-of-forty-characters-it-is-%05u]\n"
                          "modules = *\nstatus = revoked 2026-01-01\n"
                          "public = RWQAAAAAAAAAA%04uqqqqqqqqqqqqqqqqqqqqqqqqq"
                          "qqqqqqqqqqqqqq\n",
                          i, i);
    policy = policy_of(many.data);
    e = explain(policy, "a", NULL);
    assert_int_equal(e->n_signers, 1000);
    assert_true(strlen(e->needs) > 50000);
    stk_explanation_free(e);
    stk_policy_free(policy);
    stk_buffer_clear(&many);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needs__is_one_clause),
        cmocka_unit_test(test_needs__no_key_for_the_name),
        cmocka_unit_test(test_signers__each_with_what_is_to_be_said_of_it),
        cmocka_unit_test(test_required_by__is_the_rule_of_modules),
        cmocka_unit_test(test_needs__nothing_is_said_where_nothing_is_needed),
        cmocka_unit_test(test_needs__a_thousand_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
