/* SPDX-License-Identifier: Apache-2.0 */
/* What is built in is what reading the shipped files gives. */
#include "policy/builtin.h"

#include "policies.h"
#include "policy/index.h"

static const unsigned char groups[] = {
#include "policy/groups_ini.inc"
    '\0'
};

static const unsigned char profiles[] = {
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
test_profiles__are_what_their_file_is_read_as(void **state)
{
    (void)state;
    compare_with_text(&stk_builtins[STK_BUILTIN_PROFILES], profiles,
                      sizeof profiles - 1);
}

/* Read by the parser, they change nothing of what is there. */
static void
test_profiles__are_the_same_to_a_policy_that_repeats_them(void **state)
{
    const stk_policy_text own = { "p.ini", (const char *)profiles,
                                  sizeof profiles - 1 };
    const stk_policy_text none = { "q.ini", V1, sizeof V1 - 1 };
    stk_policy *repeated = NULL, *shipped = NULL;
    const stk_profile *left, *right;
    stk_error err = STK_ERROR_INIT;
    size_t n, m;

    (void)state;
    assert_int_equal(stk_policy_parse(&repeated, &own, NULL, NULL, &err), 0);
    assert_int_equal(stk_policy_parse(&shipped, &none, NULL, NULL, &err), 0);
    left = stk_policy_profiles(repeated, &n);
    right = stk_policy_profiles(shipped, &m);
    assert_ptr_not_equal(left, right);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(&left[i], &right[i], sizeof *left);
    stk_policy_free(repeated);
    stk_policy_free(shipped);
}

static void
test_events__are_what_their_file_is_read_as(void **state)
{
    (void)state;
    compare_with_text(&stk_builtins[STK_BUILTIN_EVENTS], events,
                      sizeof events - 1);
}

/* ---- their groups ---------------------------------------------------- */

static size_t
count_words(const char *text, const char *const *members, size_t n)
{
    size_t found = 0;

    while (*text) {
        size_t length = strcspn(text, ", ");

        if (length > 0)
            found++;
        for (size_t i = 0; length > 0; i++) {
            assert_true(i < n);
            if (strlen(members[i]) == length &&
                !strncmp(members[i], text, length))
                break;
        }
        text += length + (text[length] != '\0');
    }
    return found;
}

static void
compare_groups(const stk_builtin *builtin, size_t n)
{
    const stk_builtin_group *group = builtin->groups - 1;
    size_t words = 0;

    for (size_t i = 0; i < builtin->entries.n; i++) {
        const stk_entry *one = &builtin->entries.items[i];

        if (!one->value && !strncmp(one->key, "group ", 6)) {
            assert_true(words == 0 || words == group->n);
            group++;
            words = 0;
            assert_string_equal(group->name, one->key + 6);
            assert_int_equal(group->line, one->line);
        } else if (one->value && !strcmp(one->key, "members")) {
            words += count_words(one->value, group->members, group->n);
        }
    }
    assert_int_equal(words, group->n);
    assert_ptr_equal(group, &builtin->groups[n - 1]);
}

static void
assert_sorted(const stk_builtin *builtin)
{
    for (size_t i = 0; i < builtin->n_groups; i++)
        for (size_t j = 1; j < builtin->groups[i].n; j++)
            assert_true(strcmp(builtin->groups[i].members[j - 1],
                               builtin->groups[i].members[j]) < 0);
}

static void
test_groups__have_the_members_of_their_lines(void **state)
{
    const stk_builtin *modules = &stk_builtins[STK_BUILTIN_GROUPS];
    const stk_builtin *of_events = &stk_builtins[STK_BUILTIN_EVENTS];

    (void)state;
    assert_int_equal(modules->n_groups, STK_PARTS + 1);
    compare_groups(modules, STK_PARTS);
    compare_groups(of_events, of_events->n_groups);
    assert_sorted(modules);
    assert_sorted(of_events);
}

static void
test_stdlib__has_the_members_of_its_parts(void **state)
{
    const stk_builtin_group *parts = stk_builtins[STK_BUILTIN_GROUPS].groups;
    const stk_builtin_group *all = &parts[STK_PARTS];
    size_t n = 0;

    (void)state;
    assert_string_equal(all->name, "stdlib");
    for (size_t i = 0; i < STK_PARTS; n += parts[i++].n)
        for (size_t j = 0; j < parts[i].n; j++)
            assert_int_equal(
                count_words(parts[i].members[j], all->members, all->n), 1);
    assert_int_equal(n, all->n);
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
        cmocka_unit_test(test_profiles__are_what_their_file_is_read_as),
        cmocka_unit_test(
            test_profiles__are_the_same_to_a_policy_that_repeats_them),
        cmocka_unit_test(test_events__are_what_their_file_is_read_as),
        cmocka_unit_test(test_groups__have_the_members_of_their_lines),
        cmocka_unit_test(test_stdlib__has_the_members_of_its_parts),
        cmocka_unit_test(test_load__has_nothing_to_say_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
