/* SPDX-License-Identifier: Apache-2.0 */
/* The sinks that `audit` names. */
#include "policy/auditsinks.h"

#include "policies.h"

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit__sinks_add_up_as_written),
        cmocka_unit_test(test_audit__paths_begin_at_the_policys_folder),
        cmocka_unit_test(test_audit__unknown_sinks_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
