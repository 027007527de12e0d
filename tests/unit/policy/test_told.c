/* SPDX-License-Identifier: Apache-2.0 */
/* The walk that led to a decision. */
#include "policy/told.h"

#include "policies.h"

static const char text[] =
    V1 "[forbidden]\nctypes = no\n"
       "[modules]\nacme = allow\nacme.new = deny\nacme.new.cart = allow\n"
       "[modules from shop]\nshop.cart = allow\n"
       "[modules from shop.cart]\nacme = deny\n";

static stk_told
walk(const stk_policy *policy, const stk_request *request)
{
    stk_told told = { .policy = policy, .request = request };

    told.arena = stk_arena_new();
    told.decision = stk_decide_told(policy, request, true, told.judged);
    assert_int_equal(stk_told_walk(&told), 0);
    return told;
}

static void
assert_walk(const char *name, const char *importer, const char *subject,
            uint32_t line, size_t sections)
{
    stk_policy *policy = policy_of(text);
    stk_request request = { name, importer, 0 };
    stk_told told = walk(policy, &request);

    assert_string_equal(told.subject, subject);
    assert_int_equal(told.winner ? told.winner->place.line : 0, line);
    assert_int_equal(told.n_chain, sections);
    stk_arena_free(told.arena);
    stk_policy_free(policy);
}

static void
test_walk__finds_the_name_that_the_verdict_fell_on(void **state)
{
    (void)state;
    assert_walk("acme", NULL, "acme", 6, 0);
    assert_walk("acme.new.cart", "shop", "acme.new", 7, 1);
    assert_walk("ctypes.util", "shop", "ctypes.util", 4, 1);
    assert_walk("nowhere", "shop", "nowhere", 0, 1);
}

static void
test_walk__a_section_for_each_parent_of_the_importer(void **state)
{
    (void)state;
    assert_walk("acme", "shop.cart.line", "acme", 12, 2);
    assert_walk("acme", "shop.page", "acme", 6, 1);
    assert_walk("acme", "other", "acme", 6, 0);
}

static void
test_is_own__names_within_what_the_section_names(void **state)
{
    stk_policy *policy = policy_of(text);
    stk_request request = { "acme", "shop.cart", 0 };
    stk_told told = walk(policy, &request);

    (void)state;
    assert_true(stk_told_is_own(&told, "shop", 4));
    assert_true(stk_told_is_own(&told, "shop.cart", 4));
    assert_true(stk_told_is_own(&told, "shop.page", 4));
    assert_true(stk_told_is_own(&told, "shop", 9));
    assert_false(stk_told_is_own(&told, "shop.page", 9));
    assert_false(stk_told_is_own(&told, "shopping", 4));
    assert_false(stk_told_is_own(&told, "sho", 4));
    stk_arena_free(told.arena);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk__finds_the_name_that_the_verdict_fell_on),
        cmocka_unit_test(test_walk__a_section_for_each_parent_of_the_importer),
        cmocka_unit_test(test_is_own__names_within_what_the_section_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
