/* SPDX-License-Identifier: Apache-2.0 */
/* The walk, told: the reason, what lost and why. */
#include "policy/told.h"

#include "oracle.h"

static stk_explanation *
explain(const stk_policy *policy, const char *name, const char *importer)
{
    stk_request request = { name, importer, 0 };
    stk_error err = STK_ERROR_INIT;
    stk_explanation *out = NULL;

    assert_int_equal(stk_policy_explain(&out, policy, &request, &err), 0);
    return out;
}

static void
assert_reason(const stk_policy *policy, const char *name, const char *importer,
              const char *wanted)
{
    stk_explanation *e = explain(policy, name, importer);

    assert_string_equal(e->reason, wanted);
    stk_explanation_free(e);
}

/* The losers, one a line: text [section] why */
static void
assert_lost(const stk_policy *policy, const char *name, const char *importer,
            const char *wanted)
{
    stk_explanation *e = explain(policy, name, importer);
    stk_buffer text = STK_BUFFER_INIT(1u << 16);

    stk_buffer_puts(&text, "");
    for (size_t i = 0; i < e->n_lost; i++)
        stk_buffer_printf(&text, "%s [%s]: %s\n", e->lost[i].rule.text,
                          e->lost[i].rule.section, e->lost[i].why);
    assert_string_equal(text.data, wanted);
    stk_buffer_clear(&text);
    stk_explanation_free(e);
}

static const char policy_text[] =
    V1 "trusted = @stdlib.meta\n"
       "[forbidden]\nctypes = calls any C function\n"
       "[modules]\nacme = allow\nacme.legacy = deny\nacme.leg* = allow\n"
       "pandas = allow closure\n@stdlib.pure = allow\n@stdlib = deny\n"
       "p = allow\np.* = deny\np.q = allow\n* = deny\n"
       "[modules from p.q]\nsqlite3 = allow\njson = allow\n* = deny\n";

static void
test_reason__is_one_sentence_for_each(void **state)
{
    stk_policy *policy = policy_of(policy_text);

    (void)state;
    assert_reason(policy, "acme", NULL,
                  "acme is allowed by \"acme = allow\" in [modules]");
    assert_reason(policy, "acme.legacy.x", "p",
                  "acme.legacy.x is denied by \"acme.legacy = deny\" in "
                  "[modules]");
    assert_reason(policy, "ctypes.util", NULL,
                  "ctypes.util is forbidden to everybody: calls any C "
                  "function");
    assert_reason(policy, "sqlite3", "p.q.r",
                  "sqlite3 is allowed to p.q.r by \"sqlite3 = allow\" in "
                  "[modules from p.q]");
    assert_reason(policy, "yaml", "p.q",
                  "yaml is denied to p.q by \"* = deny\" in [modules from "
                  "p.q]");
    assert_reason(policy, "p.q", "p.q.r",
                  "p.q is allowed: it belongs to the package of p.q.r");
    assert_reason(policy, "numpy", "pandas.io",
                  "numpy is allowed: pandas.io came in with \"pandas = allow "
                  "closure\"");
    assert_reason(policy, "numpy", "importlib",
                  "numpy is allowed: importlib is trusted by \"trusted = "
                  "@stdlib.meta\"");
    assert_reason(policy, "a..b", NULL, "\"a..b\" is no dotted module name");
    assert_reason(policy, NULL, NULL, "\"\" is no dotted module name");
    stk_policy_free(policy);
}

static void
test_reason__default_and_parent(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[modules]\na.b = allow\nc = deny\nc.d = allow\n");
    stk_request request = { "x", NULL, STK_REQUEST_CLOSURE };
    stk_explanation *e;

    (void)state;
    assert_reason(policy, "os", NULL,
                  "os is denied: no rule covers it, and the default is deny");
    assert_reason(policy, "a.b", NULL,
                  "a.b is denied: no rule covers its parent a, and the "
                  "default is deny");
    assert_reason(policy, "c.d", NULL,
                  "c.d is denied: its parent c is denied by \"c = deny\" in "
                  "[modules]");
    assert_int_equal(stk_policy_explain(&e, policy, &request, NULL), 0);
    assert_string_equal(e->reason,
                        "x is allowed: the importer came in through a "
                        "closure");
    stk_explanation_free(e);
    stk_policy_free(policy);
    policy = policy_of(V1 "default = allow\n");
    assert_reason(policy, "os", NULL,
                  "os is allowed: no rule covers it, and the default is "
                  "allow");
    stk_policy_free(policy);
}

static void
test_reason__hostile_names_are_shown_printably(void **state)
{
    stk_policy *policy = policy_of(V1);

    (void)state;
    assert_reason(policy, "a\x1b[2J", NULL,
                  "\"a\\x1b[2J\" is no dotted module name");
    assert_reason(policy, "a b", NULL,
                  "\"a b\" is denied: no rule covers it, and the default is "
                  "deny");
    assert_reason(policy,
                  "a\xE2\x80\xAE"
                  "b.c",
                  NULL,
                  "\"a\\u202eb.c\" is denied: no rule covers it, and the "
                  "default is deny");
    stk_policy_free(policy);
}

static void
test_lost__says_why_in_one_clause(void **state)
{
    stk_policy *policy = policy_of(policy_text);

    (void)state;
    assert_lost(policy, "acme.legacy.x", NULL,
                "acme.leg* = allow [modules]: shorter than acme.legacy\n"
                "acme = allow [modules]: shorter than acme.legacy\n"
                "* = deny [modules]: * comes last\n");
    assert_lost(policy, "p.x", NULL,
                "p = allow [modules]: p.* comes before p\n"
                "* = deny [modules]: * comes last\n");
    assert_lost(policy, "json", NULL,
                "@stdlib = deny [modules]: ranks below @stdlib.pure\n"
                "* = deny [modules]: * comes last\n");
    assert_lost(policy, "json", "p.q",
                "* = deny [modules from p.q]: * comes last\n"
                "@stdlib.pure = allow [modules]: [modules from p.q] is asked "
                "first\n"
                "@stdlib = deny [modules]: [modules from p.q] is asked "
                "first\n"
                "* = deny [modules]: [modules from p.q] is asked first\n");
    assert_lost(policy, "ctypes", "p.q",
                "* = deny [modules from p.q]: [forbidden] comes first\n"
                "@stdlib = deny [modules]: [forbidden] comes first\n"
                "* = deny [modules]: [forbidden] comes first\n");
    assert_lost(policy, "p.q", "p.q",
                "* = deny [modules from p.q]: [modules from p.q] does not "
                "judge the package's own modules\n"
                "p.* = deny [modules]: shorter than p.q\n"
                "p = allow [modules]: shorter than p.q\n"
                "* = deny [modules]: * comes last\n");
    assert_lost(policy, "numpy", "pandas",
                "* = deny [modules]: lifted by closure\n");
    assert_lost(policy, "numpy", "importlib",
                "* = deny [modules]: the importer is trusted\n");
    assert_lost(policy, "a..b", NULL, "");
    stk_policy_free(policy);
}

static void
test_lost__a_denied_parent_beats_what_covers_the_name(void **state)
{
    stk_policy *policy = policy_of(
        V1 "[modules]\nx = deny\nx* = allow\nx.y = allow\n"
           "[group g]\nmembers = x.y\n[modules from a]\n@g = deny\n");

    (void)state;
    assert_lost(policy, "x.y", NULL,
                "x* = allow [modules]: x comes before x*\n"
                "x.y = allow [modules]: its parent x is denied\n"
                "x* = allow [modules]: its parent x is denied\n");
    stk_policy_free(policy);
    policy = policy_of(V1 "[modules]\n@g = deny\ny = allow\n"
                          "[group g]\nmembers = y\n");
    assert_lost(policy, "y", NULL,
                "@g = deny [modules]: names come before groups\n");
    stk_policy_free(policy);
}

static bool
is_what_decide_answers(trial *t)
{
    stk_decision d = stk_policy_decide(t->policy, &t->request);
    stk_explanation *e = NULL;

    assert_int_equal(stk_policy_explain(&e, t->policy, &t->request, NULL), 0);
    assert_int_equal(e->decision.verdict, d.verdict);
    assert_int_equal(e->decision.reason, d.reason);
    assert_ptr_equal(e->decision.rule.text, d.rule.text);
    for (size_t j = 0; j < e->n_lost; j++)
        assert_true(d.reason == STK_REASON_CLOSURE ||
                    e->lost[j].rule.text != d.rule.text);
    stk_explanation_free(e);
    return true;
}

static void
test_explain__is_what_decide_answers(void **state)
{
    (void)state;
    assert_in_range(run_trials(11, 600, 20, is_what_decide_answers), 4500,
                    12000);
}

static void
test_explain__says_what_is_not_enforced(void **state)
{
    stk_policy *policy = policy_of(V1 "mode = observe\n");
    stk_explanation *e = explain(policy, "os", NULL);

    (void)state;
    assert_false(e->enforced);
    assert_int_equal(e->decision.verdict, STK_DENY);
    stk_explanation_free(e);
    stk_explanation_free(NULL);
    stk_policy_free(policy);
    policy = policy_of(V1);
    e = explain(policy, "os", NULL);
    assert_true(e->enforced);
    stk_explanation_free(e);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reason__is_one_sentence_for_each),
        cmocka_unit_test(test_reason__default_and_parent),
        cmocka_unit_test(test_reason__hostile_names_are_shown_printably),
        cmocka_unit_test(test_lost__says_why_in_one_clause),
        cmocka_unit_test(
            test_lost__a_denied_parent_beats_what_covers_the_name),
        cmocka_unit_test(test_explain__is_what_decide_answers),
        cmocka_unit_test(test_explain__says_what_is_not_enforced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
