/* SPDX-License-Identifier: Apache-2.0 */
/* What is odd with [loader NAME]. */
#include "told.h"

#define KEY                                                                   \
    "[key a]\nmodules = *\npublic = "                                         \
    "RWQAAAAAAAAAAKqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\n"
#define LOADER "[loader v]\nfinder = a.b:C\nmodules = v w.*\n"

static void
test_lint__a_loader_whose_modules_are_signed_or_apart_is_fine(void **state)
{
    (void)state;
    assert_lint(KEY "[modules]\na = signed\nv = signed\nw = signed\n"
                    "w.* = sandbox:strict\n" LOADER,
                "");
    assert_lint("[modules]\na = allow\nv = allow\nw = allow\n" LOADER
                "result = module\n",
                "");
    /* what nobody may import is not executed */
    assert_lint("default = deny\n[modules]\na = allow\n" LOADER, "");
}

static void
test_lint__the_host_executes_what_a_loader_gives(void **state)
{
    (void)state;
    assert_lint("default = deny\n[modules]\na = allow\nv = allow\n"
                "w = allow\n" LOADER,
                "p.ini:8: [loader v]: the host executes whatever it gives for "
                "v; write \"v = signed\" or \"v = sandbox:strict\" in "
                "[modules], or result = module\n"
                "p.ini:8: [loader v]: the host executes whatever it gives for "
                "w.*; write \"w.* = signed\" or \"w.* = sandbox:strict\" in "
                "[modules], or result = module\n");
}

static void
test_lint__a_finder_that_is_denied_finds_nothing(void **state)
{
    (void)state;
    assert_lint("default = deny\n[modules]\na.b = deny\na = allow\n" LOADER,
                "p.ini:7: [loader v] finds nothing: its finder, a.b, is "
                "denied; add \"a.b = allow\" to [modules]\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_lint__a_loader_whose_modules_are_signed_or_apart_is_fine),
        cmocka_unit_test(test_lint__the_host_executes_what_a_loader_gives),
        cmocka_unit_test(test_lint__a_finder_that_is_denied_finds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
