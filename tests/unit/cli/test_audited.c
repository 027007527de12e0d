/* SPDX-License-Identifier: Apache-2.0 */
/* cli/audited.c: audit events as a user names them. */
#include "cli/audited.h"

#include "cli/load.h"
#include "unit.h"

static bool
holds(const char *text, const char *event)
{
    char wrong[CLI_AUDITED_WRONG];
    stk_policy *audited = NULL;
    bool has;

    assert_int_equal(cli_audited_read(&audited, text, wrong), 0);
    assert_non_null(audited);
    has = cli_audited_has(audited, event);
    cli_policy_freep(&audited);
    return has;
}

static void
test_has__an_event_and_its_variants(void **state)
{
    (void)state;
    assert_true(holds("os.system", "os.system"));
    assert_false(holds("os.system", "os.exec"));
    assert_true(holds("ctypes.dlsym", "ctypes.dlsym/handle"));
    assert_true(holds("ctypes.dlsym/handle", "ctypes.dlsym"));
    assert_true(holds("open", "open"));
    assert_true(holds("acme.sent", "acme.sent"));
}

static void
test_has__what_is_below_a_name_a_set_and_all(void **state)
{
    (void)state;
    assert_true(holds("socket.*", "socket.connect"));
    assert_false(holds("socket.*", "os.system"));
    assert_true(holds("@events.process", "os.system"));
    assert_false(holds("@events.process", "socket.connect"));
    assert_true(holds("*", "os.system"));
    assert_true(holds("*", "acme.sent"));
}

static void
test_has__no_record_of_the_guards_own(void **state)
{
    (void)state;
    assert_false(holds("*", "import"));
    assert_false(holds("*", "start"));
    assert_false(holds("*", NULL));
}

static void
test_read__what_is_wrong_is_told(void **state)
{
    static const struct {
        const char *text, *wrong;
    } rows[] = {
        { "os.systm",
          "no supported Python raises os.systm; did you mean os.system?" },
        { "@events.proces",
          "no group @events.proces; did you mean @events.process?" },
        { "os..system", NULL },
        { "imprt", "" },
        { "", "" },
        { "os.system = allow\n*", "" },
        { "a b", "" },
        { "/handle", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char wrong[CLI_AUDITED_WRONG];
        stk_policy *audited = NULL;

        assert_int_equal(cli_audited_read(&audited, rows[i].text, wrong), -1);
        assert_null(audited);
        if (rows[i].wrong)
            assert_string_equal(wrong, rows[i].wrong);
        else
            assert_true(wrong[0] != '\0');
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has__an_event_and_its_variants),
        cmocka_unit_test(test_has__what_is_below_a_name_a_set_and_all),
        cmocka_unit_test(test_has__no_record_of_the_guards_own),
        cmocka_unit_test(test_read__what_is_wrong_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
