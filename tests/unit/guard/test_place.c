/* SPDX-License-Identifier: Apache-2.0 */
/* guard/place.c: where packages live is remembered, and counted. */
#include "guard/place.h"

#include "unit.h"

static void
test_place__the_last_place_of_a_name_counts(void **state)
{
    stk_evidence_store *store = calloc(1, sizeof *store);
    stk_place *first = stk_place_new(STK_PLACE_FOLDER);
    stk_place *second = stk_place_new(STK_PLACE_FOLDER);
    stk_package *package;

    (void)state;
    assert_non_null(store);
    assert_null(stk_place_find(store, "shop", 4));
    assert_int_equal(stk_place_keep(store, "shop", first), 0);
    assert_ptr_equal(stk_place_find(store, "shop", 4), first);
    assert_null(stk_place_find(store, "shop", 3));
    assert_null(stk_place_find(store, "shop.cart", 9));
    assert_ptr_equal(stk_place_find(store, "shop.cart", 4), first);
    assert_int_equal(stk_place_keep(store, "shop", second), 0);
    assert_ptr_equal(stk_place_find(store, "shop", 4), second);
    assert_int_equal(first->refs, 1);
    assert_int_equal(second->refs, 2);
    stk_place_free(first);
    stk_place_free(second);
    for (size_t i = 0; i < STK_PACKAGES_SIZE; i++)
        if ((package = store->packages[i])) {
            stk_place_free(package->place);
            free(package->name);
            free(package);
        }
    free(store);
}

static void
test_place__many_names_are_told_apart(void **state)
{
    stk_evidence_store *store = calloc(1, sizeof *store);
    char name[32];

    (void)state;
    assert_non_null(store);
    for (int i = 0; i < 2000; i++) {
        stk_place *place = stk_place_new(STK_PLACE_FOLDER);

        snprintf(name, sizeof name, "p%d", i);
        place->folder = strdup(name);
        assert_int_equal(stk_place_keep(store, name, place), 0);
        stk_place_free(place);
    }
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "p%d", i);
        assert_string_equal(stk_place_find(store, name, strlen(name))->folder,
                            name);
    }
    for (size_t i = 0; i < STK_PACKAGES_SIZE; i++)
        for (stk_package *at = store->packages[i], *next; at; at = next) {
            next = at->next;
            stk_place_free(at->place);
            free(at->name);
            free(at);
        }
    free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place__the_last_place_of_a_name_counts),
        cmocka_unit_test(test_place__many_names_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
