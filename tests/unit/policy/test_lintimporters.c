/* SPDX-License-Identifier: Apache-2.0 */
/* [modules from X] for an X that is denied. */
#include "told.h"

#define OR_STRINGS                                                            \
    " or, where strings of code run by that name, the [sandbox X] that they " \
    "run under\n"

static void
test_lint__an_importer_that_is_itself_denied(void **state)
{
    (void)state;
    assert_lint("[modules]\nplug = deny\n[modules from plug]\njson = allow\n",
                "p.ini:5: [modules from plug]: plug is itself denied by "
                "\"plug = deny\" (p.ini:4): nothing can import it\n");
    assert_lint("[modules from plug]\njson = allow\n",
                "p.ini:3: [modules from plug]: plug is itself denied: no rule "
                "covers it; add \"plug = allow\" to [modules]" OR_STRINGS);
    assert_lint(
        "[modules from plug.x]\njson = allow\n",
        "p.ini:3: [modules from plug.x]: plug.x is itself denied: no "
        "rule covers it; add \"plug.x = allow\" to [modules]" OR_STRINGS);
    assert_lint("[group g]\nmembers = a, b\n[modules]\na = allow\n"
                "[modules from @g]\njson = allow\n",
                "p.ini:7: [modules from @g]: b is itself denied: no rule "
                "covers it; add \"b = allow\" to [modules]" OR_STRINGS);
}

static void
test_lint__an_importer_that_is_the_name_of_a_string_is_fine(void **state)
{
    (void)state;
    assert_lint("[modules from answer]\njson = allow\n[sandbox agent]\n", "");
    assert_lint("[modules]\n* = deny\n[modules from answer]\njson = allow\n"
                "[sandbox mine]\nmemory = 1G\n",
                "");
    assert_lint("[modules]\nanswer = deny\n"
                "[modules from answer]\njson = allow\n[sandbox agent]\n",
                "p.ini:5: [modules from answer]: answer is itself denied by "
                "\"answer = deny\" (p.ini:4): nothing can import it\n");
    assert_lint("[modules]\nacme = allow\nplugins = sandbox:agent\n"
                "[modules from answer]\njson = allow\n[sandbox agent]\n",
                "p.ini:6: [modules from answer]: answer is itself denied: no "
                "rule covers it; add \"answer = allow\" to "
                "[modules]" OR_STRINGS);
}

static void
test_lint__an_importer_that_was_mistyped(void **state)
{
    (void)state;
    assert_lint("[modules]\nplugins = allow\n[modules from plugns]\n"
                "json = allow\n[sandbox agent]\n",
                "p.ini:5: [modules from plugns]: plugns is itself denied: no "
                "rule covers it; did you mean plugins?\n");
    assert_lint("[group g]\nmembers = acme_reports\n[modules]\n@g = allow\n"
                "[modules from acme_raport]\njson = allow\n",
                "p.ini:7: [modules from acme_raport]: acme_raport is itself "
                "denied: no rule covers it; did you mean acme_reports?\n");
}

static void
test_lint__an_importer_that_somebody_may_load_is_fine(void **state)
{
    (void)state;
    assert_lint("[modules from __main__]\njson = allow\n", "");
    assert_lint("[modules from __main__]\nplug = allow\n"
                "[modules from plug]\njson = allow\n",
                "");
    assert_lint("[modules]\napp = allow closure\n"
                "[modules from plug]\njson = allow\n",
                "");
    assert_lint("trusted = @stdlib\n[modules from logging]\nsocket = deny\n",
                "");
    assert_lint("trusted = @g\n[group g]\nmembers = app\n"
                "[modules from plug]\nsocket = deny\n",
                "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lint__an_importer_that_is_itself_denied),
        cmocka_unit_test(
            test_lint__an_importer_that_is_the_name_of_a_string_is_fine),
        cmocka_unit_test(test_lint__an_importer_that_was_mistyped),
        cmocka_unit_test(
            test_lint__an_importer_that_somebody_may_load_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
