/* SPDX-License-Identifier: Apache-2.0 */
/* The heading of a section that has a name of its own. */
#include "policy/heading.h"

#include "policies.h"

/* A section of each kind, good but for its name, and how many there may be. */
static const struct {
    const char *word, *body, *too_many;
    unsigned lines, most;
} kinds[] = {
    { "key", "public = " KEY_A "\nmodules = a\n", "more than 1000 keys\n", 2,
      STK_KEYS_MAX },
    { "loader", "finder = a:B\nmodules = v\n", "more than 100 loaders\n", 2,
      STK_LOADERS_MAX },
    { "sandbox", "memory = 1G\n", "more than 100 sandboxes\n", 1,
      STK_PROFILES_MAX },
};

static void
test_heading__has_a_name_that_is_a_word(void **state)
{
    char policy[512], refused[512];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        snprintf(policy, sizeof policy, V1 "[%s a/b]\n%s", kinds[i].word,
                 kinds[i].body);
        snprintf(refused, sizeof refused,
                 "policy.ini:3: \"a/b\" is no name for a %s; letters, digits "
                 "and ._- make one, 40 at most\n",
                 kinds[i].word);
        assert_refused(policy, refused);
    }
}

static void
test_heading__stands_once_in_a_file(void **state)
{
    char policy[1024], refused[512];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        snprintf(policy, sizeof policy, V1 "[%s a]\n%s[%s a]\n%s",
                 kinds[i].word, kinds[i].body, kinds[i].word, kinds[i].body);
        snprintf(refused, sizeof refused,
                 "policy.ini:%u: [%s a] stands on line 3 already; keep one\n",
                 4 + kinds[i].lines, kinds[i].word);
        assert_refused(policy, refused);
    }
}

static void
test_heading__there_are_so_many_and_no_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        stk_buffer policy = STK_BUFFER_INIT(1u << 20);
        char *errors;

        stk_buffer_printf(&policy, V1);
        for (unsigned n = 0; n <= kinds[i].most; n++)
            stk_buffer_printf(&policy, "[%s a%u]\n", kinds[i].word, n);
        errors = errors_of_bytes(policy.data, policy.length, NULL);
        assert_non_null(strstr(errors, kinds[i].too_many));
        free(errors);
        stk_buffer_clear(&policy);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heading__has_a_name_that_is_a_word),
        cmocka_unit_test(test_heading__stands_once_in_a_file),
        cmocka_unit_test(test_heading__there_are_so_many_and_no_more),
    };

    return cmocka_run_group_tests_name("policy/heading", tests, NULL, NULL);
}
