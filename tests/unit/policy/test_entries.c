/* SPDX-License-Identifier: Apache-2.0 */
/* inih and the gate agree, or the line is refused. */
#include "policy/entries.h"

#include <ini.h>

#include "policies.h"

typedef struct reading {
    stk_arena *arena;
    stk_entries entries;
    char *errors;
} reading;

static reading
read_text(const char *text)
{
    stk_buffer collected = STK_BUFFER_INIT(1u << 16);
    stk_error err = STK_ERROR_INIT;
    stk_complaints all = { 0 };
    stk_gate gate = { 0 };
    reading r = { .arena = stk_arena_new() };

    assert_non_null(r.arena);
    stk_gate_scan(&gate, "p.ini", text, strlen(text), &all);
    assert_int_equal(
        stk_entries_read(&r.entries, r.arena, &gate, "p.ini", &all), 0);
    stk_complaints_tell(&all, collect_error, &collected, &err);
    stk_complaints_clear(&all);
    stk_gate_clear(&gate);
    r.errors = stk_buffer_steal(&collected);
    return r;
}

static void
clear_reading(reading *r)
{
    stk_arena_free(r->arena);
    free(r->errors);
}

static const char text[] = "[modules] ; who\n"
                           "os = deny ; why\n"
                           "; nothing\n"
                           "[group web]\n"
                           "members = a, b\n"
                           "members = c\n";

static void
test_read__headings_and_entries_in_order(void **state)
{
    reading r = read_text(text);

    (void)state;
    assert_string_equal(r.errors, "");
    assert_int_equal(r.entries.n, 5);
    assert_string_equal(r.entries.items[0].key, "modules");
    assert_null(r.entries.items[0].value);
    assert_string_equal(r.entries.items[1].key, "os");
    assert_string_equal(r.entries.items[1].value, "deny");
    assert_int_equal(r.entries.items[1].line, 2);
    assert_string_equal(r.entries.items[4].value, "c");
    clear_reading(&r);
}

static void
test_read__a_line_of_199_bytes_comes_through_whole(void **state)
{
    char line[201];
    reading r;

    (void)state;
    memset(line, 'x', 199);
    memcpy(line, "a = ", 4);
    line[199] = '\n';
    line[200] = '\0';
    r = read_text(line);
    assert_string_equal(r.errors, "");
    assert_int_equal(strlen(r.entries.items[0].value), 195);
    clear_reading(&r);
}

/* Another part of the process may turn inih's knobs: then nothing loads. */
static void
test_read__turned_knobs_refuse_what_they_change(void **state)
{
    reading r;

    (void)state;
    ini_allow_inline_comments = false;
    r = read_text(text);
    ini_allow_inline_comments = true;
    assert_non_null(strstr(r.errors, "p.ini:2: inih reads this line"));
    assert_null(strstr(r.errors, "p.ini:5: "));
    clear_reading(&r);
}

static void
test_read__a_shorter_line_buffer_refuses_what_it_would_cut(void **state)
{
    reading r;

    (void)state;
    ini_use_stack = false;
    ini_initial_alloc = ini_max_line = 14;
    r = read_text("[modules]\na = b\nmembers = a, b, c\n");
    ini_use_stack = true;
    ini_initial_alloc = ini_max_line = 200;
    assert_string_equal(r.errors,
                        "p.ini:3: inih reads this line otherwise than it is "
                        "written; write it in plain ASCII without a "
                        "comment\n");
    clear_reading(&r);
}

static void
test_read__an_early_stop_refuses_the_rest(void **state)
{
    reading r;

    (void)state;
    ini_stop_on_first_error = true;
    ini_allow_inline_comments = false;
    r = read_text(text);
    ini_stop_on_first_error = false;
    ini_allow_inline_comments = true;
    assert_non_null(strstr(r.errors, "p.ini:2: "));
    assert_non_null(strstr(r.errors, "p.ini:6: "));
    clear_reading(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read__headings_and_entries_in_order),
        cmocka_unit_test(test_read__a_line_of_199_bytes_comes_through_whole),
        cmocka_unit_test(test_read__turned_knobs_refuse_what_they_change),
        cmocka_unit_test(
            test_read__a_shorter_line_buffer_refuses_what_it_would_cut),
        cmocka_unit_test(test_read__an_early_stop_refuses_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
