/* SPDX-License-Identifier: Apache-2.0 */
/* One key and its section: may it sign this, now? */
#include "trust/keyring_parts.h"

#include "signing.h"

static enum stk_trust
rule(const sheet *s, enum stk_kind kind, const char *scope, int64_t now,
     const char *expected)
{
    stk_keyring *ring = make_ring(s);
    char why[STK_WHY_MAX] = "";
    enum stk_trust trust = stk_ruling_key(ring, 0, kind, scope, now, why);

    stk_keyring_free(ring);
    if (expected)
        assert_string_equal(why, expected);
    return trust;
}

static void
test_key__is_for_its_modules(void **state)
{
    static const char *const modules[] = { "shop", "tools.*" };
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].modules = modules;
    s.rules[0].n_modules = 2;
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop.cart", NOW, ""),
                     STK_TRUST_OK);
    assert_int_equal(rule(&s, STK_KIND_MODULE, "tools.x", NOW, ""),
                     STK_TRUST_OK);
    assert_int_equal(rule(&s, STK_KIND_MODULE, "json", NOW,
                          "may sign for shop, tools.* alone"),
                     STK_TRUST_SCOPE);
    assert_int_equal(rule(&s, STK_KIND_MODULE, NULL, NOW, ""), STK_TRUST_OK);
    s.rules[0].n_modules = 0;
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop", NOW, NULL),
                     STK_TRUST_SCOPE);
}

static void
test_key__is_for_its_kinds(void **state)
{
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].kinds = STK_KIND_MODULE | STK_KIND_PACKAGE;
    assert_int_equal(rule(&s, STK_KIND_PACKAGE, "shop", NOW, ""),
                     STK_TRUST_OK);
    assert_int_equal(rule(&s, STK_KIND_EXTENSION, "shop", NOW,
                          "may not sign a extension (see its kinds)"),
                     STK_TRUST_KEY_KIND);
    s.rules[0].kinds = 0;
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop", NOW, NULL),
                     STK_TRUST_KEY_KIND);
}

static void
test_key__is_for_its_time(void **state)
{
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].not_before = NOW;
    s.rules[0].not_after = NOW + 10;
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop", NOW - 1,
                          "is not valid before 2027-01-15T08:00:00Z"),
                     STK_TRUST_KEY_EARLY);
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop", NOW, ""), STK_TRUST_OK);
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop", NOW + 10, ""),
                     STK_TRUST_OK);
    s.rules[0].not_after = 1798761599; /* the end of a day */
    s.rules[0].not_before = 0;
    assert_int_equal(
        rule(&s, STK_KIND_MODULE, "shop", NOW, "was valid until 2026-12-31"),
        STK_TRUST_KEY_EXPIRED);
}

static void
test_key__revoked_is_revoked_at_all_times(void **state)
{
    sheet s;

    (void)state;
    make_sheet(&s, 1);
    s.rules[0].status = STK_KEY_REVOKED;
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop", NOW, "is revoked"),
                     STK_TRUST_KEY_REVOKED);
    s.rules[0].revoked = 1767225600;
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop", 1767225600 - DAY,
                          "was revoked on 2026-01-01"),
                     STK_TRUST_KEY_REVOKED);
    s.rules[0].status = (enum stk_key_status)9;
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop", NOW, NULL),
                     STK_TRUST_KEY_REVOKED);
    s.rules[0].status = STK_KEY_RETIRING;
    assert_int_equal(rule(&s, STK_KIND_MODULE, "shop", NOW, ""), STK_TRUST_OK);
    s.keys[0] = signers[0].text;
    s.signing.n_revoked_keys = 1;
    assert_int_equal(
        rule(&s, STK_KIND_MODULE, "shop", NOW, "is revoked under [signing]"),
        STK_TRUST_KEY_REVOKED);
}

static void
assert_scope(enum stk_kind kind, const char *module, const char *expected)
{
    char scope[STK_MODULE_MAX];

    stk_ruling_scope(scope, kind, module);
    assert_string_equal(scope, expected);
}

static void
test_is_package__is_a_name_of_the_key_s_own(void **state)
{
    static const char *const modules[] = { "shop", "tools.*", "a.b" };
    static const char *const all[] = { "*" };
    stk_key_rule rule = { .modules = modules, .n_modules = 3 };

    (void)state;
    assert_true(stk_ruling_is_package(&rule, "shop"));
    assert_true(stk_ruling_is_package(&rule, "shop.cart"));
    assert_true(stk_ruling_is_package(&rule, "tools"));
    assert_true(stk_ruling_is_package(&rule, "tools.x"));
    assert_true(stk_ruling_is_package(&rule, "a.b"));
    assert_false(stk_ruling_is_package(&rule, "a"));
    assert_false(stk_ruling_is_package(&rule, "shopping"));
    assert_false(stk_ruling_is_package(&rule, "-"));
    assert_false(stk_ruling_is_package(&rule, ""));
    rule.modules = all;
    rule.n_modules = 1;
    assert_true(stk_ruling_is_package(&rule, "Pillow"));
    assert_false(stk_ruling_is_package(&rule, ""));
    rule.n_modules = 0;
    assert_false(stk_ruling_is_package(&rule, "shop"));
}

static void
test_scope__is_what_patterns_are_compared_with(void **state)
{
    (void)state;
    assert_scope(STK_KIND_MODULE, "shop.cart", "shop.cart");
    assert_scope(STK_KIND_DATA, "shop/a/x.txt", "shop.a");
    assert_scope(STK_KIND_DATA, "README.txt", "*");
    assert_scope(STK_KIND_POLICY, "policy.ini", "*");
}

static void
assert_wanted(const stk_keyring *ring, const stk_wanting *wanting,
              const char *keys)
{
    char text[64];

    assert_string_equal(stk_ruling_wanted(ring, wanting, text, sizeof text),
                        keys);
}

/* What has a sequence is for keys of its package alone. */
static void
test_wanted__is_for_the_package_of_a_release(void **state)
{
    static const char *const part[] = { "shop.cart" };
    stk_wanting wanting = { .kind = STK_KIND_MODULE,
                            .scope = "shop.cart",
                            .now = NOW };
    stk_keyring *ring;
    sheet s;

    (void)state;
    make_sheet(&s, 2);
    s.rules[1].modules = part;
    ring = make_ring(&s);
    assert_wanted(ring, &wanting, "a or b");
    wanting.package = "shop";
    assert_wanted(ring, &wanting, "a");
    stk_keyring_free(ring);
}

static void
test_command__is_that_of_what_is_signed(void **state)
{
    stk_wanting file = { .kind = STK_KIND_MODULE };
    stk_wanting policy = { .kind = STK_KIND_POLICY };
    stk_wanting bundle = { .kind = STK_KIND_MODULE, .in_bundle = true };

    (void)state;
    assert_string_equal(stk_ruling_command(&file, false),
                        "stockade sign --key FILE PATH");
    assert_string_equal(stk_ruling_command(&file, true),
                        "stockade sign --key FILE --additional PATH");
    assert_string_equal(stk_ruling_command(&policy, false),
                        "stockade sign --kind policy --key FILE PATH");
    assert_string_equal(
        stk_ruling_command(&policy, true),
        "stockade sign --kind policy --key FILE --additional PATH");
    assert_string_equal(stk_ruling_command(&bundle, false),
                        "stockade bundle --additional --key FILE PATH");
    assert_string_equal(stk_ruling_command(&bundle, true),
                        "stockade bundle --additional --key FILE PATH");
}

static void
test_wanted__names_who_may_and_no_more_than_five(void **state)
{
    static const char *const shop[] = { "shop" };
    const unsigned except[] = { 2 };
    stk_keyring *ring;
    stk_wanting json = { .kind = STK_KIND_MODULE,
                         .scope = "json",
                         .now = NOW };
    stk_wanting part = { .kind = STK_KIND_MODULE,
                         .scope = "shop.x",
                         .now = NOW };
    char text[64];
    sheet s;

    (void)state;
    make_sheet(&s, 4);
    s.rules[1].modules = shop;
    s.rules[3].status = STK_KEY_REVOKED;
    ring = make_ring(&s);
    assert_wanted(ring, &json, "a or c");
    json.except = except;
    json.n_except = 1;
    assert_wanted(ring, &json, "a");
    assert_wanted(ring, &part, "a or b or c");
    assert_string_equal(stk_ruling_wanted(ring, &part, text, 4), "a o");
    stk_keyring_free(ring);
}

static void
test_time__is_a_date_however_late_it_is(void **state)
{
    char text[RULING_TIME_MAX];

    (void)state;
    assert_string_equal(stk_ruling_time(text, -1), "1970-01-01");
    assert_string_equal(stk_ruling_time(text, 1769860800),
                        "2026-01-31T12:00:00Z");
    assert_string_equal(stk_ruling_time(text, 253402300800), "9999-12-31");
    assert_string_equal(stk_ruling_time(text, INT64_MAX), "9999-12-31");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key__is_for_its_modules),
        cmocka_unit_test(test_key__is_for_its_kinds),
        cmocka_unit_test(test_key__is_for_its_time),
        cmocka_unit_test(test_key__revoked_is_revoked_at_all_times),
        cmocka_unit_test(test_is_package__is_a_name_of_the_key_s_own),
        cmocka_unit_test(test_scope__is_what_patterns_are_compared_with),
        cmocka_unit_test(test_wanted__is_for_the_package_of_a_release),
        cmocka_unit_test(test_command__is_that_of_what_is_signed),
        cmocka_unit_test(test_wanted__names_who_may_and_no_more_than_five),
        cmocka_unit_test(test_time__is_a_date_however_late_it_is),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
