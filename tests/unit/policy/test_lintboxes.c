/* SPDX-License-Identifier: Apache-2.0 */
/* policy/lintboxes.c: a profile that no worker could be started with. */
#include "told.h"

#define A_KEY                                                                 \
    "[key a]\n"                                                               \
    "public = RWQAAAAAAAAAAKqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\n"     \
    "modules = *\n"

static void
test_lintboxes__what_must_be_signed_cannot_be_preloaded(void **state)
{
    (void)state;
    assert_lint("default = allow\n" A_KEY "[sandbox box]\npreload = lib\n"
                "[modules]\nlib = signed\n",
                "p.ini:7: [sandbox box] cannot load lib before the lock-down: "
                "\"lib = signed\" at p.ini:10 wants it verified, which is not "
                "done there; take it out of preload\n");
    assert_lint("default = allow\n" A_KEY "[sandbox box]\npreload = lib\n"
                "[modules]\nlib = allow\nother = signed\n",
                "");
}

static void
test_lintboxes__a_shipped_one_that_nobody_names_is_not_told(void **state)
{
    (void)state;
    assert_lint("default = allow\n" A_KEY "[modules]\nnumpy = signed\n", "");
    assert_lint("default = allow\n" A_KEY "[modules]\nnumpy = signed\n"
                "plugin = sandbox:numpy\n",
                "p.ini:9: [sandbox numpy] cannot load numpy before the "
                "lock-down: \"numpy = signed\" at p.ini:8 wants it verified, "
                "which is not done there; take it out of preload\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_lintboxes__what_must_be_signed_cannot_be_preloaded),
        cmocka_unit_test(
            test_lintboxes__a_shipped_one_that_nobody_names_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
