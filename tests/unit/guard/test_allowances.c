/* SPDX-License-Identifier: Apache-2.0 */
/* The audit events that a log says were fired, as rules on a sheet. */
#include "guard/allowances.h"

#include "guards.h"

#define SETS                                                                  \
    "[events]\n@events.introspection = deny\n@events.native = deny\n"         \
    "@events.network = deny\n@events.process = deny\n"

typedef struct fired {
    const char *importer, *event;
} fired;

static stk_need
need_of(const fired *one)
{
    return (stk_need){ (char *)(uintptr_t)one->importer,
                       (char *)(uintptr_t)one->event, false };
}

/* What the sheet says of one event, on top of a base; freed by free(). */
static char *
allow_one(const stk_policy *base, const fired *one, bool always)
{
    stk_need need = one ? need_of(one) : (stk_need){ NULL, NULL, false };
    const void *node[3] = { &need, NULL, NULL }; /* as tsearch(3) has it */
    stk_needs needs = STK_NEEDS_INIT;
    stk_allowances from = { &needs, base, always };
    stk_sheet *sheet = stk_sheet_new();
    char *text = NULL;

    if (one)
        needs.events = node;
    assert_int_equal(stk_allowances_put(sheet, &from, NULL), 0);
    assert_int_equal(stk_sheet_print(&text, sheet, NULL), 0);
    stk_sheet_free(sheet);
    return text;
}

static void
assert_allows(const stk_policy *base, fired one, const char *wanted)
{
    char *text = allow_one(base, &one, false);

    if (!strstr(text, wanted))
        fail_msg("no %s in: %s", wanted, text);
    free(text);
}

static stk_policy *
base_of(const char *text)
{
    stk_policy_text source = { "base.ini", text, strlen(text) };
    stk_policy *policy = NULL;

    assert_int_equal(stk_policy_parse(&policy, &source, NULL, NULL, NULL), 0);
    return policy;
}

static void
test_allowances__nothing_fired_denies_nothing_unless_asked(void **state)
{
    char *text = allow_one(NULL, NULL, false);

    (void)state;
    assert_null(strstr(text, "events"));
    free(text);
    text = allow_one(NULL, NULL, true);
    assert_non_null(strstr(text, SETS));
    free(text);
}

static void
test_allowances__each_importer_gets_what_it_fired(void **state)
{
    (void)state;
    assert_allows(NULL, (fired){ "app.inner", "os.system" },
                  "[events from app]\nos.system = allow\n");
    assert_allows(NULL, (fired){ "", "os.system" },
                  "@events.process = deny\nos.system = allow\n");
    assert_allows(NULL, (fired){ "subprocess", "os.fork" }, SETS);
}

static void
test_allowances__a_deny_by_name_is_kept(void **state)
{
    stk_policy *base = base_of(POLICY_HEAD "[events from app.inner]\n"
                                           "os.system = deny\n"
                                           "@events.network = deny\n");

    (void)state;
    assert_allows(base, (fired){ "app.inner", "os.system" },
                  "base.ini:4 still denies the event os.system");
    assert_allows(base, (fired){ "app.inner", "socket.bind" },
                  "[events from app.inner]\nsocket.bind = allow\n");
    assert_allows(base, (fired){ "app", "os.system" },
                  "[events from app]\nos.system = allow\n");
    stk_policy_free(base);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_allowances__nothing_fired_denies_nothing_unless_asked),
        cmocka_unit_test(test_allowances__each_importer_gets_what_it_fired),
        cmocka_unit_test(test_allowances__a_deny_by_name_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
