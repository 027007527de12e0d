/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is given back all at once. */
#include "policy/arena.h"

#include <stdalign.h>

#include "unit.h"

static int
make_arena(void **state)
{
    *state = stk_arena_new();
    return *state ? 0 : -1;
}

static int
free_arena(void **state)
{
    stk_arena_free(*state);
    return 0;
}

static void
test_take__is_zeroed_aligned_and_apart(void **state)
{
    unsigned char *before = NULL;

    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *taken = stk_arena_take(*state, size, 1);

        assert_non_null(taken);
        assert_int_equal((uintptr_t)taken % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(taken[i], 0);
        memset(taken, 0xAA, size);
        if (before)
            assert_int_equal(before[0], 0xAA);
        before = taken;
    }
}

static void
test_take__more_than_a_chunk_is_given(void **state)
{
    char *taken = stk_arena_take(*state, 1u << 20, 3);

    assert_non_null(taken);
    memset(taken, 1, 3u << 20);
    assert_non_null(stk_arena_take(*state, 0, 8));
}

static void
test_take__a_product_that_overflows_is_refused(void **state)
{
    assert_null(stk_arena_take(*state, SIZE_MAX / 4, 8));
    assert_null(stk_arena_take(*state, SIZE_MAX, 1));
    assert_null(stk_arena_copy(*state, "", SIZE_MAX));
}

static void
test_text__is_copied_and_terminated(void **state)
{
    char *first = stk_arena_copy(*state, "os.path", 2);
    char *second = stk_arena_printf(*state, "%s:%d", "policy.ini", 12);

    assert_string_equal(first, "os");
    assert_string_equal(second, "policy.ini:12");
}

static void
test_join__puts_texts_behind_each_other(void **state)
{
    const char *const texts[] = { "json", "", " = ", "allow" };

    assert_string_equal(stk_arena_join(*state, texts, 4), "json = allow");
    assert_string_equal(stk_arena_join(*state, texts, 1), "json");
    assert_string_equal(stk_arena_join(*state, texts, 0), "");
}

int
main(void)
{
#define IN_ARENA(test)                                                        \
    cmocka_unit_test_setup_teardown(test, make_arena, free_arena)
    const struct CMUnitTest tests[] = {
        IN_ARENA(test_take__is_zeroed_aligned_and_apart),
        IN_ARENA(test_take__more_than_a_chunk_is_given),
        IN_ARENA(test_take__a_product_that_overflows_is_refused),
        IN_ARENA(test_join__puts_texts_behind_each_other),
        IN_ARENA(test_text__is_copied_and_terminated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
