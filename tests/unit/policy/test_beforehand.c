/* SPDX-License-Identifier: Apache-2.0 */
/* What is said beforehand is what is decided then. */
#include "policy/beforehand.h"

#include "oracle.h"

static void
test_free__what_has_two_names_is_by_both(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[modules]\nos = allow\nposixpath = deny\n");

    (void)state;
    assert_true(stk_policy_is_free(policy, "os"));
    assert_false(stk_policy_is_free(policy, "os.path"));
    stk_policy_free(policy);
    policy = policy_of(V1 "default = allow\n");
    assert_true(stk_policy_is_free(policy, "os.path"));
    stk_policy_free(policy);
}

static bool
same_decision(const stk_decision *a, const stk_decision *b)
{
    return a->verdict == b->verdict && a->reason == b->reason &&
           a->rule.line == b->rule.line && a->rule.text == b->rule.text &&
           a->requirement == b->requirement && a->bundle == b->bundle;
}

static unsigned n_standing[STK_STANDINGS];

static bool
is_told_what_its_like_is(trial *t)
{
    char name[64], importer[64];
    stk_request one = t->request;
    stk_request two = random_request(t->seed, name, importer);
    stk_decision told[2];
    enum stk_standing standing;

    if (!one.importer || !two.importer)
        return false;
    standing = stk_policy_standing(t->policy, one.importer);
    n_standing[standing]++;
    if (standing == STK_STANDING_OWN ||
        standing != stk_policy_standing(t->policy, two.importer))
        return false;
    one.flags = two.flags = 0;
    two.name = one.name;
    told[0] = stk_policy_decide(t->policy, &one);
    told[1] = stk_policy_decide(t->policy, &two);
    if (!same_decision(&told[0], &told[1]))
        fail_msg("%s from %s and %s in\n%s", t->name, t->importer, importer,
                 t->text);
    return true;
}

static void
test_standing__whoever_stands_alike_is_told_the_same(void **state)
{
    (void)state;
    assert_in_range(run_trials(11, 900, 60, is_told_what_its_like_is), 200,
                    54000);
    for (size_t i = 0; i < STK_STANDINGS; i++)
        assert_in_range(n_standing[i], 200, 54000);
}

static void
test_standing__is_of_who_has_a_section_or_trust(void **state)
{
    stk_policy *policy =
        policy_of(V1 "default = allow\ntrusted = @stdlib\n"
                     "[modules from app]\nos = deny\n"
                     "[modules from @stdlib.net]\nos = deny\n");

    (void)state;
    assert_int_equal(stk_policy_standing(policy, "app"), STK_STANDING_OWN);
    assert_int_equal(stk_policy_standing(policy, "app.x"), STK_STANDING_OWN);
    assert_int_equal(stk_policy_standing(policy, "socket"), STK_STANDING_OWN);
    assert_int_equal(stk_policy_standing(policy, "apple"), STK_STANDING_PLAIN);
    assert_int_equal(stk_policy_standing(policy, "a..b"), STK_STANDING_PLAIN);
    assert_int_equal(stk_policy_standing(policy, "json"),
                     STK_STANDING_TRUSTED);
    stk_policy_free(policy);
    policy = policy_of(V1 "[modules]\napp = allow closure\n");
    assert_int_equal(stk_policy_standing(policy, "json"), STK_STANDING_OWN);
    stk_policy_free(policy);
}

static bool
is_allowed_if_free(trial *t)
{
    stk_decision told;

    if (!stk_policy_is_free(t->policy, t->name))
        return false;
    t->request.flags = 0;
    told = stk_policy_decide(t->policy, &t->request);
    if (told.verdict != STK_ALLOW || told.requirement)
        fail_msg("%s from %s in\n%s", t->name, t->importer, t->text);
    return true;
}

static void
test_is_free__is_never_said_of_what_somebody_is_denied(void **state)
{
    (void)state;
    assert_in_range(run_trials(5, 700, 60, is_allowed_if_free), 500, 42000);
}

/* Who asks changes neither the verdict nor what the code needs, and so nobody
 * looks for him. Counted where it needs a signature. */
static bool
is_told_the_same_if_open(trial *t)
{
    stk_request other = { t->name, NULL, STK_REQUEST_UNKNOWN };
    stk_decision first, second;

    if (stk_policy_openness(t->policy, t->name) == STK_OPEN_NO)
        return false;
    first = stk_policy_decide(t->policy, &t->request);
    second = stk_policy_decide(t->policy, &other);
    if (first.verdict != STK_ALLOW || second.verdict != STK_ALLOW ||
        !first.requirement != !second.requirement ||
        (first.requirement && (strcmp(first.requirement, STK_SIGNED) != 0 ||
                               strcmp(second.requirement, STK_SIGNED) != 0)) ||
        first.bundle != second.bundle)
        fail_msg("%s from %s in\n%s", t->name, t->importer, t->text);
    return first.requirement != NULL;
}

static void
test_openness__whoever_asks_is_told_the_same(void **state)
{
    (void)state;
    assert_in_range(run_trials(11, 700, 60, is_told_the_same_if_open), 100,
                    42000);
}

static void
test_openness__signed_is_and_a_worker_is_not(void **state)
{
    stk_policy *policy = policy_of(
        V1 A_KEY "[modules]\na = signed\nb = sandbox:strict\n"
                 "c = signed sandbox:strict\nd = signed closure\ne = deny\n"
                 "f = signed\ng = allow\n[modules from x]\nf = deny\n");

    (void)state;
    assert_int_equal(stk_policy_openness(policy, "a"), STK_OPEN_SIGNED);
    assert_int_equal(stk_policy_openness(policy, "a.b"), STK_OPEN_SIGNED);
    assert_false(stk_policy_is_free(policy, "a"));
    assert_int_equal(stk_policy_openness(policy, "b"), STK_OPEN_NO);
    assert_int_equal(stk_policy_openness(policy, "c"), STK_OPEN_NO);
    assert_int_equal(stk_policy_openness(policy, "d"), STK_OPEN_SIGNED);
    assert_int_equal(stk_policy_openness(policy, "e"), STK_OPEN_NO);
    assert_int_equal(stk_policy_openness(policy, "f"), STK_OPEN_NO);
    assert_int_equal(stk_policy_openness(policy, "g"), STK_OPEN_FREE);
    assert_int_equal(stk_policy_openness(policy, "h"), STK_OPEN_NO);
    stk_policy_free(policy);
}

static void
test_is_free__rules_for_other_names_do_not_matter(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[modules]\njson = allow\nre = allow\nos = allow\n"
                     "x = allow\n[modules from a]\nos = deny\nx.* = deny\n"
                     "re = allow\n@stdlib.net = deny\n");

    (void)state;
    assert_true(stk_policy_is_free(policy, "json"));
    assert_true(stk_policy_is_free(policy, "json.decoder"));
    assert_true(stk_policy_is_free(policy, "re"));
    assert_true(stk_policy_is_free(policy, "x"));
    assert_false(stk_policy_is_free(policy, "x.y"));
    assert_false(stk_policy_is_free(policy, "os"));
    assert_false(stk_policy_is_free(policy, "os.path"));
    assert_false(stk_policy_is_free(policy, "socket"));
    assert_false(stk_policy_is_free(policy, "nothing"));
    assert_false(stk_policy_is_free(policy, "a..b"));
    assert_false(stk_policy_is_free(policy, NULL));
    stk_policy_free(policy);
    policy = policy_of(V1 "[modules]\njson = allow\n[modules from a]\n"
                          "* = deny\n");
    assert_false(stk_policy_is_free(policy, "json"));
    stk_policy_free(policy);
    policy = policy_of(V1 "default = allow\n[forbidden]\nos = no\n");
    assert_true(stk_policy_is_free(policy, "json"));
    assert_false(stk_policy_is_free(policy, "os"));
    stk_policy_free(policy);
}

static void
test_is_trusted__members_and_what_is_below(void **state)
{
    stk_policy *policy =
        policy_of(V1 "trusted = @stdlib.pure @g\n[group g]\nmembers = a.b\n");

    (void)state;
    assert_true(stk_policy_is_trusted(policy, "json"));
    assert_true(stk_policy_is_trusted(policy, "urllib.parse"));
    assert_true(stk_policy_is_trusted(policy, "a.b.c"));
    assert_false(stk_policy_is_trusted(policy, "urllib.request"));
    assert_false(stk_policy_is_trusted(policy, "a"));
    assert_false(stk_policy_is_trusted(policy, "a.bc"));
    assert_false(stk_policy_is_trusted(policy, ""));
    stk_policy_free(policy);
}

static void
test_closes__the_rule_that_wins_in_modules(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\na = allow closure\n"
                                      "a.b = allow\nc = allow\n");

    (void)state;
    assert_true(stk_policy_closes(policy, "a"));
    assert_true(stk_policy_closes(policy, "a.x"));
    assert_false(stk_policy_closes(policy, "a.b"));
    assert_false(stk_policy_closes(policy, "c"));
    assert_false(stk_policy_closes(policy, ""));
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free__what_has_two_names_is_by_both),
        cmocka_unit_test(test_standing__whoever_stands_alike_is_told_the_same),
        cmocka_unit_test(test_standing__is_of_who_has_a_section_or_trust),
        cmocka_unit_test(
            test_is_free__is_never_said_of_what_somebody_is_denied),
        cmocka_unit_test(test_openness__whoever_asks_is_told_the_same),
        cmocka_unit_test(test_openness__signed_is_and_a_worker_is_not),
        cmocka_unit_test(test_is_free__rules_for_other_names_do_not_matter),
        cmocka_unit_test(test_is_trusted__members_and_what_is_below),
        cmocka_unit_test(test_closes__the_rule_that_wins_in_modules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
