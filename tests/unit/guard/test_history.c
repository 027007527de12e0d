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

/* ---- records ---------------------------------------------------------- */

static void
keep_named(stk_history *history, const char *name, uint64_t seq)
{
    stk_record record = STK_RECORD_INIT;
    char text[16384];

    snprintf(text, sizeof text, "%s", name);
    record.seq = seq;
    record.name = text;
    stk_history_keep(history, &record);
    memset(text, 'x', sizeof text - 1); /* what is kept does not point here */
}

typedef struct read_back {
    size_t n;
    uint64_t first, last; /* seq */
    char name[64];        /* of the last */
    size_t longest;
} read_back;

static void
read_line(void *payload, const char *line, size_t length)
{
    read_back *r = payload;
    stk_record_parsed *parsed = NULL;
    stk_record record;

    assert_int_equal(strlen(line), length);
    assert_int_equal(stk_record_parse(&parsed, &record, line, length, NULL),
                     0);
    if (r->n++ == 0)
        r->first = record.seq;
    r->last = record.seq;
    r->longest = length > r->longest ? length : r->longest;
    snprintf(r->name, sizeof r->name, "%.63s", record.name);
    assert_int_equal(strlen(record.prev), 64);
    assert_int_equal(strspn(record.prev, "0"), 64);
    stk_record_parsed_free(parsed);
}

static void
test_keep__gives_the_line_of_the_record(void **state)
{
    stk_history *history = filled(0);
    read_back r = { 0 };

    (void)state;
    keep_named(history, "pickle", 7);
    stk_history_each(history, read_line, &r);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.last, 7);
    assert_string_equal(r.name, "pickle");
    /* and again: asking changes nothing */
    stk_history_each(history, read_line, &r);
    assert_int_equal(r.n, 2);
    stk_history_free(history);
}

static void
test_keep__forgets_the_oldest(void **state)
{
    stk_history *history = filled(0);
    read_back r = { 0 };
    char name[1200];

    (void)state;
    for (unsigned i = 0; i < 2 * STK_GUARD_HISTORY + 5; i++) {
        /* of every length, so that slots are too small by the second turn */
        memset(name, 'n', sizeof name);
        name[i * 7 % sizeof name] = '\0';
        keep_named(history, name, i);
    }
    stk_history_each(history, read_line, &r);
    assert_int_equal(r.n, STK_GUARD_HISTORY);
    assert_int_equal(r.first, STK_GUARD_HISTORY + 5);
    assert_int_equal(r.last, 2 * STK_GUARD_HISTORY + 4);
    stk_history_free(history);
}

static void
keep_escaped(stk_history *history, size_t length, uint64_t seq)
{
    char name[16384];

    memset(name, 1, length); /* six bytes each in a line */
    name[length] = '\0';
    keep_named(history, name, seq);
}

static void
test_keep__what_makes_a_long_line_is_not_kept(void **state)
{
    stk_history *history = filled(0);
    read_back r = { 0 };

    (void)state;
    keep_named(history, "before", 0);
    keep_escaped(history, 1300, 1);
    keep_escaped(history, 1400, 2); /* 8,400 bytes */
    keep_escaped(history, 10000, 3);
    keep_named(history, "after", 4);
    stk_history_each(history, read_line, &r);
    assert_int_equal(r.n, 3);
    assert_in_range(r.longest, 7800, 8192);
    assert_string_equal(r.name, "after");
    stk_history_free(history);
}

static void
test_keep__a_long_one_leaves_no_half_of_an_old_one(void **state)
{
    stk_history *history = filled(0);
    read_back r = { 0 };

    (void)state;
    for (unsigned i = 0; i < STK_GUARD_HISTORY; i++)
        keep_named(history, "old", i);
    keep_escaped(history, 9000, STK_GUARD_HISTORY);
    stk_history_each(history, read_line, &r);
    assert_int_equal(r.n, STK_GUARD_HISTORY - 1);
    assert_int_equal(r.first, 1);
    assert_string_equal(r.name, "old");
    keep_named(history, "new", STK_GUARD_HISTORY + 1);
    r = (read_back){ 0 };
    stk_history_each(history, read_line, &r);
    assert_int_equal(r.n, STK_GUARD_HISTORY);
    assert_string_equal(r.name, "new");
    stk_history_free(history);
}

static void
test_keep__shortest_escapes_fill_no_line(void **state)
{
    stk_history *history = filled(0);
    read_back r = { 0 };

    (void)state;
    /* the longest that is copied unmeasured, into a slot with room */
    keep_escaped(history, 1300, 0);
    for (unsigned i = 1; i < STK_GUARD_HISTORY; i++)
        keep_named(history, "n", i);
    keep_escaped(history, 1023, STK_GUARD_HISTORY);
    stk_history_each(history, read_line, &r);
    assert_int_equal(r.n, STK_GUARD_HISTORY);
    assert_int_equal(r.last, STK_GUARD_HISTORY);
    assert_in_range(r.longest, 6100, 8192);
    stk_history_free(history);
}

/* Lines and records in one ring: a slot gives up its room to either. */
static void
test_keep__lines_and_records_take_turns(void **state)
{
    stk_history *history = filled(0);
    char line[600];
    seen s = { 0 };

    (void)state;
    memset(line, 'l', sizeof line);
    for (unsigned turn = 0; turn < 3 * STK_GUARD_HISTORY + 1; turn++) {
        if (turn % 3 == 0)
            stk_history_add(history, line, sizeof line - turn % 7);
        else if (turn % 3 == 2)
            keep_escaped(history, 1200, turn);
        else
            keep_named(history, "short", turn);
    }
    stk_history_each(history, see_line, &s);
    assert_int_equal(s.n, STK_GUARD_HISTORY);
    assert_memory_equal(s.first, "lll", 3);
    assert_memory_equal(s.last, "lll", 3);
    keep_named(history, "short", 0);
    s.n = 0;
    stk_history_each(history, see_line, &s);
    assert_int_equal(s.n, STK_GUARD_HISTORY);
    assert_memory_equal(s.first, "{\"v\":1,", 7);
    assert_memory_equal(s.last, "{\"v\":1,", 7);
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
        cmocka_unit_test(test_keep__gives_the_line_of_the_record),
        cmocka_unit_test(test_keep__forgets_the_oldest),
        cmocka_unit_test(test_keep__what_makes_a_long_line_is_not_kept),
        cmocka_unit_test(test_keep__a_long_one_leaves_no_half_of_an_old_one),
        cmocka_unit_test(test_keep__shortest_escapes_fill_no_line),
        cmocka_unit_test(test_keep__lines_and_records_take_turns),
        cmocka_unit_test(test_history__nothing_is_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
