/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [stockade]. */
#include "policy/settings.h"

#include "policies.h"

static void
test_defaults__are_the_strict_ones(void **state)
{
    stk_policy *policy = policy_of(V1);
    size_t n = 7;

    (void)state;
    assert_int_equal(stk_policy_mode(policy), STK_MODE_ENFORCE);
    assert_int_equal(stk_policy_default(policy), STK_DENY);
    assert_int_equal(stk_policy_shadowing(policy), STK_DENY);
    assert_int_equal(stk_policy_cached(policy), STK_CACHED_FIRST);
    assert_int_equal(stk_policy_on_audit_failure(policy), STK_DENY);
    assert_int_equal(stk_policy_children(policy), STK_CHILDREN_GUARDED);
    stk_policy_audit(policy, &n);
    assert_int_equal(n, 0);
    assert_null(stk_policy_observed(policy));
    assert_false(stk_policy_is_trusted(policy, "json"));
    assert_string_equal(stk_policy_file(policy), "policy.ini");
    assert_int_equal(stk_policy_rules(policy), 0);
    stk_policy_free(policy);
}

static void
test_values__are_taken(void **state)
{
    stk_policy *policy = policy_of(
        V1 "mode = observe\ndefault = allow\nshadowing = allow\n"
           "cached = all\non_audit_failure = continue\nfinders = all\n"
           "trusted = @stdlib.pure @web\n[group web]\nmembers = flask\n");

    (void)state;
    assert_int_equal(stk_policy_mode(policy), STK_MODE_OBSERVE);
    assert_int_equal(stk_policy_default(policy), STK_ALLOW);
    assert_int_equal(stk_policy_shadowing(policy), STK_ALLOW);
    assert_int_equal(stk_policy_cached(policy), STK_CACHED_ALL);
    assert_int_equal(stk_policy_on_audit_failure(policy), STK_ALLOW);
    assert_true(stk_policy_is_trusted(policy, "json.decoder"));
    assert_true(stk_policy_is_trusted(policy, "flask"));
    assert_false(stk_policy_is_trusted(policy, "socket"));
    assert_string_equal(policy->settings[STK_SETTING_TRUSTED].value,
                        "@stdlib.pure, @web");
    assert_int_equal(policy->settings[STK_SETTING_TRUSTED].place.line, 9);
    stk_policy_free(policy);
    policy = policy_of(V1 "children = free\n");
    assert_int_equal(stk_policy_children(policy), STK_CHILDREN_FREE);
    stk_policy_free(policy);
    policy = policy_of(V1 "children = deny\n");
    assert_int_equal(stk_policy_children(policy), STK_CHILDREN_DENY);
    stk_policy_free(policy);
    policy = policy_of(V1 "children = guarded\n");
    assert_int_equal(stk_policy_children(policy), STK_CHILDREN_GUARDED);
    stk_policy_free(policy);
    policy = policy_of(V1 "cached = none\non_audit_failure = deny\n");
    assert_int_equal(stk_policy_cached(policy), STK_CACHED_NONE);
    assert_int_equal(stk_policy_on_audit_failure(policy), STK_DENY);
    stk_policy_free(policy);
}

static void
test_audit__sinks_add_up_as_written(void **state)
{
    stk_policy *policy =
        policy_of(V1 "audit = file:imports.jsonl syslog:\n"
                     "audit = journal:, fd:2\naudit = syslog:/run/log\n");
    const char *const *sinks;
    size_t n;

    (void)state;
    sinks = stk_policy_audit(policy, &n);
    assert_int_equal(n, 5);
    assert_string_equal(sinks[0], "file:imports.jsonl");
    assert_string_equal(sinks[1], "syslog:");
    assert_string_equal(sinks[2], "journal:");
    assert_string_equal(sinks[3], "fd:2");
    assert_string_equal(sinks[4], "syslog:/run/log");
    stk_policy_free(policy);
}

static void
test_audit__paths_begin_at_the_policys_folder(void **state)
{
    stk_policy_text text = { "/etc/app/policy.ini",
                             V1 "audit = file:log/a file:/var/b\n", 0 };
    stk_error err = STK_ERROR_INIT;
    const char *const *sinks;
    stk_policy *policy = NULL;
    size_t n;

    (void)state;
    text.length = strlen(text.text);
    assert_int_equal(stk_policy_parse(&policy, &text, NULL, NULL, &err), 0);
    sinks = stk_policy_audit(policy, &n);
    assert_string_equal(sinks[0], "file:/etc/app/log/a");
    assert_string_equal(sinks[1], "file:/var/b");
    stk_policy_free(policy);
}

static void
test_version__is_required_and_1(void **state)
{
    (void)state;
    assert_refused("", "policy.ini:1: no [stockade] section; begin with "
                       "[stockade] and version = 1\n");
    assert_refused("[modules]\nos = allow\n",
                   "policy.ini:1: no [stockade] section; begin with "
                   "[stockade] and version = 1\n");
    assert_refused("\n[stockade]\nmode = enforce\n",
                   "policy.ini:2: no version; write version = 1\n");
    assert_refused("[stockade]\nversion = 2\n",
                   "policy.ini:2: unknown version \"2\"; this build reads "
                   "version 1\n");
    assert_refused("[stockade]\nversion =\n",
                   "policy.ini:2: version has no value\n");
}

static void
test_keys__unknown_ones_are_refused(void **state)
{
    (void)state;
    assert_refused(V1 "moed = enforce\n",
                   "policy.ini:3: unknown key \"moed\"; did you mean "
                   "\"mode\"?\n");
    assert_refused(V1 "colour = red\n",
                   "policy.ini:3: unknown key \"colour\" of [stockade]\n");
}

static void
test_keys__stand_once(void **state)
{
    (void)state;
    assert_refused(V1 "mode = enforce\nmode = observe\n",
                   "policy.ini:4: mode stands on line 3 already; keep one\n");
}

static void
test_values__unknown_ones_are_refused(void **state)
{
    (void)state;
    assert_refused(V1 "mode = enforced\n",
                   "policy.ini:3: unknown value \"enforced\" of mode; did "
                   "you mean \"enforce\"?\n");
    assert_refused(V1 "default = maybe\n",
                   "policy.ini:3: unknown value \"maybe\" of default; write "
                   "deny or allow\n");
    assert_refused(V1 "shadowing = Allow\n",
                   "policy.ini:3: unknown value \"Allow\" of shadowing; did "
                   "you mean \"allow\"?\n");
    assert_refused(V1 "cached = some\n",
                   "policy.ini:3: unknown value \"some\" of cached; did you "
                   "mean \"none\"?\n");
    assert_refused(V1 "cached = never\n",
                   "policy.ini:3: unknown value \"never\" of cached; write "
                   "first, all or none\n");
    assert_refused(V1 "on_audit_failure = stop\n",
                   "policy.ini:3: unknown value \"stop\" of "
                   "on_audit_failure; write deny or continue\n");
    assert_refused(V1 "mode =\n", "policy.ini:3: mode has no value\n");
    assert_refused(V1 "audit = ,\n", "policy.ini:3: audit has no value\n");
}

static void
test_finders__are_ours_or_all(void **state)
{
    stk_policy *policy = policy_of(V1 "finders = ours\n");

    (void)state;
    assert_int_equal(stk_policy_finders(policy), STK_FINDERS_OURS);
    stk_policy_free(policy);
    policy = policy_of(V1 "finders = all\n");
    assert_int_equal(stk_policy_finders(policy), STK_FINDERS_ALL);
    stk_policy_free(policy);
    policy = policy_of(V1);
    assert_int_equal(stk_policy_finders(policy), STK_FINDERS_ALL);
    stk_policy_free(policy);
    assert_refused(V1 "finders = mine\n",
                   "policy.ini:3: unknown value \"mine\" of finders; write "
                   "ours or all\n");
}

static void
test_trusted__takes_groups_that_exist(void **state)
{
    (void)state;
    assert_refused(V1 "trusted = json\n",
                   "policy.ini:3: \"json\" is no group; trusted takes "
                   "groups: @name\n");
    assert_refused(V1 "trusted = @stdlib @stdlib\n",
                   "policy.ini:3: \"@stdlib\" is in trusted already\n");
    assert_refused(V1 "trusted = @stdlb\n",
                   "policy.ini:3: no group @stdlb; did you mean @stdlib?\n");
    assert_refused(V1 "trusted = @web\n",
                   "policy.ini:3: no group @web; add a section [group "
                   "web]\n");
}

static void
test_audit__unknown_sinks_are_refused(void **state)
{
    (void)state;
    assert_refused(V1 "audit = fil:x\n",
                   "policy.ini:3: unknown sink \"fil:x\"; did you mean "
                   "\"file:\"?\n");
    assert_refused(V1 "audit = imports.jsonl\n",
                   "policy.ini:3: unknown sink \"imports.jsonl\"; did you "
                   "mean \"file:imports.jsonl\"?\n");
    assert_refused(V1 "audit = /var/log/x\n",
                   "policy.ini:3: unknown sink \"/var/log/x\"; did you mean "
                   "\"file:/var/log/x\"?\n");
    assert_refused(V1 "audit = stderr\n",
                   "policy.ini:3: unknown sink \"stderr\"; write file:PATH, "
                   "syslog:, journal: or fd:N\n");
    assert_refused(V1 "audit = file:\n",
                   "policy.ini:3: sink \"file:\": write file:PATH\n");
    assert_refused(V1 "audit = fd:x fd: fd:1234567 fd:-1\n",
                   "policy.ini:3: sink \"fd:x\": write fd:N with the number "
                   "of a descriptor\n"
                   "policy.ini:3: sink \"fd:\": write fd:N with the number "
                   "of a descriptor\n"
                   "policy.ini:3: sink \"fd:1234567\": write fd:N with the "
                   "number of a descriptor\n"
                   "policy.ini:3: sink \"fd:-1\": write fd:N with the number "
                   "of a descriptor\n");
    assert_refused(V1 "audit = journal:x\n",
                   "policy.ini:3: sink \"journal:x\": nothing follows; write "
                   "journal:\n");
    assert_refused(V1 "audit = fd:2\naudit = fd:2\n",
                   "policy.ini:4: \"fd:2\" is in audit already\n");
}

static void
test_word__takes_words_off_a_list(void **state)
{
    const char *rest = " a,, b\t";
    char word[8];

    (void)state;
    assert_true(stk_settings_word(word, sizeof word, &rest, ", \t"));
    assert_string_equal(word, "a");
    assert_true(stk_settings_word(word, sizeof word, &rest, ", \t"));
    assert_string_equal(word, "b");
    assert_false(stk_settings_word(word, sizeof word, &rest, ", \t"));
    rest = "12345678";
    assert_false(stk_settings_word(word, sizeof word, &rest, ", \t"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults__are_the_strict_ones),
        cmocka_unit_test(test_values__are_taken),
        cmocka_unit_test(test_audit__sinks_add_up_as_written),
        cmocka_unit_test(test_audit__paths_begin_at_the_policys_folder),
        cmocka_unit_test(test_version__is_required_and_1),
        cmocka_unit_test(test_keys__unknown_ones_are_refused),
        cmocka_unit_test(test_keys__stand_once),
        cmocka_unit_test(test_values__unknown_ones_are_refused),
        cmocka_unit_test(test_finders__are_ours_or_all),
        cmocka_unit_test(test_trusted__takes_groups_that_exist),
        cmocka_unit_test(test_audit__unknown_sinks_are_refused),
        cmocka_unit_test(test_word__takes_words_off_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
