/* SPDX-License-Identifier: Apache-2.0 */
/* Names of modules that no module of the standard library can have. */
#include "told.h"

#define ALLOWED "default = allow\n[modules]\nnever = deny\n"

static void
test_lint__an_event_among_the_modules_belongs_under_events(void **state)
{
    (void)state;
    assert_lint(ALLOWED "os.system = deny\n",
                "p.ini:6: no module os.system; to deny the call write it "
                "under [events]\n");
    assert_lint(ALLOWED "urllib.Request = deny\nos.system.* = deny\n",
                "p.ini:6: no module urllib.Request; to deny the call write "
                "it under [events]\n"
                "p.ini:7: no module os.system; to deny the call write it "
                "under [events]\n");
    assert_lint(ALLOWED "[modules from a]\nsocket.connect = allow\n",
                "p.ini:7: no module socket.connect; to allow the call write "
                "it under [events]\n");
    assert_lint("default = allow\n[forbidden]\nsubprocess.Popen = no\n",
                "p.ini:5: no module subprocess.Popen; to deny the call write "
                "it under [events]\n");
    assert_lint(ALLOWED "@calls = deny\n[group calls]\nmembers = os.fork\n",
                "p.ini:7: no module os.fork; to judge the call write it "
                "under [events]\n");
    assert_lint(ALLOWED "[events]\n@calls = deny\n[group calls]\n"
                        "members = os.fork\n",
                "");
    assert_lint(ALLOWED "[events]\nos.system = deny\n", "");
}

static void
test_lint__what_is_below_a_module_that_is_no_package(void **state)
{
    (void)state;
    assert_lint(ALLOWED "os.sistem = deny\n",
                "p.ini:6: no module os.sistem: nothing is below os; did you "
                "mean os.system under [events]?\n");
    assert_lint(ALLOWED "sys.exit = deny\nbase64.x.y = deny\n",
                "p.ini:6: no module sys.exit: nothing is below sys; did you "
                "mean sys?\n"
                "p.ini:7: no module base64.x.y: nothing is below base64; did "
                "you mean base64?\n");
}

static void
test_lint__what_may_be_a_module_is_fine(void **state)
{
    static const char *const names[] = {
        "os.path",     "os.*",        "os*",          "os.sys*",
        "http.client", "xml.etree",   "urllib.x",     "parser.own",
        "acme.system", "typing.io",   "re._compiler", "pathlib._local",
        "os",          "pyexpat.err", "sysconfig.x",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        char text[256];

        snprintf(text, sizeof text, TEXT_HEAD ALLOWED "%s = deny\n", names[i]);
        assert_told(text, "");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_lint__an_event_among_the_modules_belongs_under_events),
        cmocka_unit_test(test_lint__what_is_below_a_module_that_is_no_package),
        cmocka_unit_test(test_lint__what_may_be_a_module_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
