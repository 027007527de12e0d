/* SPDX-License-Identifier: Apache-2.0 */
/* guard/history.c: the last lines, oldest first. */
#include "guard/history.h"

#include "unit.h"

typedef struct seen {
    size_t n;
    char first[32], last[32];
} seen;

static void
see_line(void *payload, const char *line, size_t length)
{
    seen *s = payload;

    assert_int_equal(strlen(line), length);
    if (s->n++ == 0)
        snprintf(s->first, sizeof s->first, "%.31s", line);
    snprintf(s->last, sizeof s->last, "%.31s", line);
}

static stk_history *
filled(unsigned n)
{
    stk_history *history = stk_history_new();
    char line[32];

    assert_non_null(history);
    for (unsigned i = 0; i < n; i++) {
        int length = snprintf(line, sizeof line, "line %u", i);

        stk_history_add(history, line, (size_t)length);
    }
    return history;
}

static void
test_history__empty_gives_nothing(void **state)
{
    stk_history *history = filled(0);
    seen s = { 0 };

    (void)state;
    stk_history_each(history, see_line, &s);
    assert_int_equal(s.n, 0);
    stk_history_free(history);
}

static void
test_history__keeps_the_order(void **state)
{
    stk_history *history = filled(3);
    seen s = { 0 };

    (void)state;
    stk_history_each(history, see_line, &s);
    assert_int_equal(s.n, 3);
    assert_string_equal(s.first, "line 0");
    assert_string_equal(s.last, "line 2");
    stk_history_free(history);
}

static void
test_history__forgets_the_oldest(void **state)
{
    stk_history *history = filled(STK_GUARD_HISTORY + 5);
    seen s = { 0 };

    (void)state;
    stk_history_each(history, see_line, &s);
    assert_int_equal(s.n, STK_GUARD_HISTORY);
    assert_string_equal(s.first, "line 5");
    assert_string_equal(s.last, "line 1004");
    stk_history_free(history);
}

static void
test_history__line_is_copied_and_needs_no_nul(void **state)
{
    stk_history *history = filled(0);
    char line[] = { 'a', 'b', 'c' };
    seen s = { 0 };

    (void)state;
    stk_history_add(history, line, 2);
    memset(line, 'x', sizeof line);
    stk_history_each(history, see_line, &s);
    assert_string_equal(s.last, "ab");
    stk_history_free(history);
}

static void
test_history__nothing_is_freed(void **state)
{
    (void)state;
    stk_history_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history__empty_gives_nothing),
        cmocka_unit_test(test_history__keeps_the_order),
        cmocka_unit_test(test_history__forgets_the_oldest),
        cmocka_unit_test(test_history__line_is_copied_and_needs_no_nul),
        cmocka_unit_test(test_history__nothing_is_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
