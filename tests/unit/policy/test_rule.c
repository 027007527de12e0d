/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled policy, asked rule by rule. */
#include "policy/rule.h"

#include <pthread.h>

#include "oracle.h"

static void
test_matches__the_winner_and_then_the_losers(void **state)
{
    static const char *const wanted[] = { "a.b.*", "a.b", "a.b*", "a*",
                                          "@g",    "@ab", "*" };
    stk_policy *policy = policy_of(
        V1 "[modules]\n* = deny\na* = deny\na.b = deny\na.b* = deny\n"
           "a.b.* = deny\n@ab = deny\n@g = deny\na.b.c.d = deny\nb = deny\n"
           "[group ab]\nmembers = a\n[group g]\nmembers = a.b, a\n");
    const stk_rule *rules[16];

    (void)state;
    assert_int_equal(
        stk_rule_matches(rules, 16, policy, stk_rule_modules(policy), "a.b.c"),
        UNIT_COUNT(wanted));
    for (size_t i = 0; i < UNIT_COUNT(wanted); i++)
        assert_string_equal(rules[i]->pattern, wanted[i]);
    assert_int_equal(
        stk_rule_matches(rules, 2, policy, stk_rule_modules(policy), "a.b"),
        6);
    assert_string_equal(rules[0]->pattern, "a.b");
    assert_int_equal(
        stk_rule_matches(rules, 16, policy, stk_rule_modules(policy), "a..b"),
        0);
    stk_policy_free(policy);
}

static bool
has_the_matches_of_a_plain_search(trial *t)
{
    const stk_section *section = random_section_of(t);
    const stk_rule *rules[64];
    size_t n = stk_rule_matches(rules, 64, t->policy, section, t->name);
    size_t all = 0;

    for (size_t j = 0; j < section->n_rules; j++)
        all += oracle_rank(t->policy, section->rules[j], t->name) > 0;
    assert_int_equal(n, all);
    for (size_t j = 1; j < n; j++)
        assert_true(oracle_rank(t->policy, rules[j - 1], t->name) >=
                    oracle_rank(t->policy, rules[j], t->name));
    return true;
}

static void
test_matches__begin_with_the_rule_that_a_plain_search_finds(void **state)
{
    (void)state;
    assert_in_range(run_trials(7, 600, 40, has_the_matches_of_a_plain_search),
                    9000, 24000);
}

static void
test_chain__the_longest_importer_first(void **state)
{
    static const char *const wanted[] = {
        "modules from a.b",
        "modules from @long",
        "modules from @g",
        "modules from a",
    };
    stk_policy *policy = policy_of(
        V1 "[modules from a]\n[modules from @g]\n[modules from c]\n"
           "[modules from a.b]\n[modules from @long]\n"
           "[group g]\nmembers = a.b\n[group long]\nmembers = a.b, c\n");
    const stk_section *sections[8];
    size_t held[8];

    (void)state;
    assert_int_equal(stk_rule_chain(sections, held, 8, policy, "a.b.c"), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(sections[i]->name, wanted[i]);
        assert_int_equal(held[i], i < 3 ? 3 : 1);
    }
    assert_int_equal(stk_rule_chain(NULL, NULL, 0, policy, "ab"), 0);
    assert_int_equal(stk_rule_chain(NULL, NULL, 0, policy, NULL), 0);
    assert_int_equal(stk_rule_chain(NULL, NULL, 0, policy, "a/b"), 0);
    stk_policy_free(policy);
}

static void
test_section__is_found_by_its_importer(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules from a.b]\n[modules from @g]\n"
                                      "[group g]\nmembers = x\n");

    (void)state;
    assert_string_equal(stk_rule_section(policy, "a.b")->name,
                        "modules from a.b");
    assert_string_equal(stk_rule_section(policy, "@g")->name,
                        "modules from @g");
    assert_null(stk_rule_section(policy, "a"));
    assert_null(stk_rule_section(policy, "a.b.c"));
    assert_null(stk_rule_section(policy, "x"));
    assert_null(stk_rule_section(policy, "@nothing"));
    stk_policy_free(policy);
}

static void
test_show__gives_place_text_and_section(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\nos=deny ; why\n");
    stk_rule_ref shown = stk_rule_show(stk_rule_modules(policy)->rules[0]);

    (void)state;
    assert_string_equal(shown.file, "policy.ini");
    assert_int_equal(shown.line, 4);
    assert_string_equal(shown.text, "os = deny");
    assert_string_equal(shown.section, "modules");
    assert_null(stk_rule_show(NULL).file);
    stk_policy_free(policy);
}

static void *
use_policy(void *payload)
{
    stk_policy *policy = payload;

    for (unsigned i = 0; i < 2000; i++) {
        stk_policy *mine = stk_policy_ref(policy);

        if (ask(mine, "os", "a").verdict != STK_DENY)
            abort();
        stk_policy_free(mine);
    }
    stk_policy_free(policy);
    return NULL;
}

static void
test_ref__the_last_one_frees(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\njson = allow\n");
    pthread_t threads[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_policy,
                                        stk_policy_ref(policy)),
                         0);
    stk_policy_free(policy);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    stk_policy_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches__the_winner_and_then_the_losers),
        cmocka_unit_test(
            test_matches__begin_with_the_rule_that_a_plain_search_finds),
        cmocka_unit_test(test_chain__the_longest_importer_first),
        cmocka_unit_test(test_section__is_found_by_its_importer),
        cmocka_unit_test(test_show__gives_place_text_and_section),
        cmocka_unit_test(test_ref__the_last_one_frees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
