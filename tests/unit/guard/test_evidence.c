/* SPDX-License-Identifier: Apache-2.0 */
/* guard/evidence.c: what is told of what was found. */
#include "guard/evidence.h"

#include "guard/place.h"
#include "site.h"

static void
test_refuse__says_why_and_is_no_error(void **state)
{
    stk_evidence found = STK_EVIDENCE_INIT;

    (void)state;
    assert_string_equal(stk_evidence_message(&found), "");
    assert_int_equal(stk_evidence_refuse(&found, STK_TRUST_UNLISTED,
                                         "%s is in no manifest", "a.py"),
                     0);
    assert_trust(found, STK_TRUST_UNLISTED);
    assert_string_equal(stk_evidence_message(&found),
                        "a.py is in no manifest");
    stk_evidence_tell(&found, "");
    assert_string_equal(stk_evidence_message(&found), "");
    stk_evidence_clear(&found);
    assert_trust(found, STK_TRUST_NONE);
}

static void
test_refuse__a_message_is_cut_where_it_is_too_long(void **state)
{
    stk_evidence found = STK_EVIDENCE_INIT;

    (void)state;
    stk_evidence_refuse(&found, STK_TRUST_IO, "%2000s", "end");
    assert_int_equal(strlen(stk_evidence_message(&found)),
                     STK_EVIDENCE_MESSAGE - 1);
    stk_evidence_clear(&found);
}

static void
test_prove__takes_the_keys_or_the_refusal(void **state)
{
    stk_evidence found = STK_EVIDENCE_INIT;
    stk_proof proof = { .trust = STK_TRUST_OK, .retiring = true };

    (void)state;
    assert_null(stk_evidence_keys(&found));
    snprintf(proof.key, sizeof proof.key, "a,b");
    assert_true(stk_evidence_prove(&found, &proof));
    assert_string_equal(stk_evidence_keys(&found), "a,b");
    assert_true(found.retiring);
    proof = (stk_proof){ .trust = STK_TRUST_SIGNATURE };
    assert_false(stk_evidence_prove(&found, &proof));
    assert_trust(found, STK_TRUST_SIGNATURE);
    assert_null(stk_evidence_keys(&found));
    stk_evidence_clear(&found);
}

static void
test_oddity__is_the_one_that_weighs_most(void **state)
{
    stk_evidence found = STK_EVIDENCE_INIT;
    stk_proof proof = { .trust = STK_TRUST_OK, .unsaved = true };
    const char *error = NULL;

    (void)state;
    assert_null(stk_evidence_oddity(&found, &error));
    found.retiring = true;
    assert_string_equal(stk_evidence_oddity(&found, &error), "key-retiring");
    assert_null(error);
    snprintf(proof.message, sizeof proof.message, "it is full");
    assert_true(stk_evidence_prove(&found, &proof));
    assert_string_equal(stk_evidence_oddity(&found, &error), "state-unsaved");
    assert_string_equal(error, "it is full");
    found.cache_refused = true;
    assert_string_equal(stk_evidence_oddity(&found, &error), "cache-refused");
    stk_evidence_clear(&found);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuse__says_why_and_is_no_error),
        cmocka_unit_test(test_refuse__a_message_is_cut_where_it_is_too_long),
        cmocka_unit_test(test_prove__takes_the_keys_or_the_refusal),
        cmocka_unit_test(test_oddity__is_the_one_that_weighs_most),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
