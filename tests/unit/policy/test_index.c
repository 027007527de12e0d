/* SPDX-License-Identifier: Apache-2.0 */
/* The index finds the rule that a plain search finds. */
#include "policy/index.h"

#include "oracle.h"

static const char *
won(const stk_policy *policy, const char *name)
{
    const stk_rule *winners[STK_LABELS_MAX];
    stk_trail trail;

    assert_true(stk_trail_find(&trail, policy, name));
    stk_trail_winners(winners, policy, &trail, stk_rule_modules(policy));
    return winners[trail.name.labels - 1]
               ? winners[trail.name.labels - 1]->pattern
               : "";
}

static void
test_winners__the_longest_literal(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[modules]\na = allow\na.b = deny\na.bc* = allow\n"
                     "abc* = deny\n* = deny\n");

    (void)state;
    assert_string_equal(won(policy, "a"), "a");
    assert_string_equal(won(policy, "a.x"), "a");
    assert_string_equal(won(policy, "a.b"), "a.b");
    assert_string_equal(won(policy, "a.b.x"), "a.b");
    assert_string_equal(won(policy, "a.bc"), "a.bc*");
    assert_string_equal(won(policy, "a.bcd.x"), "a.bc*");
    assert_string_equal(won(policy, "ab"), "*");
    assert_string_equal(won(policy, "abcd"), "abc*");
    stk_policy_free(policy);
}

static void
test_winners__below_before_name_before_prefix(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\nx* = allow\nx = allow\n"
                                      "x.* = deny\ny* = deny\ny = deny\n");

    (void)state;
    assert_string_equal(won(policy, "x"), "x");
    assert_string_equal(won(policy, "x.y"), "x.*");
    assert_string_equal(won(policy, "x.y.z"), "x.*");
    assert_string_equal(won(policy, "xy"), "x*");
    assert_string_equal(won(policy, "y.z"), "y");
    assert_string_equal(won(policy, "z"), "");
    stk_policy_free(policy);
}

static void
test_winners__names_then_groups_then_all(void **state)
{
    stk_policy *policy = policy_of(
        V1 "[modules]\n* = deny\n@stdlib = deny\n@stdlib.pure = allow\n"
           "j* = deny\n@web = allow\n[group web]\nmembers = flask, "
           "urllib.request.x\n");

    (void)state;
    assert_string_equal(won(policy, "json"), "j*");
    assert_string_equal(won(policy, "re"), "@stdlib.pure");
    assert_string_equal(won(policy, "os"), "@stdlib");
    assert_string_equal(won(policy, "urllib.parse"), "@stdlib.pure");
    assert_string_equal(won(policy, "urllib.request"), "@stdlib");
    assert_string_equal(won(policy, "urllib.request.x.y"), "@web");
    assert_string_equal(won(policy, "flask.cli"), "@web");
    assert_string_equal(won(policy, "django"), "*");
    stk_policy_free(policy);
}

static bool
has_the_winner_of_a_plain_search(trial *t)
{
    const stk_rule *winners[STK_LABELS_MAX];
    const stk_section *section = random_section_of(t);
    stk_trail trail;

    stk_trail_find(&trail, t->policy, t->name);
    stk_trail_winners(winners, t->policy, &trail, section);
    if (winners[trail.name.labels - 1] !=
        oracle_winner(t->policy, section, t->name))
        fail_msg("%s in [%s] of\n%s", t->name, section->name, t->text);
    return true;
}

static void
test_winners__agree_with_a_plain_search(void **state)
{
    (void)state;
    assert_in_range(run_trials(1, 1500, 40, has_the_winner_of_a_plain_search),
                    20000, 60000);
}

static void
test_holders__the_longest_first(void **state)
{
    static const char *const wanted[] = { "a.b.c", "@longer", "@g", "a" };
    stk_policy *policy = policy_of(V1 "[modules]\na = deny\na.b.c = deny\n"
                                      "[group g]\nmembers = a.b.c\n"
                                      "[group longer]\nmembers = a.b.c\n");
    stk_holders walk;
    stk_holder holder;
    stk_trail trail;
    unsigned i = 0;

    (void)state;
    assert_true(stk_trail_find(&trail, policy, "a.b.c.d"));
    stk_holders_begin(&walk, policy, &trail);
    for (; stk_holders_next(&walk, &holder); i++) {
        assert_string_equal(holder.node ? holder.node->literal
                                        : holder.group->name,
                            wanted[i] + (wanted[i][0] == '@'));
        assert_int_equal(holder.length, i < 3 ? 5 : 1);
    }
    assert_int_equal(i, 4);
    stk_policy_free(policy);
}

static void
test_trail__prefixes_of_any_length_are_found(void **state)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 16);
    stk_policy *policy;
    char name[STK_NAME_MAX + 1];

    (void)state;
    stk_buffer_puts(&text, V1 "[modules]\n");
    for (int i = 1; i < 190; i++)
        stk_buffer_printf(
            &text, "%.*s* = deny\n", i,
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    policy = policy_of(text.data);
    memset(name, 'a', sizeof name);
    name[STK_NAME_MAX] = '\0';
    assert_int_equal(strlen(won(policy, name)), 190);
    name[7] = '\0';
    assert_string_equal(won(policy, name), "aaaaaaa*");
    stk_policy_free(policy);
    stk_buffer_clear(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_winners__the_longest_literal),
        cmocka_unit_test(test_winners__below_before_name_before_prefix),
        cmocka_unit_test(test_winners__names_then_groups_then_all),
        cmocka_unit_test(test_winners__agree_with_a_plain_search),
        cmocka_unit_test(test_holders__the_longest_first),
        cmocka_unit_test(test_trail__prefixes_of_any_length_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
