/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign what: thresholds, kinds, what is wrong with a key. */
#include "policy/signers.h"

#include "policies.h"

#define S V1 "[signing]\n"

static void
test_threshold__the_longest_pattern_wins(void **state)
{
    stk_policy *policy =
        policy_of(S "threshold = 2, shop:3, shop.*:4, shop.pay:1, sh*:5\n");
    const stk_signing *signing = stk_policy_signing(policy);

    (void)state;
    assert_int_equal(stk_signers_threshold(signing, "x"), 2);
    assert_int_equal(stk_signers_threshold(signing, "sha"), 5);
    assert_int_equal(stk_signers_threshold(signing, "shop"), 3);
    assert_int_equal(stk_signers_threshold(signing, "shop.x"), 4);
    assert_int_equal(stk_signers_threshold(signing, "shop.pay.x"), 1);
    stk_policy_free(policy);
    policy = policy_of(V1);
    assert_int_equal(stk_signers_threshold(stk_policy_signing(policy), "x"),
                     1);
    stk_policy_free(policy);
}

static void
test_covers__needs_a_kind_of_code(void **state)
{
    stk_policy *policy = policy_of(
        V1 "[key a]\npublic = " KEY_A "\nmodules = shop\nkinds = data policy\n"
           "[key b]\npublic = " KEY_B "\nmodules = shop.*\nkinds = data "
           "bundle\n");
    const stk_key_rule *keys = stk_policy_signing(policy)->keys;

    (void)state;
    assert_false(stk_signers_covers(&keys[0], "shop"));
    assert_false(stk_signers_covers(&keys[1], "shop"));
    assert_true(stk_signers_covers(&keys[1], "shop.x"));
    stk_policy_free(policy);
}

static void
assert_note(const char *entries, int64_t now, const char *wanted, bool good)
{
    char text[500], note[STK_SIGNER_NOTE_MAX];
    const stk_signing *signing;
    stk_policy *policy;
    bool usable;

    snprintf(text, sizeof text, V1 A_KEY "%s\n", entries);
    policy = policy_of(text);
    signing = stk_policy_signing(policy);
    assert_string_equal(
        stk_signers_note(note, &usable, signing, &signing->keys[0], now),
        wanted);
    assert_int_equal(usable, good);
    assert_int_equal(stk_signers_count(signing, "x", now), good);
    stk_policy_free(policy);
}

#define DAY INT64_C(1767225600) /* 2026-01-01 */

static void
test_note__says_what_is_wrong_with_a_key(void **state)
{
    (void)state;
    assert_note("", DAY, "", true);
    assert_note("status = retiring", DAY, "retiring", true);
    assert_note("status = revoked", DAY, "revoked", false);
    assert_note("status = revoked 2027-01-01", DAY, "revoked 2027-01-01",
                false);
    assert_note("not_after = 2025-12-31", DAY - 1, "", true);
    assert_note("not_after = 2025-12-31", DAY, "expired 2025-12-31", false);
    assert_note("not_before = 2026-01-01", DAY, "", true);
    assert_note("not_before = 2026-01-01", DAY - 1, "not before 2026-01-01",
                false);
    /* the id in front is another one, the key is the same */
    assert_note("[signing]\nrevoked = " KEY_A2, DAY, "revoked", false);
    assert_note("[signing]\nrevoked = " KEY_B, DAY, "", true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threshold__the_longest_pattern_wins),
        cmocka_unit_test(test_covers__needs_a_kind_of_code),
        cmocka_unit_test(test_note__says_what_is_wrong_with_a_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
