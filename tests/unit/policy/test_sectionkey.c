/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a section, as a table. */
#include "policy/sectionkey.h"

#include "policies.h"

#define KEY "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"

static void
test_find__a_key_of_each_section_that_is_none(void **state)
{
    (void)state;
    assert_refused(V1 "[key a]\npublc = x\n",
                   "policy.ini:3: [key a] has no public key; write public = "
                   "and the second line of the .pub file\n"
                   "policy.ini:3: [key a] has no modules; write modules = "
                   "and what it may sign, * for everything\n"
                   "policy.ini:4: unknown key \"publc\"; did you mean "
                   "\"public\"?\n");
    assert_refused(V1 "[signing]\nqqqqqq = 1\n",
                   "policy.ini:4: unknown key \"qqqqqq\"; write threshold, "
                   "revoked, floor, state, state_key, require_state, "
                   "clock_floor, context, binding, cache or fast_path\n");
}

static void
test_find__once_unless_it_is_a_list(void **state)
{
    (void)state;
    assert_refused(V1 "[signing]\ncontext = a\ncontext = b\n",
                   "policy.ini:5: context stands on line 4 already; keep "
                   "one\n");
    stk_policy_free(
        policy_of(V1 "[signing]\nthreshold = a:1\nthreshold = b:1\n"));
}

static void
test_find__has_a_value(void **state)
{
    (void)state;
    assert_refused(V1 "[signing]\ncontext =\n",
                   "policy.ini:4: context has no value\n");
    assert_refused(V1 "[signing]\nthreshold = , ,\n",
                   "policy.ini:4: threshold has no value\n");
}

static void
test_find__below_a_refused_heading_only_the_key_is_checked(void **state)
{
    (void)state;
    assert_refused(V1 "[key a/b]\npublic = nonsense\npublc = x\n",
                   "policy.ini:3: \"a/b\" is no name for a key; letters, "
                   "digits and ._- make one, 40 at most\n"
                   "policy.ini:5: unknown key \"publc\"; did you mean "
                   "\"public\"?\n");
}

static void
test_patterns__each_once_and_the_good_ones_beside_a_bad_one(void **state)
{
    (void)state;
    assert_refused(V1 "[key a]\npublic = " KEY "\nmodules = a, 1b, c, a\n",
                   "policy.ini:5: \"1b\" is no pattern; write shop, tools.*, "
                   "shop_* or *\n"
                   "policy.ini:5: \"a\" is in modules already\n");
    assert_refused(V1 "[loader a]\nfinder = a:B\nmodules = v, *, v\n",
                   "policy.ini:5: \"*\" is no pattern for a loader; write "
                   "vault, vault.* or vault_*\n"
                   "policy.ini:5: \"v\" is in modules already\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find__a_key_of_each_section_that_is_none),
        cmocka_unit_test(test_find__once_unless_it_is_a_list),
        cmocka_unit_test(test_find__has_a_value),
        cmocka_unit_test(
            test_find__below_a_refused_heading_only_the_key_is_checked),
        cmocka_unit_test(
            test_patterns__each_once_and_the_good_ones_beside_a_bad_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
