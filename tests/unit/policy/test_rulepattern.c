/* SPDX-License-Identifier: Apache-2.0 */
/* The left side of a rule. */
#include "policy/rulepattern.h"

#include "policies.h"

static void
test_take__each_kind(void **state)
{
    static const struct {
        const char *key, *literal;
        enum stk_pattern kind;
    } rows[] = {
        { "a.b", "a.b", STK_PATTERN_NAME },
        { "a.*", "a", STK_PATTERN_BELOW },
        { "a.b*", "a.b", STK_PATTERN_PREFIX },
        { "@stdlib.pure", "stdlib.pure", STK_PATTERN_GROUP },
        { "*", "", STK_PATTERN_ANY },
    };
    stk_draft draft = { .arena = stk_arena_new() };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        stk_rule rule = { 0 };

        assert_int_equal(
            stk_rulepattern_take(&rule, &draft, rows[i].key, false), 1);
        assert_int_equal(rule.kind, rows[i].kind);
        assert_string_equal(rule.literal, rows[i].literal);
        assert_int_equal(rule.length, strlen(rows[i].literal));
        assert_ptr_equal(rule.pattern, rows[i].key);
    }
    stk_arena_free(draft.arena);
}

static void
test_take__patterns_that_are_none(void **state)
{
    static const char *const patterns[] = { "a*b",  "*.a", "a.*.b", "**",
                                            "a.**", "*a",  ".*" };
    static const char *const names[] = { "a-b", "a..b", "a.",
                                         "1a",  "a b",  "../a" };
    char text[128], wanted[256];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(patterns); i++) {
        snprintf(text, sizeof text, V1 "[modules]\n%s = allow\n", patterns[i]);
        snprintf(wanted, sizeof wanted,
                 "policy.ini:4: \"%s\" is no pattern; a * stands at the end "
                 "of the last label, nowhere else\n",
                 patterns[i]);
        assert_refused(text, wanted);
    }
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        snprintf(text, sizeof text, V1 "[forbidden]\n%s = no\n", names[i]);
        snprintf(wanted, sizeof wanted,
                 "policy.ini:4: \"%s\" is no dotted module name%s\n", names[i],
                 strcmp(names[i], "a-b") ? "" : "; did you mean \"a_b\"?");
        assert_refused(text, wanted);
    }
    assert_refused(V1 "[modules]\n@ = allow\n@a-b = deny\n@web* = deny\n",
                   "policy.ini:4: \"@\" names no group; write @name\n"
                   "policy.ini:5: \"@a-b\" names no group; write @name\n"
                   "policy.ini:6: \"@web*\" names no group; write @name\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take__each_kind),
        cmocka_unit_test(test_take__patterns_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
