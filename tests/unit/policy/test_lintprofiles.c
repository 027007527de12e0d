/* SPDX-License-Identifier: Apache-2.0 */
/* policy/lintprofiles.c: a profile that no worker could be started with. */
#include "told.h"

static void
test_lintprofiles__what_is_forbidden_cannot_be_preloaded(void **state)
{
    (void)state;
    assert_lint("default = allow\n[sandbox box]\npreload = lib\n"
                "[forbidden]\nlib = no\n",
                "p.ini:5: [sandbox box] cannot load lib before the lock-down: "
                "\"lib = no\" at p.ini:7 forbids it; take it out of "
                "preload\n");
    assert_lint("default = allow\n[sandbox box]\npreload = lib json\n"
                "[forbidden]\nlib.part = no\nother = no\njson = no\n",
                "");
}

static void
test_lintprofiles__nor_can_what_a_loader_finds(void **state)
{
    (void)state;
    assert_lint("default = allow\n[sandbox box]\npreload = lib\n"
                "[loader own]\nfinder = f:F\nmodules = lib lib.*\n"
                "result = module\nsandbox = box\n",
                "p.ini:5: [sandbox box] cannot load lib before the lock-down: "
                "[loader own] at p.ini:6 finds it, in a worker; take it out "
                "of preload\n");
}

static void
test_lintprofiles__each_word_is_told_at_its_line(void **state)
{
    (void)state;
    assert_lint(
        "default = allow\n[sandbox box]\npreload = a, lib\nmemory = 1G\n"
        "preload = other\n[modules]\na = allow\n[forbidden]\nlib = no\n"
        "other = no\n",
        "p.ini:5: [sandbox box] cannot load lib before the lock-down: "
        "\"lib = no\" at p.ini:11 forbids it; take it out of preload\n"
        "p.ini:7: [sandbox box] cannot load other before the lock-down: "
        "\"other = no\" at p.ini:12 forbids it; take it out of preload\n");
}

#define NUMPY(word)                                                           \
    "p.ini:5: [sandbox numpy] cannot load " word " before the lock-down: "    \
    "\"numpy = no\" at p.ini:7 forbids it; take it out of preload\n"

static void
test_lintprofiles__a_shipped_one_that_nobody_names_is_not_told(void **state)
{
    (void)state;
    assert_lint("default = allow\n[forbidden]\nnumpy = no\n", "");
    assert_lint("default = allow\n[modules]\nplugin = sandbox:numpy\n"
                "[forbidden]\nnumpy = no\n",
                NUMPY("numpy") NUMPY("numpy.fft") NUMPY("numpy.random"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_lintprofiles__what_is_forbidden_cannot_be_preloaded),
        cmocka_unit_test(test_lintprofiles__nor_can_what_a_loader_finds),
        cmocka_unit_test(test_lintprofiles__each_word_is_told_at_its_line),
        cmocka_unit_test(
            test_lintprofiles__a_shipped_one_that_nobody_names_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
