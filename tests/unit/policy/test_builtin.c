/* SPDX-License-Identifier: Apache-2.0 */
/* What is built in is what reading the shipped files gives. */
#include "policy/builtin.h"

#include "policies.h"
#include "policy/index.h"

static const unsigned char groups[] = {
#include "policy/groups_ini.inc"
    '\0'
};

static const unsigned char boxes[] = {
#include "policy/sandboxes_ini.inc"
    '\0'
};

static const unsigned char events[] = {
#include "policy/events_ini.inc"
    '\0'
};

static void
compare_with_text(const stk_builtin *builtin, const unsigned char *bytes,
                  size_t length)
{
    const char *text = (const char *)bytes;
    stk_arena *arena = stk_arena_new();
    stk_complaints all = { 0 };
    stk_error err = STK_ERROR_INIT;
    stk_gate gate = { 0 };
    stk_entries read = { 0 };

    assert_non_null(arena);
    assert_int_equal(stk_gate_scan(&gate, builtin->file, text, length, &all),
                     0);
    assert_int_equal(
        stk_entries_read(&read, arena, &gate, builtin->file, &all), 0);
    assert_int_equal(stk_complaints_tell(&all, NULL, NULL, &err), 0);
    assert_true(read.n > 5);
    assert_int_equal(read.n, builtin->entries.n);
    for (size_t i = 0; i < read.n; i++) {
        const stk_entry *one = &read.items[i];
        const stk_entry *other = &builtin->entries.items[i];

        assert_int_equal(one->line, other->line);
        assert_string_equal(one->key, other->key);
        assert_int_equal(!one->value, !other->value);
        if (one->value)
            assert_string_equal(one->value, other->value);
    }
    stk_gate_clear(&gate);
    stk_complaints_clear(&all);
    stk_arena_free(arena);
}

static void
test_groups__are_what_their_file_is_read_as(void **state)
{
    (void)state;
    compare_with_text(&stk_builtins[STK_BUILTIN_GROUPS], groups,
                      sizeof groups - 1);
}

static void
test_boxes__are_what_their_file_is_read_as(void **state)
{
    (void)state;
    compare_with_text(&stk_builtins[STK_BUILTIN_BOXES], boxes,
                      sizeof boxes - 1);
}

static void
test_events__are_what_their_file_is_read_as(void **state)
{
    (void)state;
    compare_with_text(&stk_builtins[STK_BUILTIN_EVENTS], events,
                      sizeof events - 1);
}

/* Nobody is told of a mistake in what he did not write. */
static void
test_load__has_nothing_to_say_of_them(void **state)
{
    static const char text[] = "[stockade]\nversion = 1\n";
    const stk_policy_text own = { "p.ini", text, sizeof text - 1 };
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;

    (void)state;
    assert_int_equal(stk_policy_parse(&policy, &own, NULL, NULL, &err), 0);
    assert_non_null(policy->stdlib);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups__are_what_their_file_is_read_as),
        cmocka_unit_test(test_boxes__are_what_their_file_is_read_as),
        cmocka_unit_test(test_events__are_what_their_file_is_read_as),
        cmocka_unit_test(test_load__has_nothing_to_say_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
