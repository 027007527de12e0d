/* SPDX-License-Identifier: Apache-2.0 */
/* Each line names the one before: the hash, and the stepping. */
#include "audit/chain.h"

#include "scratch.h"

static void
test_hash__is_blake2b_256(void **state)
{
    char hex[STK_HASH_HEX];

    (void)state;
    /* `printf abc | b2sum -l 256`; `b2sum -l 256 </dev/null` */
    stk_chain_hash(hex, "abc", 3);
    assert_string_equal(
        hex,
        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    stk_chain_hash(hex, "", 0);
    assert_string_equal(
        hex,
        "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

static void
test_begin__starts_at_0_with_zeros(void **state)
{
    stk_chain chain = { 5, "x" };

    (void)state;
    stk_chain_begin(&chain);
    assert_int_equal(chain.seq, 0);
    assert_string_equal(chain.prev, stk_hash_none);
    assert_int_equal(strlen(chain.prev), 64);
    assert_int_equal(strspn(chain.prev, "0"), 64);
}

static void
test_step__counts_and_names_the_line(void **state)
{
    stk_chain chain;
    char hex[STK_HASH_HEX];

    (void)state;
    stk_chain_begin(&chain);
    stk_chain_step(&chain, "abc", 3);
    stk_chain_hash(hex, "abc", 3);
    assert_int_equal(chain.seq, 1);
    assert_string_equal(chain.prev, hex);
}

static void
test_skip__uses_up_a_number_alone(void **state)
{
    stk_chain chain;

    (void)state;
    stk_chain_begin(&chain);
    stk_chain_skip(&chain);
    assert_int_equal(chain.seq, 1);
    assert_string_equal(chain.prev, stk_hash_none);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__is_blake2b_256),
        cmocka_unit_test(test_begin__starts_at_0_with_zeros),
        cmocka_unit_test(test_step__counts_and_names_the_line),
        cmocka_unit_test(test_skip__uses_up_a_number_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
