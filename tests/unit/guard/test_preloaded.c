/* SPDX-License-Identifier: Apache-2.0 */
/* guard/preloaded.c: names, and which content each had. */
#include "guard/preloaded.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

static stk_error err;

static void
digest_of(unsigned char out[STK_DIGEST_BYTES], const char *text)
{
    stk_digest_memory(out, text, strlen(text));
}

static void
test_find__what_was_added_and_no_other(void **state)
{
    unsigned char one[STK_DIGEST_BYTES], two[STK_DIGEST_BYTES];
    stk_preloaded *all = NULL;
    char name[16];

    (void)state;
    digest_of(one, "one");
    digest_of(two, "two");
    assert_int_equal(stk_preloaded_new(&all, &err), 0);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "m%d", i);
        assert_int_equal(stk_preloaded_add(all, name, i % 2 ? one : two, &err),
                         0);
    }
    assert_int_equal(stk_preloaded_find(all, "m7", one), STK_PRELOAD_SAME);
    assert_int_equal(stk_preloaded_find(all, "m7", two), STK_PRELOAD_OTHER);
    assert_int_equal(stk_preloaded_find(all, "m", one), STK_PRELOAD_NONE);
    assert_true(stk_preloaded_has(all, "m199"));
    assert_false(stk_preloaded_has(all, "m200"));
    stk_preloaded_free(all);
}

static void
test_add__the_last_that_is_said_holds(void **state)
{
    unsigned char one[STK_DIGEST_BYTES], two[STK_DIGEST_BYTES];
    stk_preloaded *all = NULL;

    (void)state;
    digest_of(one, "one");
    digest_of(two, "two");
    assert_int_equal(stk_preloaded_new(&all, &err), 0);
    assert_int_equal(stk_preloaded_add(all, "m", one, &err), 0);
    assert_int_equal(stk_preloaded_add(all, "m", two, &err), 0);
    assert_int_equal(stk_preloaded_find(all, "m", one), STK_PRELOAD_OTHER);
    assert_int_equal(stk_preloaded_find(all, "m", two), STK_PRELOAD_SAME);
    stk_preloaded_free(all);
}

static void
test_free__the_last_reference_counts(void **state)
{
    unsigned char one[STK_DIGEST_BYTES];
    stk_preloaded *all = NULL, *same;

    (void)state;
    digest_of(one, "one");
    assert_int_equal(stk_preloaded_new(&all, &err), 0);
    assert_int_equal(stk_preloaded_add(all, "m", one, &err), 0);
    assert_false(stk_preloaded_is_shared(all));
    same = stk_preloaded_ref(all);
    assert_true(stk_preloaded_is_shared(all));
    stk_preloaded_free(all);
    assert_false(stk_preloaded_is_shared(same));
    assert_true(stk_preloaded_has(same, "m"));
    stk_preloaded_free(same);
    stk_preloaded_free(NULL);
    assert_false(stk_preloaded_has(NULL, "m"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find__what_was_added_and_no_other),
        cmocka_unit_test(test_add__the_last_that_is_said_holds),
        cmocka_unit_test(test_free__the_last_reference_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
