/* SPDX-License-Identifier: Apache-2.0 */
/* The half of a policy that judges audit events. */
#include "policy/events.h"

#include "policies.h"
#include "policy/rule.h"

static stk_decision
ask_event(const stk_policy *policy, const char *event, const char *importer,
          uint32_t flags)
{
    stk_request request = { event, importer, flags | STK_REQUEST_EVENT };

    return stk_policy_decide(policy, &request);
}

static void
assert_answer(const stk_policy *policy, const char *event,
              const char *importer, enum stk_verdict wanted)
{
    if (ask_event(policy, event, importer, 0).verdict != wanted)
        fail_msg("%s from %s", event, importer ? importer : "nobody");
}

static void
test_is_reserved__what_records_are_called_is_no_audit_event(void **state)
{
    static const char *const own[] = { "child",    "end",    "frozen",
                                       "finder",   "import", "reload",
                                       "start",    "tamper", "syscall",
                                       "resource", "worker" };

    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        assert_true(stk_event_is_reserved(own[i]));
    assert_false(stk_event_is_reserved("open"));
}

static void
test_events__every_event_is_in_one_set(void **state)
{
    stk_policy *policy = policy_of(V1);
    const stk_policy *events = policy->events;
    size_t sets = 0, n = 0;

    (void)state;
    for (size_t i = 0; i < events->n_groups; i++) {
        const stk_group *group = events->groups[i];

        if (!group->events)
            continue;
        sets++;
        assert_string_equal(group->place.file, STK_EVENTS_FILE);
        assert_false(group->builtin);
        for (size_t j = 0; j < group->n_members; j++, n++)
            for (size_t k = 0; k < events->n_groups; k++)
                assert_true(k == i || !events->groups[k]->events ||
                            !stk_rule_group_holds(events, events->groups[k],
                                                  group->members[j]));
    }
    assert_int_equal(sets, 7);
    assert_in_range(n, 150, 400);
    stk_policy_free(policy);
}

static void
test_events__sets_are_no_groups_of_modules(void **state)
{
    stk_policy *policy = policy_of(V1);

    (void)state;
    assert_null(stk_rule_group(policy, "events.process"));
    assert_false(stk_policy_in_stdlib("cpython"));
    stk_policy_free(policy);
    assert_refused(V1 "[modules]\n@events.native = deny\n",
                   "policy.ini:4: @events.native is no group of modules: sets "
                   "of events stand in [events] and [events from X]\n");
    assert_refused(V1 "[events from @events.native]\nopen = deny\n",
                   "policy.ini:3: @events.native is a set of events, and no "
                   "group of importers\n");
    assert_refused(V1 "[events]\n@stdlib.net = deny\n",
                   "policy.ini:4: @stdlib.net is a group of modules, not of "
                   "events; the built-in sets of events are called "
                   "@events.NAME\n");
    assert_refused(V1 "[group events.mine]\nmembers = a\n",
                   "policy.ini:3: @events.mine is built in; choose another "
                   "name than events\n");
}

static void
test_events__what_no_rule_can_judge_is_refused(void **state)
{
    (void)state;
    assert_refused(
        V1 "[events from x]\nimport = deny\nend = deny\n"
           "ctypes.dlsym/handle = deny\na b = deny\n/x = deny\n"
           "@events.nothing_near_it = deny\nopen = allow closure\n"
           "exec = alow\n",
        "policy.ini:4: \"import\" is judged by [modules] and [modules from "
        "X]\n"
        "policy.ini:5: \"end\" is what a record of the log is called, and "
        "never judged\n"
        "policy.ini:6: \"ctypes.dlsym/handle\" is a variant of ctypes.dlsym: "
        "a rule for that covers both\n"
        "policy.ini:7: \"a b\" is no name of an event\n"
        "policy.ini:8: \"/x\" is no name of an event\n"
        "policy.ini:9: no set @events.nothing_near_it; the built-in ones are "
        "@events.process, network, native, introspection, files, code, "
        "other\n"
        "policy.ini:10: \"closure\" stands in [modules] alone; [events from "
        "X] takes allow or deny\n"
        "policy.ini:11: unknown verdict \"alow\"; did you mean \"allow\"?\n");
}

static void
test_events__unknown_code_is_bound_by_any_deny(void **state)
{
    stk_policy *policy = policy_of(V1 "[events from a]\nos.* = deny\n"
                                      "os.listdir = allow\n");

    (void)state;
    assert_answer(policy, "os.system", NULL, STK_ALLOW);
    assert_int_equal(
        ask_event(policy, "os.system", NULL, STK_REQUEST_UNKNOWN).verdict,
        STK_DENY);
    assert_int_equal(
        ask_event(policy, "os.listdir", NULL, STK_REQUEST_UNKNOWN).verdict,
        STK_ALLOW);
    assert_int_equal(
        ask_event(policy, "os.system", "b", STK_REQUEST_UNKNOWN).verdict,
        STK_ALLOW);
    stk_policy_free(policy);
}

static void
test_events__closure_and_default_do_not_matter(void **state)
{
    stk_policy *policy = policy_of(V1 "default = deny\n[modules]\n"
                                      "* = allow closure\n[events]\n"
                                      "* = deny\nopen = allow\n");

    (void)state;
    assert_answer(policy, "open", "a", STK_ALLOW);
    assert_int_equal(
        ask_event(policy, "exec", "a", STK_REQUEST_CLOSURE).verdict, STK_DENY);
    assert_answer(policy, "import", "a", STK_ALLOW);
    stk_policy_free(policy);
}

static void
test_events__has_event_says_whether_a_rule_covers_it(void **state)
{
    stk_policy *none = policy_of(V1 "[modules]\nos = deny\n");
    stk_policy *some = policy_of(V1 "[events from a]\n@events.native = deny\n"
                                    "mine.* = allow\n");

    (void)state;
    assert_false(stk_policy_has_event(none, "os.system"));
    assert_false(stk_policy_has_event(none, "os"));
    assert_true(stk_policy_has_event(some, "ctypes.dlopen"));
    assert_true(stk_policy_has_event(some, "ctypes.dlsym/handle"));
    assert_true(stk_policy_has_event(some, "mine.own"));
    assert_false(stk_policy_has_event(some, "mine"));
    assert_false(stk_policy_has_event(some, "os.system"));
    assert_false(stk_policy_has_event(some, "import"));
    assert_false(stk_policy_has_event(some, ""));
    stk_policy_free(none);
    stk_policy_free(some);
}

static void
test_events__any_bytes_are_a_name(void **state)
{
    char name[STK_NAME_MAX + 1], longest[STK_NAME_MAX + 10];

    (void)state;
    stk_event_name(name, "ctypes.dlsym/handle");
    assert_string_equal(name, "ctypes.dlsym");
    stk_event_name(name, "\x01");
    assert_string_equal(name, "*");
    stk_event_name(name, "");
    assert_string_equal(name, "*");
    stk_event_name(name, "/handle");
    assert_string_equal(name, "*");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    stk_event_name(name, longest);
    assert_string_equal(name, "*");
    longest[STK_NAME_MAX] = '\0';
    stk_event_name(name, longest);
    assert_string_equal(name, longest);
}

static void
test_events__a_slip_is_guessed(void **state)
{
    stk_policy *policy = policy_of(V1);
    char label[STK_NAME_MAX + 1];

    (void)state;
    assert_string_equal(
        stk_event_meant(label, policy->events, "subproces.Popen"),
        "subprocess.Popen");
    assert_string_equal(stk_event_meant(label, policy->events, "sockett"),
                        "socket");
    assert_null(stk_event_meant(label, policy->events, "socket"));
    assert_null(stk_event_meant(label, policy->events, "os.system"));
    assert_null(stk_event_meant(label, policy->events, "acme.started"));
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_is_reserved__what_records_are_called_is_no_audit_event),
        cmocka_unit_test(test_events__every_event_is_in_one_set),
        cmocka_unit_test(test_events__sets_are_no_groups_of_modules),
        cmocka_unit_test(test_events__what_no_rule_can_judge_is_refused),
        cmocka_unit_test(test_events__unknown_code_is_bound_by_any_deny),
        cmocka_unit_test(test_events__closure_and_default_do_not_matter),
        cmocka_unit_test(test_events__has_event_says_whether_a_rule_covers_it),
        cmocka_unit_test(test_events__any_bytes_are_a_name),
        cmocka_unit_test(test_events__a_slip_is_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
