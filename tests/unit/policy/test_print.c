/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#define NAMES_MAX 128u

static char *
print(const stk_policy *policy)
{
    stk_error err = STK_ERROR_INIT;
    char *text = NULL;

    if (stk_policy_print(&text, policy, &err) < 0)
        fail_msg("%s", err.message);
    return text;
}

static char *
print_text(const char *text)
{
    stk_policy *policy = text_parse("etc/policy.ini", text);
    char *printed = print(policy);

    stk_policy_free(policy);
    return printed;
}

static void
assert_prints(const char *text, const char *expected)
{
    char *printed = print_text(text);

    assert_string_equal(printed, expected);
    free(printed);
}

/* ---- the form ------------------------------------------------------- */

static void
test_print__an_empty_policy_is_its_version(void **state)
{
    (void)state;
    assert_prints("; hello\n[stockade]\nversion=1\n",
                  "[stockade]\nversion = 1\n");
}

static void
test_print__settings_that_were_written_and_no_others(void **state)
{
    (void)state;
    assert_prints("[stockade]\ncached = all\nversion = 1\n"
                  "on_audit_failure = continue\nchildren = deny\n"
                  "shadowing = allow\n"
                  "trusted = @stdlib.pure\ntrusted = @stdlib.net\n"
                  "default=deny\nmode  = enforce  ; comment\n",
                  "[stockade]\nversion = 1\nmode = enforce\n"
                  "default = deny\ntrusted = @stdlib.pure, @stdlib.net\n"
                  "shadowing = allow\ncached = all\n"
                  "on_audit_failure = continue\nchildren = deny\n");
}

static void
test_print__rules_are_sorted_as_they_win(void **state)
{
    (void)state;
    assert_prints(TEXT_HEAD "[modules]\n* = deny\n@stdlib = deny\n"
                            "b* = allow\nb = deny\nb.* = allow\n"
                            "a.z = allow\na = allow closure\n"
                            "[forbidden]\nzz = second  word\nctypes=first\n",
                  TEXT_HEAD "\n[forbidden]\nctypes = first\n"
                            "zz = second  word\n"
                            "\n[modules]\na = allow closure\n"
                            "a.z = allow\nb.* = allow\nb = deny\n"
                            "b* = allow\n@stdlib = deny\n* = deny\n");
}

#define KEY_A "RWQAAAAAAAAAAKqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
#define KEY_B "RWQBAQEBAQEBAbu7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7"
#define KEY_C "RWQDAwMDAwMDA8zMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM"
#define HASH                                                                  \
    "00112233445566778899aabbccddeeff"                                        \
    "00112233445566778899aabbccddeeff"

static const char signed_text[] =
    TEXT_HEAD "\n[modules]\n"
              "a = signed\n"
              "b = signed closure\n"
              "c = signed bundle:lib/c.stk\n"
              "d = signed closure bundle:/d.stk\n"
              "\n[key a]\npublic = " KEY_A "\nmodules = *\n"
              "\n[key b]\npublic = " KEY_B "\nmodules = shop, tools.*\n"
              "kinds = module, bundle\nnot_before = 2026-01-01\n"
              "not_after = 2026-12-31\nstatus = retiring\n"
              "\n[key c]\npublic = " KEY_C "\nmodules = *\n"
              "not_before = 2026-01-01T12:00:00Z\n"
              "not_after = 2026-12-31T12:00:00Z\n"
              "status = revoked 2026-05-05\n"
              "\n[signing]\nthreshold = *:2, shop:1\nfloor = shop:300\n"
              "revoked = " HASH "\nrevoked = " KEY_A "\n"
              "state = var/state\nstate_key = /etc/k\nrequire_state = yes\n"
              "clock_floor = 2026-11-01\ncontext = corp/prod\n"
              "binding = basename\ncache = /var/cache/x\n";

static void
test_print__keys_and_signing(void **state)
{
    (void)state;
    assert_prints(signed_text, signed_text);
    assert_prints(TEXT_HEAD
                  "[signing]\nthreshold=2\n[key z]\nmodules=a a.b\n"
                  "status=active\npublic=" KEY_B
                  "\n[key b]\nstatus=revoked\nkinds = module package "
                  "namespace extension data manifest bundle policy\n"
                  "modules=x\npublic=" KEY_A "\n",
                  TEXT_HEAD "\n[key b]\npublic = " KEY_A
                            "\nmodules = x\nstatus = revoked\n"
                            "\n[key z]\npublic = " KEY_B "\nmodules = a, a.b\n"
                            "\n[signing]\nthreshold = *:2\n");
    assert_prints(TEXT_HEAD "[signing]\nbinding = strict\n", TEXT_HEAD);
}

static void
test_print__sections_and_groups_are_sorted(void **state)
{
    (void)state;
    assert_prints(TEXT_HEAD
                  "[modules from z]\na = deny\n[group two]\nmembers = y x\n"
                  "[modules from @two]\nb = allow\n[modules from c]\n"
                  "a = allow\n[group one]\nmembers = m\nmembers = l\n"
                  "[modules]\nq = allow\n",
                  TEXT_HEAD "\n[group one]\nmembers = l, m\n"
                            "\n[group two]\nmembers = x, y\n"
                            "\n[modules]\nq = allow\n"
                            "\n[modules from @two]\nb = allow\n"
                            "\n[modules from c]\na = allow\n"
                            "\n[modules from z]\na = deny\n");
}

static void
test_print__paths_are_as_seen_from_the_policys_folder(void **state)
{
    (void)state;
    assert_prints(TEXT_HEAD "audit = file:log/a.jsonl, syslog:\n"
                            "audit = file:/var/log/b.jsonl fd:2\n",
                  TEXT_HEAD "audit = file:log/a.jsonl, syslog:, "
                            "file:/var/log/b.jsonl, fd:2\n");
}

static void
test_print__a_long_list_is_broken_and_read_back(void **state)
{
    char text[8192] = TEXT_HEAD "[group g]\n";
    char *printed, *line, *rest;
    size_t lines = 0;

    (void)state;
    for (int i = 0; i < 200; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text),
                 "members = member_number_%d\n", i);
    strcat(text, "[modules]\n@g = allow\n");
    printed = print_text(text);
    rest = printed;
    while ((line = strsep(&rest, "\n"))) {
        assert_true(strlen(line) < 80);
        lines += strncmp(line, "members = ", 10) == 0;
    }
    assert_in_range(lines, 40, 80);
    free(printed);
}

/* ---- the properties -------------------------------------------------- */

/* Every word of the text that may be a name, and one below each. */
static size_t
find_names(char names[NAMES_MAX][64], const char *text)
{
    const char *letters = "abcdefghijklmnopqrstuvwxyz_0123456789.";
    size_t n = 0;

    while (*text) {
        size_t length = strspn(text, letters);

        if (length > 0 && length < 60 && n + 3 < NAMES_MAX) {
            snprintf(names[n++], 64, "%.*s", (int)length, text);
            snprintf(names[n++], 64, "%.*s.q", (int)length, text);
            snprintf(names[n++], 64, "%.*sq", (int)length, text);
        }
        text += length ? length : 1;
    }
    return n;
}

static void
assert_decide_alike(const stk_policy *one, const stk_policy *two,
                    const char *text)
{
    char names[NAMES_MAX][64];
    size_t n = find_names(names, text);

    assert_true(n > 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= n; j++)
            for (uint32_t flags = 0; flags <= STK_REQUEST_CLOSURE; flags++) {
                stk_request request = { names[i], j < n ? names[j] : NULL,
                                        flags };
                stk_decision a = stk_policy_decide(one, &request);
                stk_decision b = stk_policy_decide(two, &request);

                if (a.verdict == b.verdict && a.reason == b.reason &&
                    (!a.rule.file) == (!b.rule.file) &&
                    (!a.rule.file || !strcmp(a.rule.text, b.rule.text)))
                    continue;
                fail_msg("%s from %s", request.name,
                         request.importer ? request.importer : "-");
            }
}

static void
assert_survives(const char *text)
{
    stk_policy *policy = text_parse("etc/policy.ini", text);
    char *printed = print(policy);
    stk_policy *again = text_parse("etc/policy.ini", printed);
    char *reprinted = print(again);

    assert_string_equal(printed, reprinted);
    assert_decide_alike(policy, again, text);
    assert_int_equal(stk_policy_diff(policy, again, NULL, NULL, NULL), 0);
    assert_int_equal(stk_policy_mode(policy), stk_policy_mode(again));
    assert_int_equal(stk_policy_default(policy), stk_policy_default(again));
    assert_int_equal(stk_policy_rules(policy), stk_policy_rules(again));
    free(reprinted);
    stk_policy_free(again);
    free(printed);
    stk_policy_free(policy);
}

static const char *const texts[] = {
    TEXT_HEAD,
    TEXT_HEAD "mode = observe\ndefault = allow\n[modules]\nos = deny\n",
    TEXT_HEAD "[modules]\na = allow\na.* = deny\na.b* = allow\na.b.c = deny\n"
              "* = deny\n",
    TEXT_HEAD "trusted = @stdlib, @g\n[group g]\nmembers = t u.v\n"
              "[forbidden]\nctypes = no; no\nw.* = x=y ; gone\n"
              "[modules]\n@g = deny\n@stdlib.pure = allow\n@stdlib = deny\n"
              "[modules from @g]\nos = deny\n[modules from u]\n* = allow\n",
    TEXT_HEAD
    "[modules]\npandas = allow closure\n@stdlib.net = allow closure\n"
    "os = deny\nsub* = allow closure\n"
    "[modules from pandas.io]\nos = allow\n* = deny\n"
    "[modules from pandas]\nre = deny\n",
    TEXT_HEAD "[group a]\nmembers = s, s.t\n[group bb]\nmembers = s\n"
              "[modules]\n@a = deny\n@bb = allow\n[modules from s.t]\n"
              "a = allow\n[modules from s]\na = deny\n",
};

static void
test_print__what_is_printed_decides_the_same_and_prints_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++)
        assert_survives(texts[i]);
}

/* The same, on policies that nobody thought of. */
static void
test_print__random_policies_survive(void **state)
{
    static const char *const lines[] = {
        "a = allow",     "a = deny",        "a.* = allow",
        "a.* = deny",    "a* = allow",      "a* = deny",
        "a.b = allow",   "a.b = deny",      "a.b.* = deny",
        "a.b.c = allow", "b = allow",       "b = deny",
        "@g = allow",    "@g = deny",       "@hh = deny",
        "* = allow",     "@stdlib = allow", "@stdlib.pure = deny",
        "json = allow",  "* = deny",
    };
    static const char *const heads[] = { "[modules]\n", "[modules from a]\n",
                                         "[modules from a.b]\n",
                                         "[modules from @hh]\n" };
    unsigned seed = 20240229;

    (void)state;
    for (int round = 0; round < 60; round++) {
        char text[4096] = TEXT_HEAD "trusted = @hh\n"
                                    "[group g]\nmembers = a.b, json, c\n"
                                    "[group hh]\nmembers = d, b\n";

        for (size_t h = 0; h < UNIT_COUNT(heads); h++) {
            char used[256] = "";

            strcat(text, heads[h]);
            for (int n = 0; n < 6; n++) {
                const char *line;
                char key[32] = "|";

                seed = seed * 1103515245u + 12345u;
                line = lines[(seed >> 16) % UNIT_COUNT(lines)];
                strncat(key, line, strcspn(line, " "));
                strcat(key, "|");
                if (strstr(used, key))
                    continue;
                strcat(used, key);
                strcat(text, line);
                strcat(text, "\n");
            }
        }
        assert_survives(text);
    }
}

static void
test_print__a_line_that_was_full_stays_readable(void **state)
{
    char text[1024] = TEXT_HEAD "[forbidden]\nm=";
    char long_name[191];

    (void)state;
    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    /* 199 bytes without a blank: with blanks, inih would cut it */
    for (int i = 0; i < 197; i++)
        strcat(text, "r");
    strcat(text, "\n[group g]\nmembers=");
    strcat(text, long_name);
    strcat(text, "\n[modules]\n@g = allow\n");
    assert_survives(text);
}

static void
test_print__a_reason_that_begins_with_a_semicolon_stays_one(void **state)
{
    char *printed;

    (void)state;
    printed = print_text(TEXT_HEAD "[forbidden]\nm=;why\n");
    assert_non_null(strstr(printed, "\nm=;why\n"));
    free(printed);
}

static void
test_print__extends_is_folded_in(void **state)
{
    static const char base[] = TEXT_HEAD "default = allow\n"
                                         "audit = file:a.jsonl\n"
                                         "[modules]\nx = deny\ny = deny\n"
                                         "[modules from p]\nz = deny\n";
    static const char child[] = TEXT_HEAD "extends = base.ini\n"
                                          "[modules]\nx = allow\n";
    const char *path = unit_write(state, "child.ini", child, strlen(child));
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;
    char *printed;

    unit_write(state, "base.ini", base, strlen(base));
    assert_int_equal(stk_policy_load(&policy, path, text_say, NULL, &err), 0);
    printed = print(policy);
    assert_string_equal(printed,
                        TEXT_HEAD "default = allow\naudit = file:a.jsonl\n"
                                  "\n[modules]\nx = allow\ny = deny\n"
                                  "\n[modules from p]\nz = deny\n");
    free(printed);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print__an_empty_policy_is_its_version),
        cmocka_unit_test(test_print__settings_that_were_written_and_no_others),
        cmocka_unit_test(test_print__rules_are_sorted_as_they_win),
        cmocka_unit_test(test_print__keys_and_signing),
        cmocka_unit_test(test_print__sections_and_groups_are_sorted),
        cmocka_unit_test(
            test_print__paths_are_as_seen_from_the_policys_folder),
        cmocka_unit_test(test_print__a_long_list_is_broken_and_read_back),
        cmocka_unit_test(
            test_print__what_is_printed_decides_the_same_and_prints_the_same),
        cmocka_unit_test(test_print__random_policies_survive),
        cmocka_unit_test(test_print__a_line_that_was_full_stays_readable),
        cmocka_unit_test(
            test_print__a_reason_that_begins_with_a_semicolon_stays_one),
        unit_test_in_folder(test_print__extends_is_folded_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
