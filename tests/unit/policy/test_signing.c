/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [signing]. */
#include "policy/signing.h"

#include "policies.h"

#define S    V1 "[signing]\n"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HASH2                                                                 \
    "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void
test_signing__nothing_written(void **state)
{
    stk_policy *policy = policy_of(V1);
    const stk_signing *signing = stk_policy_signing(policy);
    stk_signing empty;

    (void)state;
    memset(&empty, 0, sizeof empty);
    assert_int_equal(signing->n_keys, 0);
    assert_int_equal(signing->n_thresholds, 0);
    assert_int_equal(signing->n_floors, 0);
    assert_int_equal(signing->n_revoked_hashes, 0);
    assert_int_equal(signing->n_revoked_keys, 0);
    assert_null(signing->state);
    assert_null(signing->state_key);
    assert_null(signing->context);
    assert_null(signing->cache);
    assert_false(signing->require_state);
    assert_false(signing->slow);
    assert_int_equal(signing->clock_floor, 0);
    assert_int_equal(signing->binding, STK_BINDING_STRICT);
    stk_policy_free(policy);
}

static void
test_signing__all_that_it_says(void **state)
{
    stk_policy *policy = policy_of(
        S "threshold = 2\nthreshold = shop:1, pay.*:3\nrevoked = " HASH2
          "\nrevoked = " KEY_A ", " HASH "\nfloor = shop:300 pay.x:1\n"
          "state = var/signing.state\nstate_key = /etc/k\nrequire_state = "
          "yes\nfast_path = off\n"
          "clock_floor = 2026-01-01\ncontext = corp/prod\n"
          "binding = basename\ncache = /var/cache/x\n");
    const stk_signing *signing = stk_policy_signing(policy);

    (void)state;
    assert_int_equal(signing->n_thresholds, 3);
    assert_string_equal(signing->thresholds[0].pattern, "*");
    assert_int_equal(signing->thresholds[0].keys, 2);
    assert_string_equal(signing->thresholds[2].pattern, "pay.*");
    assert_int_equal(signing->thresholds[2].keys, 3);
    assert_int_equal(signing->n_revoked_hashes, 2);
    assert_string_equal(signing->revoked_hashes[0], HASH);
    assert_string_equal(signing->revoked_hashes[1], HASH2);
    assert_int_equal(signing->n_revoked_keys, 1);
    assert_string_equal(signing->revoked_keys[0], KEY_A);
    assert_int_equal(signing->n_floors, 2);
    assert_string_equal(signing->floors[0].package, "shop");
    assert_int_equal(signing->floors[0].sequence, 300);
    assert_string_equal(signing->state, "var/signing.state");
    assert_string_equal(signing->state_key, "/etc/k");
    assert_true(signing->require_state);
    assert_true(signing->slow);
    assert_int_equal(signing->clock_floor, 1767225600);
    assert_string_equal(signing->context, "corp/prod");
    assert_int_equal(signing->binding, STK_BINDING_BASENAME);
    assert_string_equal(signing->cache, "/var/cache/x");
    stk_policy_free(policy);
}

static void
test_threshold__what_is_none(void **state)
{
    static const char *const words[] = {
        "0",     "10",     "x",        "2x",      "-1",
        "+1",    "02",     "shop:",    "shop:0",  ":2",
        "a*b:2", "@web:2", "shop:1:2", "shop:99", "shop:1x",
    };
    char text[200], wanted[300];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(words); i++) {
        snprintf(text, sizeof text, S "threshold = %s\n", words[i]);
        snprintf(wanted, sizeof wanted,
                 "policy.ini:4: \"%s\" is no threshold; write 2, or shop:2, "
                 "with 1 to 9 keys\n",
                 words[i]);
        assert_refused(text, wanted);
    }
    assert_refused(S "threshold = 2, shop:3\nthreshold = *:1 shop:3\n",
                   "policy.ini:5: \"*:1\": \"*\" stands on line 4 already; "
                   "keep one\n"
                   "policy.ini:5: \"shop:3\": \"shop\" stands on line 4 "
                   "already; keep one\n");
}

static void
test_floor__what_is_none(void **state)
{
    static const char *const words[] = {
        "shop",     "300",      "shop:",   "shop:x",
        "shop:-1",  "shop:0",   "shop:01", "*:3",
        "shop.*:3", "shop:1:2", ":3",      "shop:9999999999999999999"
    };
    char text[200], wanted[300];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(words); i++) {
        snprintf(text, sizeof text, S "floor = %s\n", words[i]);
        snprintf(wanted, sizeof wanted,
                 "policy.ini:4: \"%s\" is no floor; write the package and its "
                 "lowest sequence, shop:300\n",
                 words[i]);
        assert_refused(text, wanted);
    }
    assert_refused(S "floor = shop:1 shop:2\n",
                   "policy.ini:4: \"shop:2\": \"shop\" stands on line 4 "
                   "already; keep one\n");
}

static void
test_revoked__what_is_none(void **state)
{
    (void)state;
    assert_refused(S "revoked = vendor\n",
                   "policy.ini:4: \"vendor\" is neither a public key nor the "
                   "hash of a content; write 64 lower-case hexadecimal digits "
                   "(b2sum -l 256)\n");
    assert_refused(
        S "revoked = FF112233445566778899aabbccddeeff"
          "00112233445566778899aabbccddeeff\n",
        "policy.ini:4: \"FF112233445566778899aabbccddeeff"
        "00112233445566778899aabbccddeeff\" is neither a public key nor the "
        "hash of a content; write 64 lower-case hexadecimal digits "
        "(b2sum -l 256)\n");
}

static void
test_values__what_is_none(void **state)
{
    (void)state;
    assert_refused(S "require_state = ye\nbinding = loose\n"
                     "clock_floor = now\ncontext = a b\nstate =\n",
                   "policy.ini:4: unknown value \"ye\"; did you mean "
                   "\"yes\"?\n"
                   "policy.ini:5: unknown value \"loose\"; write strict or "
                   "basename\n"
                   "policy.ini:6: \"now\" is no date; write 2027-01-31 or "
                   "2027-01-31T12:00:00Z\n"
                   "policy.ini:7: \"a b\" is no context; write up to 100 "
                   "characters of ASCII without a blank\n"
                   "policy.ini:8: state has no value\n");
    assert_refused(S "context = caf\xC3\xA9\n",
                   "policy.ini:4: \"caf\xC3\xA9\" is no context; write up to "
                   "100 characters of ASCII without a blank\n");
}

static void
test_signing__unknown_and_repeated(void **state)
{
    (void)state;
    assert_refused(S "treshold = 2\nkeys = 2\n",
                   "policy.ini:4: unknown key \"treshold\"; did you mean "
                   "\"threshold\"?\n"
                   "policy.ini:5: unknown key \"keys\"; write threshold, "
                   "revoked, floor, state, state_key, require_state, "
                   "clock_floor, context, binding, cache or fast_path\n");
    assert_refused(S "state = a\nstate = b\n",
                   "policy.ini:5: state stands on line 4 already; keep one\n");
    assert_refused(S "[signing]\n", "policy.ini:4: [signing] stands on line 3 "
                                    "already; keep one\n");
}

static stk_policy *
extended(void **state, const char *base, const char *top)
{
    assert_int_equal(mkdir(unit_path(state, "sub"), 0700), 0);
    unit_write(state, "sub/base.ini", base, strlen(base));
    return policy_at(unit_write(state, "top.ini", top, strlen(top)));
}

static void
test_extends__the_later_file_wins_key_by_key(void **state)
{
    stk_policy *policy = extended(
        state,
        S "threshold = 3, shop:2, pay:2\nfloor = shop:5, pay:6\n"
          "state = s\ncache = c\nrequire_state = yes\ncontext = base\n",
        V1 "extends = sub/base.ini\n[signing]\nthreshold = shop:1\n"
           "floor = pay:7, x:1\ncache = d\nrequire_state = no\n");
    const stk_signing *signing = stk_policy_signing(policy);

    assert_int_equal(signing->n_thresholds, 3);
    assert_string_equal(signing->thresholds[0].pattern, "*");
    assert_int_equal(signing->thresholds[0].keys, 3);
    assert_int_equal(signing->thresholds[1].keys, 1);
    assert_int_equal(signing->thresholds[2].keys, 2);
    assert_int_equal(signing->n_floors, 3);
    assert_int_equal(signing->floors[0].sequence, 5);
    assert_int_equal(signing->floors[1].sequence, 7);
    assert_string_equal(signing->state, unit_path(state, "sub/s"));
    assert_string_equal(signing->cache, unit_path(state, "d"));
    assert_false(signing->require_state);
    assert_string_equal(signing->context, "base");
    stk_policy_free(policy);
}

static void
test_extends__what_is_revoked_stays_revoked(void **state)
{
    stk_policy *policy =
        extended(state, S "revoked = " HASH ", " KEY_A "\n",
                 V1 "extends = sub/base.ini\n[signing]\nrevoked = " HASH2
                    " " HASH "\n");
    const stk_signing *signing = stk_policy_signing(policy);

    assert_int_equal(signing->n_revoked_hashes, 2);
    assert_string_equal(signing->revoked_hashes[0], HASH);
    assert_string_equal(signing->revoked_hashes[1], HASH2);
    assert_int_equal(signing->n_revoked_keys, 1);
    stk_policy_free(policy);
}

static void
test_signing__too_many(void **state)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 20);

    (void)state;
    stk_buffer_puts(&text, S);
    for (unsigned i = 0; i < STK_REVOKED_MAX + 1; i++)
        stk_buffer_printf(&text, "revoked=%064u\n", i);
    assert_bytes_refused(text.data, text.length, STK_E_LIMIT,
                         "policy.ini:10004: more than 10000 are revoked\n");
    text.length = 0;
    stk_buffer_puts(&text, S);
    for (unsigned i = 0; i < STK_PATTERNS_MAX + 1; i++)
        stk_buffer_printf(&text, "threshold = m%u:2\n", i);
    assert_bytes_refused(text.data, text.length, STK_E_LIMIT,
                         "policy.ini:1004: more than 1000 of a list\n");
    stk_buffer_clear(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signing__nothing_written),
        cmocka_unit_test(test_signing__all_that_it_says),
        cmocka_unit_test(test_threshold__what_is_none),
        cmocka_unit_test(test_floor__what_is_none),
        cmocka_unit_test(test_revoked__what_is_none),
        cmocka_unit_test(test_values__what_is_none),
        cmocka_unit_test(test_signing__unknown_and_repeated),
        unit_test_in_folder(test_extends__the_later_file_wins_key_by_key),
        unit_test_in_folder(test_extends__what_is_revoked_stays_revoked),
        cmocka_unit_test(test_signing__too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
