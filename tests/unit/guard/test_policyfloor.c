/* SPDX-License-Identifier: Apache-2.0 */
/* No policy is put in force that is older than one that was. */
#include "guard/policyfloor.h"

#include <string.h>

#include "unit.h"

/* Files that were verified; nobody asks for the key any more. */
static int
accept_two(void **state, uint64_t first, uint64_t second, stk_error *err)
{
    stk_policykey *key = NULL;
    stk_proof proofs[2];
    stk_policyfloor load = { .proofs = proofs, .n = 2 };

    memset(proofs, 0, sizeof proofs);
    for (size_t i = 0; i < 2; i++) {
        proofs[i].trust = STK_TRUST_OK;
        proofs[i].signed_at = 1750000000;
        proofs[i].sequence = i ? second : first;
        snprintf(proofs[i].package, sizeof proofs[i].package, "%s",
                 i ? "base.ini" : "policy.ini");
    }
    load.key = (const stk_policykey *)(const void *)&key;
    return stk_policyfloor_accept(&load, unit_path(state, "state"), err);
}

static void
test_accept__what_is_older_is_refused_and_moves_nothing(void **state)
{
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(accept_two(state, 5, 5, &err), 0);
    assert_int_equal(accept_two(state, 9, 4, &err), -STK_E_INVALID);
    assert_string_equal(err.message,
                        "rollback: sequence 4 of base.ini is older than 5, "
                        "which was accepted before; get a release from "
                        "there on");
    assert_int_equal(accept_two(state, 5, 5, &err), 0);
    assert_int_equal(accept_two(state, 6, 5, &err), 0);
    assert_int_equal(accept_two(state, 5, 6, &err), -STK_E_INVALID);
}

static void
test_accept__one_without_a_number_comes_after_none(void **state)
{
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(accept_two(state, 0, 0, &err), 0);
    assert_int_equal(accept_two(state, 1, 0, &err), 0);
    assert_int_equal(accept_two(state, 0, 0, &err), -STK_E_INVALID);
}

static void
test_accept__what_is_far_ahead_is_refused_with_what_helps(void **state)
{
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(accept_two(state, 5, 5, &err), 0);
    assert_int_equal(accept_two(state, 5, 1000006, &err), -STK_E_INVALID);
    assert_string_equal(err.message,
                        "sequence-jump: sequence 1000006 of base.ini is more "
                        "than 1000000 ahead of what was in force; where that "
                        "is meant, begin another state file");
    assert_int_equal(accept_two(state, 5, 1000005, &err), 0);
}

static void
test_accept__without_a_file_nothing_is_kept(void **state)
{
    stk_policyfloor load = { .n = 0 };

    (void)state;
    assert_int_equal(stk_policyfloor_accept(&load, NULL, NULL), 0);
    stk_policyfloor_clear(&load);
    assert_null(load.proofs);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_accept__what_is_older_is_refused_and_moves_nothing),
        unit_test_in_folder(
            test_accept__one_without_a_number_comes_after_none),
        unit_test_in_folder(
            test_accept__what_is_far_ahead_is_refused_with_what_helps),
        unit_test_in_folder(test_accept__without_a_file_nothing_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
