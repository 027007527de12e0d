/* SPDX-License-Identifier: Apache-2.0 */
/* The sections [key NAME]. */
#include "policy/keys.h"

#include "policies.h"

static void
test_decode__is_an_ed25519_key_of_minisign(void **state)
{
    unsigned char bytes[STK_KEY_BYTES];

    (void)state;
    assert_true(stk_key_decode(bytes, KEY_B));
    assert_memory_equal(bytes, "Ed\1\1\1\1\1\1\1\1\xBB\xBB", 12);
    assert_int_equal(bytes[41], 0xBB);
}

static void
test_decode__refuses_what_is_near(void **state)
{
    char text[80] = KEY_A;
    unsigned char bytes[STK_KEY_BYTES];

    (void)state;
    text[55] = '\0';
    assert_false(stk_key_decode(bytes, text));
    assert_false(stk_key_decode(bytes, KEY_A "A"));
    assert_false(stk_key_decode(bytes, ""));
    for (size_t i = 0; i < 56; i++) {
        snprintf(text, sizeof text, "%s", KEY_A);
        text[i] = '=';
        assert_false(stk_key_decode(bytes, text));
        text[i] = '-';
        assert_false(stk_key_decode(bytes, text));
    }
    /* the legacy algorithm's letters, and none */
    snprintf(text, sizeof text, "RUQ%s", &KEY_A[3]);
    assert_false(stk_key_decode(bytes, text));
    snprintf(text, sizeof text, "AAA%s", &KEY_A[3]);
    assert_false(stk_key_decode(bytes, text));
}

static void
test_pattern__is_as_in_rules(void **state)
{
    static const char *const good[] = { "*", "shop", "shop.*", "shop_*",
                                        "a.b.c*" };
    static const char *const bad[] = { "",    "**",   ".*",  "a.**", "*a",
                                       "a*b", "@web", "a-b", "a..b", "a.*.b" };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(good); i++)
        assert_true(stk_key_is_pattern(good[i]));
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        assert_false(stk_key_is_pattern(bad[i]));
}

static void
test_key__all_that_it_says(void **state)
{
    stk_policy *policy = policy_of(
        V1 "[key acme-2026]\npublic = " KEY_A "\nmodules = shop tools.*\n"
           "modules = x_*, *\nkinds = module, package\nkinds = bundle\n"
           "not_before = 2026-01-01\nnot_after = 2026-12-31\n"
           "status = retiring\n");
    const stk_signing *signing = stk_policy_signing(policy);
    const stk_key_rule *key = &signing->keys[0];

    (void)state;
    assert_int_equal(signing->n_keys, 1);
    assert_string_equal(key->name, "acme-2026");
    assert_string_equal(key->public_key, KEY_A);
    assert_int_equal(key->n_modules, 4);
    assert_string_equal(key->modules[0], "shop");
    assert_string_equal(key->modules[3], "*");
    assert_int_equal(key->kinds,
                     STK_KIND_MODULE | STK_KIND_PACKAGE | STK_KIND_BUNDLE);
    assert_int_equal(key->not_before, 1767225600);
    assert_int_equal(key->not_after, 1767225600 + 365 * 86400 - 1);
    assert_int_equal(key->status, STK_KEY_RETIRING);
    assert_int_equal(key->revoked, 0);
    assert_string_equal(key->file, "policy.ini");
    assert_int_equal(key->line, 3);
    stk_policy_free(policy);
}

static void
test_key__is_active_for_all_kinds_and_for_ever(void **state)
{
    stk_policy *policy = policy_of(V1 A_KEY);
    const stk_key_rule *key = stk_policy_signing(policy)->keys;

    (void)state;
    assert_int_equal(key->kinds, 255);
    assert_int_equal(key->not_before, 0);
    assert_int_equal(key->not_after, 0);
    assert_int_equal(key->status, STK_KEY_ACTIVE);
    stk_policy_free(policy);
}

static void
assert_status(const char *status, enum stk_key_status wanted, int64_t revoked)
{
    char text[300];
    stk_policy *policy;

    snprintf(text, sizeof text, V1 A_KEY "status = %s\n", status);
    policy = policy_of(text);
    assert_int_equal(stk_policy_signing(policy)->keys->status, wanted);
    assert_int_equal(stk_policy_signing(policy)->keys->revoked, revoked);
    stk_policy_free(policy);
}

static void
test_status__words(void **state)
{
    (void)state;
    assert_status("active", STK_KEY_ACTIVE, 0);
    assert_status("retiring", STK_KEY_RETIRING, 0);
    assert_status("revoked", STK_KEY_REVOKED, 0);
    assert_status("revoked 2026-01-01", STK_KEY_REVOKED, 1767225600);
    assert_status("revoked  2026-01-01T00:00:01Z", STK_KEY_REVOKED,
                  1767225601);
    assert_refused(V1 A_KEY "status = revokd\n",
                   "policy.ini:6: unknown status \"revokd\"; did you mean "
                   "\"revoked\"?\n");
    assert_refused(V1 A_KEY "status = gone\n",
                   "policy.ini:6: unknown status \"gone\"; write active, "
                   "retiring or revoked\n");
    assert_refused(V1 A_KEY "status = retiring 2026-01-01\n",
                   "policy.ini:6: unknown status \"retiring 2026-01-01\"; "
                   "write active, retiring or revoked\n");
    assert_refused(V1 A_KEY "status = revoked soon\n",
                   "policy.ini:6: \"soon\" is no date; write 2027-01-31 or "
                   "2027-01-31T12:00:00Z\n");
}

static void
test_key__what_is_missing(void **state)
{
    (void)state;
    assert_refused(V1 "[key a]\n[key b]\npublic = " KEY_B "\n",
                   "policy.ini:3: [key a] has no public key; write public = "
                   "and the second line of the .pub file\n"
                   "policy.ini:3: [key a] has no modules; write modules = and "
                   "what it may sign, * for everything\n"
                   "policy.ini:4: [key b] has no modules; write modules = and "
                   "what it may sign, * for everything\n");
    assert_refused(V1 "[key a]\npublic =\nmodules = ,\n",
                   "policy.ini:4: public has no value\n"
                   "policy.ini:5: modules has no value\n");
}

static void
test_key__values_that_are_none(void **state)
{
    (void)state;
    assert_refused(V1 "[key a]\npublic = RWQ\nmodules = @web, a*b, a, a\n",
                   "policy.ini:4: \"RWQ\" is no public key; write the second "
                   "line of the .pub file, 56 characters that begin with RW\n"
                   "policy.ini:5: \"@web\" is a group; a key is for names and "
                   "patterns: shop, tools.*\n"
                   "policy.ini:5: \"a*b\" is no pattern; write shop, tools.*, "
                   "shop_* or *\n"
                   "policy.ini:5: \"a\" is in modules already\n");
    assert_refused(V1 A_KEY "kinds = modul, x, data, data\n",
                   "policy.ini:6: unknown kind \"modul\"; did you mean "
                   "\"module\"?\n"
                   "policy.ini:6: unknown kind \"x\"; write module, package, "
                   "namespace, extension, data, manifest, bundle or policy\n"
                   "policy.ini:6: data is in kinds already\n");
    assert_refused(V1 A_KEY "not_before = 2026-02-30\nnot_after = never\n",
                   "policy.ini:6: \"2026-02-30\" is no date; write 2027-01-31 "
                   "or 2027-01-31T12:00:00Z\n"
                   "policy.ini:7: \"never\" is no date; write 2027-01-31 or "
                   "2027-01-31T12:00:00Z\n");
    assert_refused(V1 A_KEY "not_before = 2026-02-02\n"
                            "not_after = 2026-02-01\n",
                   "policy.ini:7: not_after is before not_before (line 6)\n");
}

static void
test_key__unknown_and_repeated_keys(void **state)
{
    (void)state;
    assert_refused(V1 A_KEY "publik = x\nname = y\n",
                   "policy.ini:6: unknown key \"publik\"; did you mean "
                   "\"public\"?\n"
                   "policy.ini:7: unknown key \"name\"; write public, "
                   "modules, kinds, not_before, not_after or status\n");
    assert_refused(V1 A_KEY "public = " KEY_B "\nstatus = active\n"
                            "status = revoked\n",
                   "policy.ini:6: public stands on line 4 already; keep one\n"
                   "policy.ini:8: status stands on line 7 already; keep "
                   "one\n");
    assert_refused(V1 A_KEY "[key a]\npublic = " KEY_B "\nmodules = *\n",
                   "policy.ini:6: [key a] stands on line 3 already; keep "
                   "one\n");
}

static void
test_key__names_are_words_of_records(void **state)
{
    (void)state;
    assert_refused(V1 "[key a,b]\npublic = x\n[key \xC3\xA4]\n",
                   "policy.ini:3: \"a,b\" is no name for a key; letters, "
                   "digits and ._- make one, 40 at most\n"
                   "policy.ini:5: \"\xC3\xA4\" is no name for a key; letters, "
                   "digits and ._- make one, 40 at most\n");
    assert_refused(V1 "[key]\n", "policy.ini:3: section \"key\" lacks its "
                                 "name; write [key X]\n");
}

static void
test_key__a_later_file_replaces_it_whole(void **state)
{
    static const char base[] =
        V1 "[key a]\npublic = " KEY_A "\nmodules = shop\n"
           "status = revoked 2026-01-01\nnot_after = 2026-01-01\n"
           "[key b]\npublic = " KEY_B "\nmodules = *\n";
    static const char top[] = V1 "extends = base.ini\n"
                                 "[key a]\npublic = " KEY_C "\n"
                                 "modules = tools\n";
    const stk_signing *signing;
    stk_policy *policy;

    unit_write(state, "base.ini", base, strlen(base));
    policy = policy_at(unit_write(state, "top.ini", top, strlen(top)));
    signing = stk_policy_signing(policy);
    assert_int_equal(signing->n_keys, 2);
    assert_string_equal(signing->keys[0].name, "a");
    assert_string_equal(signing->keys[0].public_key, KEY_C);
    assert_int_equal(signing->keys[0].n_modules, 1);
    assert_string_equal(signing->keys[0].modules[0], "tools");
    assert_int_equal(signing->keys[0].status, STK_KEY_ACTIVE);
    assert_int_equal(signing->keys[0].not_after, 0);
    assert_int_equal(signing->keys[0].line, 4);
    assert_string_equal(signing->keys[1].public_key, KEY_B);
    stk_policy_free(policy);
}

static void
test_key__too_many(void **state)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 20);
    char *errors;

    (void)state;
    stk_buffer_puts(&text, V1);
    for (unsigned i = 0; i < STK_KEYS_MAX + 1; i++)
        stk_buffer_printf(&text, "[key k%u]\n", i);
    errors = errors_of_bytes(text.data, text.length, NULL);
    assert_non_null(strstr(errors, "policy.ini:1003: more than 1000 keys\n"));
    free(errors);
    text.length = 0;
    stk_buffer_puts(&text, V1 "[key a]\npublic = " KEY_A "\n");
    for (unsigned i = 0; i < STK_PATTERNS_MAX + 1; i++)
        stk_buffer_printf(&text, "modules = m%u\n", i);
    assert_bytes_refused(text.data, text.length, STK_E_LIMIT,
                         "policy.ini:1005: more than 1000 patterns\n");
    stk_buffer_clear(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode__is_an_ed25519_key_of_minisign),
        cmocka_unit_test(test_decode__refuses_what_is_near),
        cmocka_unit_test(test_pattern__is_as_in_rules),
        cmocka_unit_test(test_key__all_that_it_says),
        cmocka_unit_test(test_key__is_active_for_all_kinds_and_for_ever),
        cmocka_unit_test(test_status__words),
        cmocka_unit_test(test_key__what_is_missing),
        cmocka_unit_test(test_key__values_that_are_none),
        cmocka_unit_test(test_key__unknown_and_repeated_keys),
        cmocka_unit_test(test_key__names_are_words_of_records),
        unit_test_in_folder(test_key__a_later_file_replaces_it_whole),
        cmocka_unit_test(test_key__too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
