/* SPDX-License-Identifier: Apache-2.0 */
/* A policy while it is read. */
#include "policy/draft.h"

#include "policies.h"

typedef struct fixture {
    stk_arena *arena;
    stk_complaints complaints;
    stk_draft draft;
} fixture;

static int
set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    *state = f;
    f->arena = stk_arena_new();
    return stk_draft_init(&f->draft, f->arena, &f->complaints);
}

static int
tear_down(void **state)
{
    fixture *f = *state;

    stk_draft_clear(&f->draft);
    stk_complaints_clear(&f->complaints);
    stk_arena_free(f->arena);
    free(f);
    return 0;
}

static void
test_init__the_two_sections_exist(void **state)
{
    fixture *f = *state;

    assert_int_equal(f->draft.section_names.used, 2);
    assert_ptr_equal(stk_draft_section(&f->draft, "forbidden"),
                     f->draft.sections[STK_SECTION_FORBIDDEN]);
    assert_int_equal(stk_draft_section(&f->draft, "modules")->kind,
                     STK_SECTION_MODULES);
}

static void
test_section__is_one_per_name_and_stays_where_it_is(void **state)
{
    fixture *f = *state;
    stk_section *first = stk_draft_section(&f->draft, "modules from a");
    char name[32];

    assert_null(first->place.file);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "modules from m%u", i);
        assert_int_equal(stk_draft_section(&f->draft, name)->index, i + 3);
    }
    assert_ptr_equal(stk_draft_section(&f->draft, "modules from a"), first);
}

static void
test_group__keeps_its_members(void **state)
{
    fixture *f = *state;
    char name[32];

    for (unsigned i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "g%u", i);
        assert_non_null(stk_draft_group_named(&f->draft, name));
    }
    for (unsigned i = 0; i < 100; i++)
        stk_draft_add_member(&f->draft, stk_draft_group_named(&f->draft, "g7"),
                             "m", i);
    assert_int_equal(stk_draft_group_named(&f->draft, "g7")->n_members, 100);
    assert_int_equal(stk_draft_group_named(&f->draft, "g7")->members[99].line,
                     99);
    assert_int_equal(stk_draft_group_named(&f->draft, "g8")->n_members, 0);
}

static void
test_add_rule__stops_at_the_bound_and_says_so_once(void **state)
{
    fixture *f = *state;
    stk_rule rule = { .place = { "p.ini", 9 } };

    for (unsigned i = 0; i < STK_RULES_MAX; i++)
        assert_int_equal(stk_draft_add_rule(&f->draft, &rule), 0);
    assert_int_equal(f->complaints.n, 0);
    stk_draft_add_rule(&f->draft, &rule);
    stk_draft_add_rule(&f->draft, &rule);
    assert_int_equal(f->draft.n_rules, STK_RULES_MAX);
    assert_int_equal(f->complaints.n, 1);
    assert_int_equal(f->complaints.items[0].code, STK_E_LIMIT);
    assert_string_equal(f->complaints.items[0].message,
                        "more than 100000 rules, with all that is extended");
}

int
main(void)
{
#define WITH_DRAFT(test)                                                      \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_DRAFT(test_init__the_two_sections_exist),
        WITH_DRAFT(test_section__is_one_per_name_and_stays_where_it_is),
        WITH_DRAFT(test_group__keeps_its_members),
        WITH_DRAFT(test_add_rule__stops_at_the_bound_and_says_so_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
