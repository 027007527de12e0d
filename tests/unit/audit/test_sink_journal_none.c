/* SPDX-License-Identifier: Apache-2.0 */
/* The twin, linked in front of whichever the room was built with. */
#include "audit/sink.h"

#include "scratch.h"

static void
test_open__says_that_the_build_has_none(void **state)
{
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;

    (void)state;
    assert_int_equal(stk_sink_open(&sink, "journal:", &err),
                     -STK_E_UNSUPPORTED);
    assert_string_equal(err.message, "this build has no \"journal:\" sink; "
                                     "libsystemd was missing");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open__says_that_the_build_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
