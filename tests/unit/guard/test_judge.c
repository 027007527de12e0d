/* SPDX-License-Identifier: Apache-2.0 */
/* guard/judge.c: all who ask must be allowed, and what is enforced. */
#include "guard/judge.h"

#include "guards.h"

#define PUBLIC_KEY "RWRZ5qnKHV5gkvrNmU+Oi9dzaVguRMSTiBEFjG3gPXM+89+/87JIEFJq\n"
#define DENIES_OS  "default = allow\n[modules]\nos = deny\n"

static void
test_judge__denial_is_refused(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_judgement judgement = guards_judge(guard, "os", "app");

    assert_int_equal(judgement.decision.verdict, STK_DENY);
    assert_int_equal(judgement.decision.reason, STK_REASON_RULE);
    assert_int_equal(judgement.decision.rule.line, 5);
    assert_true(judgement.refuse);
    assert_false(judgement.has_observed);
    stk_judgement_clear(&judgement);
    assert_null(judgement.policy);
    stk_guard_free(guard);
}

static void
test_judge__nobody_on_the_stack_is_unknown_code(void **state)
{
    stk_guard *guard = guards_new(
        state, "default = deny\n[modules from app]\njson = allow\n");
    stk_attempt attempt = { "json", NULL, 0, 0 };
    stk_judgement judgement;

    stk_guard_judge(guard, &attempt, &judgement);
    assert_true(judgement.refuse);
    assert_int_equal(judgement.by, 0);
    stk_judgement_clear(&judgement);
    judgement = guards_judge(guard, "json", "app");
    assert_false(judgement.refuse);
    stk_judgement_clear(&judgement);
    stk_guard_free(guard);
}

static void
test_judge__one_denied_importer_denies_and_is_named(void **state)
{
    stk_guard *guard =
        guards_new(state, "default = allow\n[modules from plug]\nos = deny\n");
    const stk_importer askers[] = { { "lib", 0 },
                                    { "app", 0 },
                                    { "plug", 0 } };
    stk_attempt attempt = { "os", askers, 3, 0 };
    stk_judgement judgement;

    stk_guard_judge(guard, &attempt, &judgement);
    assert_true(judgement.refuse);
    assert_int_equal(judgement.by, 2);
    assert_int_equal(judgement.decision.reason, STK_REASON_IMPORTER);
    stk_judgement_clear(&judgement);
    attempt.n_importers = 2;
    stk_guard_judge(guard, &attempt, &judgement);
    assert_false(judgement.refuse);
    stk_judgement_clear(&judgement);
    stk_guard_free(guard);
}

static void
test_allow_again__holds_while_that_policy_is_in_force(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_judgement first = guards_judge(guard, "os", "app"), again;

    assert_true(
        stk_guard_allow_again(guard, first.policy, &first.decision, &again));
    assert_int_equal(again.decision.verdict, STK_ALLOW);
    assert_int_equal(again.decision.reason, STK_REASON_DEFAULT);
    assert_false(again.refuse);
    assert_false(again.has_observed);
    assert_int_equal(again.by, 0);
    assert_ptr_equal(again.policy, first.policy);
    stk_judgement_clear(&again);
    guards_policy(state, DENIES_OS);
    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    assert_false(
        stk_guard_allow_again(guard, first.policy, &first.decision, &again));
    stk_judgement_clear(&first);
    stk_guard_free(guard);
}

/* Of what a library does for a plugin, the plugin is told. */
static void
test_judge__an_event_is_told_of_whom_a_rule_names(void **state)
{
    stk_guard *guard =
        guards_new(state, "trusted = @stdlib\n[events from plug]\n"
                          "os.system = deny\nsocket.bind = allow\n");
    const stk_importer askers[] = { { "socket", 0 }, { "plug", 0 } };
    stk_attempt attempt = { "socket.bind", askers, 2, STK_REQUEST_EVENT };
    stk_judgement judgement;

    stk_guard_judge(guard, &attempt, &judgement);
    assert_false(judgement.refuse);
    assert_int_equal(judgement.by, 1);
    assert_int_equal(judgement.decision.reason, STK_REASON_IMPORTER);
    stk_judgement_clear(&judgement);
    attempt.name = "os.system";
    stk_guard_judge(guard, &attempt, &judgement);
    assert_true(judgement.refuse);
    assert_int_equal(judgement.by, 1);
    stk_judgement_clear(&judgement);
    attempt.name = "os.fork";
    stk_guard_judge(guard, &attempt, &judgement);
    assert_false(judgement.refuse);
    assert_int_equal(judgement.by, 0);
    assert_int_equal(judgement.decision.reason, STK_REASON_TRUSTED);
    stk_judgement_clear(&judgement);
    stk_guard_free(guard);
}

static void
test_judge__observe_denies_and_refuses_nothing(void **state)
{
    stk_guard *guard = guards_new(state, "mode = observe\n" DENIES_OS);
    stk_judgement judgement = guards_judge(guard, "os", "app");

    assert_int_equal(judgement.decision.verdict, STK_DENY);
    assert_false(judgement.refuse);
    stk_judgement_clear(&judgement);
    stk_guard_free(guard);
}

static void
test_judge__host_may_observe_what_the_policy_enforces(void **state)
{
    stk_guard_options options;
    stk_guard *guard = NULL;
    stk_judgement judgement;

    guards_policy(state, DENIES_OS);
    options = guards_options(state);
    options.observe = true;
    assert_int_equal(stk_guard_new(&guard, &options, NULL), 0);
    judgement = guards_judge(guard, "os", "app");
    assert_int_equal(judgement.decision.verdict, STK_DENY);
    assert_false(judgement.refuse);
    stk_judgement_clear(&judgement);
    stk_guard_free(guard);
}

static void
test_judge__second_policy_is_told_and_not_enforced(void **state)
{
    static const char second[] = POLICY_HEAD "default = deny\n";
    stk_guard *guard;
    stk_judgement judgement;

    unit_write(state, "second.ini", second, sizeof second - 1);
    guard = guards_new(state, "default = allow\nobserve = second.ini\n");
    judgement = guards_judge(guard, "os", "app");
    assert_false(judgement.refuse);
    assert_int_equal(judgement.decision.verdict, STK_ALLOW);
    assert_true(judgement.has_observed);
    assert_int_equal(judgement.observed, STK_DENY);
    assert_null(judgement.observed_rule.file);
    stk_judgement_clear(&judgement);
    stk_guard_free(guard);
}

static void
test_judge__judgement_outlives_a_reload(void **state)
{
    stk_guard *guard = guards_new(state, DENIES_OS);
    stk_judgement judgement = guards_judge(guard, "os", "app");

    guards_policy(state, "default = allow\n");
    assert_int_equal(stk_guard_reload(guard, NULL), 0);
    assert_string_equal(judgement.decision.rule.text, "os = deny");
    stk_judgement_clear(&judgement);
    stk_guard_free(guard);
}

/* Who is trusted may import it by another rule than the one that wants it
 * signed. */
static void
test_distrust__names_the_rule_that_wants_a_signature(void **state)
{
    stk_guard *guard =
        guards_new(state, "default = allow\ntrusted = @stdlib\n"
                          "[key a]\npublic = " PUBLIC_KEY "modules = *\n"
                          "[modules]\nshop = signed\n");
    stk_judgement judgement = guards_judge(guard, "shop.cart", "runpy");

    assert_int_equal(judgement.decision.verdict, STK_ALLOW);
    assert_int_equal(judgement.decision.reason, STK_REASON_TRUSTED);
    stk_guard_distrust(guard, &judgement, "shop.cart");
    assert_int_equal(judgement.decision.verdict, STK_DENY);
    assert_int_equal(judgement.decision.reason, STK_REASON_SIGNATURE);
    assert_string_equal(judgement.decision.rule.text, "shop = signed");
    assert_true(judgement.refuse);
    stk_judgement_clear(&judgement);
    stk_guard_free(guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_distrust__names_the_rule_that_wants_a_signature),
        unit_test_in_folder(
            test_allow_again__holds_while_that_policy_is_in_force),
        unit_test_in_folder(test_judge__denial_is_refused),
        unit_test_in_folder(test_judge__nobody_on_the_stack_is_unknown_code),
        unit_test_in_folder(
            test_judge__one_denied_importer_denies_and_is_named),
        unit_test_in_folder(test_judge__an_event_is_told_of_whom_a_rule_names),
        unit_test_in_folder(test_judge__observe_denies_and_refuses_nothing),
        unit_test_in_folder(
            test_judge__host_may_observe_what_the_policy_enforces),
        unit_test_in_folder(
            test_judge__second_policy_is_told_and_not_enforced),
        unit_test_in_folder(test_judge__judgement_outlives_a_reload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
