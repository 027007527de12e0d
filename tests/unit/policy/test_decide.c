/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to a decision: total, and as the language says. */
#include "policy/decide.h"

#include "oracle.h"
#include "policy/beforehand.h"

/* policy, name, importer, answer */
typedef struct question {
    const char *name, *importer, *answer;
} question;

static void
assert_answers(const char *text, const question *questions, size_t n)
{
    stk_policy *policy = policy_of(text);

    for (size_t i = 0; i < n; i++) {
        const question *q = &questions[i];
        const char *got = answer(policy, q->name, q->importer);

        if (strcmp(got, q->answer))
            fail_msg("%s from %s: %s, not %s", q->name,
                     q->importer ? q->importer : "unknown code", got,
                     q->answer);
    }
    stk_policy_free(policy);
}

#define ANSWERS(text, ...)                                                    \
    do {                                                                      \
        static const question asked[] = { __VA_ARGS__ };                      \
        assert_answers((text), asked, UNIT_COUNT(asked));                     \
    } while (0)

static void
test_decide__zero_is_deny(void **state)
{
    stk_decision zero = { 0 };

    (void)state;
    assert_int_equal(zero.verdict, STK_DENY);
    assert_int_equal(zero.reason, STK_REASON_NONE);
}

static void
test_decide__an_empty_policy_denies_everything(void **state)
{
    (void)state;
    ANSWERS(V1, { "os", NULL, "deny default" },
            { "a.b", "os", "deny default" });
    ANSWERS(V1 "default = allow\n", { "os", NULL, "allow default" });
}

static void
test_decide__what_has_two_names_goes_by_either(void **state)
{
    (void)state;
    ANSWERS(V1 "[modules]\nos = allow\n", { "os.path", NULL, "allow rule:4" },
            { "posixpath", NULL, "deny default" });
    ANSWERS(V1 "[modules]\nos = allow\n@stdlib = deny\n* = deny\n",
            { "os.path", NULL, "allow rule:4" });
    ANSWERS(V1 "[modules]\nos = allow\nposixpath = deny\n",
            { "os.path", NULL, "deny rule:5" });
    ANSWERS(V1 "default = allow\n[forbidden]\n@stdlib.native = no\n"
               "pyexpat = no\n",
            { "xml.parsers.expat.model", NULL, "deny forbidden:6" },
            { "os.path", NULL, "allow default" });
    ANSWERS(V1 "default = allow\n[modules from a]\nposixpath = deny\n",
            { "os.path", NULL, "allow default" },
            { "os.path", "a", "deny importer:5" },
            { "os.path", "b", "allow default" });
}

static void
test_decide__any_bytes_get_an_answer(void **state)
{
    stk_policy *policy = policy_of(V1 "default = allow\n[modules from a]\n"
                                      "os = deny\n");
    char *longest = malloc(100001);

    (void)state;
    memset(longest, 'a', 100000);
    longest[100000] = '\0';
    assert_string_equal(answer(policy, "", NULL), "deny name");
    assert_string_equal(answer(policy, NULL, NULL), "deny name");
    assert_string_equal(answer(policy, "a..b", NULL), "deny name");
    assert_string_equal(answer(policy, "../etc/passwd", NULL), "deny name");
    assert_string_equal(answer(policy, "a\nb", NULL), "deny name");
    assert_string_equal(answer(policy, "\xFF\xFE", NULL), "deny name");
    assert_string_equal(answer(policy, longest, NULL), "deny name");
    assert_string_equal(answer(policy, "os", longest), "allow default");
    assert_string_equal(answer(policy, "os", "\xFF"), "allow default");
    assert_string_equal(answer(policy, "os", ""), "allow default");
    assert_string_equal(answer(policy, "os", "a"), "deny importer:5");
    free(longest);
    stk_policy_free(policy);
}

static void
test_decide__denied_parent_denies_child(void **state)
{
    (void)state;
    ANSWERS(V1 "[modules]\na = deny\na.b = allow\nc.d = allow\n"
               "plugins.* = allow\n",
            { "a.b", NULL, "deny parent:4" },
            { "a.b.c", NULL, "deny parent:4" }, { "a.c", NULL, "deny rule:4" },
            { "c.d", NULL, "deny parent" },
            { "plugins.x", NULL, "deny parent" },
            { "plugins", NULL, "deny default" });
}

static void
test_decide__forbidden_binds_everybody(void **state)
{
    (void)state;
    ANSWERS(V1 "trusted = @stdlib\n[forbidden]\nctypes = no\nx.* = no\n"
               "[modules]\nctypes = allow\nx = allow closure\nx.y = allow\n"
               "[modules from a]\nctypes = allow\n",
            { "ctypes", NULL, "deny forbidden:5" },
            { "ctypes", "json", "deny forbidden:5" },
            { "ctypes.util", "a", "deny forbidden:5" },
            { "ctypes", "x", "deny forbidden:5" },
            { "x", NULL, "allow rule:9" },
            { "x.y", NULL, "deny forbidden:6" });
}

static void
test_decide__forbidding_a_part_forbids_what_is_below_it_elsewhere(void **state)
{
    (void)state;
    ANSWERS(V1 "[forbidden]\n@stdlib.pure = no\n[modules]\n* = allow\n",
            { "urllib.request", NULL, "deny forbidden:4" },
            { "socket", NULL, "allow rule:6" });
}

static void
test_decide__sections_of_the_importer_come_first(void **state)
{
    (void)state;
    ANSWERS(V1 "[modules]\nos = deny\njson = allow\n"
               "[modules from a]\nos = allow\nsocket = allow\n"
               "[modules from a.b]\nos = deny\n"
               "[modules from a.b.c]\n* = deny\n",
            { "os", NULL, "deny rule:4" }, { "os", "x", "deny rule:4" },
            { "os", "ab", "deny rule:4" }, { "os", "a", "allow importer:7" },
            { "os", "a.x", "allow importer:7" },
            { "os", "a.b.x", "deny importer:10" },
            { "socket", "a.b", "allow importer:8" },
            { "json", "a.b", "allow rule:5" },
            { "json", "a.b.c", "deny importer:12" },
            { "ssl", "a.b", "deny default" });
}

static void
test_decide__importers_can_be_a_group(void **state)
{
    (void)state;
    ANSWERS(V1 "[modules from @g]\nos = allow\n[modules from a]\nos = deny\n"
               "[group g]\nmembers = a, b.c\n",
            { "os", "a", "deny importer:6" },
            { "os", "b.c.d", "allow importer:4" },
            { "os", "b", "deny default" });
}

static void
test_decide__own_modules_are_not_judged_by_the_own_section(void **state)
{
    (void)state;
    ANSWERS(
        V1 "[modules]\np = allow\np.q = allow\n"
           "[modules from p.q]\njson = allow\n* = deny\n",
        { "p.q.r", "p.q", "allow own:5" }, { "p.q", "p.q.r", "allow own:5" },
        { "p", "p.q", "allow own:4" }, { "p.x", "p.q", "deny importer:8" },
        { "pq", "p.q", "deny importer:8" }, { "p.q.r", "x", "allow rule:5" });
    ANSWERS(V1 "[modules from p]\n* = allow\n",
            { "p.x", "p", "deny default" });
}

static void
test_decide__trusted_importers_are_bound_by_their_own_section(void **state)
{
    (void)state;
    ANSWERS(V1 "trusted = @g\n[modules]\nos = deny\na = deny\n"
               "[modules from a]\nsocket = deny\n[modules from @g]\n"
               "ssl = deny\n[group g]\nmembers = a, b\n",
            { "os", "a", "allow trusted:3" },
            { "os.path", "b.c", "allow trusted:3" },
            { "socket", "a", "deny importer:8" },
            { "socket", "b", "allow trusted:3" },
            { "socket.x", "a.b", "deny importer:8" },
            { "ssl", "b", "deny importer:10" }, { "os", "ab", "deny rule:5" },
            { "os", NULL, "deny rule:5" });
}

static void
test_decide__closure_lifts_what_nobody_wrote_down(void **state)
{
    (void)state;
    ANSWERS(V1 "[modules]\npandas = allow closure\npandas.bad = allow\n"
               "os = deny\n@stdlib.net = deny\nx* = deny\n* = deny\n"
               "json = allow\nkept.sub = deny\nq = deny\n"
               "[modules from pandas.io]\nnumpy = deny\n* = deny\n",
            { "numpy", NULL, "deny rule:9" },
            { "numpy", "pandas", "allow closure:4" },
            { "numpy.core", "pandas.core", "allow closure:4" },
            { "json", "pandas", "allow rule:10" },
            { "os", "pandas", "deny rule:6" },
            { "socket", "pandas", "deny rule:7" },
            { "xyz", "pandas", "deny rule:8" },
            { "kept", "pandas", "allow closure:4" },
            { "kept.sub", "pandas", "deny rule:11" },
            { "kept.sub.x", "pandas", "deny rule:11" },
            { "numpy", "pandas.bad", "deny rule:9" },
            { "numpy", "pandas.io", "deny importer:14" },
            { "yaml", "pandas.io", "deny importer:15" });
}

static void
test_decide__closure_is_inherited_by_the_flag(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\nos = deny\n");
    stk_request request = { "numpy", "six", STK_REQUEST_CLOSURE };
    stk_decision d = stk_policy_decide(policy, &request);

    (void)state;
    assert_int_equal(d.verdict, STK_ALLOW);
    assert_int_equal(d.reason, STK_REASON_CLOSURE);
    assert_null(d.rule.file);
    request.importer = NULL;
    assert_int_equal(stk_policy_decide(policy, &request).verdict, STK_ALLOW);
    request.name = "os";
    assert_int_equal(stk_policy_decide(policy, &request).verdict, STK_DENY);
    stk_policy_free(policy);
}

/* The name has a rule of its own: it came by that, and inherits nothing. */
static void
test_decide__a_lifted_parent_leaves_the_childs_reason(void **state)
{
    (void)state;
    ANSWERS(V1 "[modules]\npandas = allow closure\nq.r = allow\n",
            { "q.r", "pandas", "allow rule:5" },
            { "q", "pandas", "allow closure:4" },
            { "q.r", NULL, "deny parent" });
}

static void
test_decide__names_that_no_rule_spells_follow_their_parents(void **state)
{
    (void)state;
    ANSWERS(V1 "[modules]\napp = allow\napp.x.* = deny\n",
            { "app.0001_initial", NULL, "allow rule:4" },
            { "app.x.a-b", NULL, "deny rule:5" },
            { "a-b", NULL, "deny default" });
}

static bool
agrees_with_oracle(trial *t)
{
    stk_decision got = stk_policy_decide(t->policy, &t->request);
    stk_decision wanted = oracle_decide(t->policy, &t->request);

    if (got.verdict != wanted.verdict || got.reason != wanted.reason ||
        got.rule.line != wanted.rule.line ||
        got.requirement != wanted.requirement || got.bundle != wanted.bundle)
        fail_msg("%s from %s: %d %s %u, not %d %s %u\n%s", t->name,
                 t->request.importer ? t->importer : "-", got.verdict,
                 stk_reason_name(got.reason), got.rule.line, wanted.verdict,
                 stk_reason_name(wanted.reason), wanted.rule.line, t->text);
    return true;
}

static void
test_decide__agrees_with_the_language_told_plainly(void **state)
{
    (void)state;
    assert_in_range(run_trials(3, 1200, 40, agrees_with_oracle), 18000, 48000);
}

static enum stk_verdict
verdict_of(const stk_policy *policy, const char *name, const char *importer)
{
    stk_request request = { name, importer, 0 };

    return stk_policy_decide(policy, &request).verdict;
}

static void
test_program__has_itself_under_both_names(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules from __main__]\n* = deny\n");

    (void)state;
    assert_int_equal(verdict_of(policy, "__main__", "__main__"), STK_ALLOW);
    assert_int_equal(verdict_of(policy, "__mp_main__", "__main__"), STK_ALLOW);
    assert_int_equal(verdict_of(policy, "__main__", "plugin"), STK_DENY);
    assert_int_equal(verdict_of(policy, "__mp_main__", "plugin"), STK_DENY);
    assert_int_equal(verdict_of(policy, "os", "__main__"), STK_DENY);
    stk_policy_free(policy);
    policy = policy_of(V1 "[modules]\n__main__ = allow\n");
    assert_int_equal(verdict_of(policy, "__mp_main__", "plugin"), STK_ALLOW);
    stk_policy_free(policy);
    policy = policy_of(V1 "[modules]\n__main__ = deny\n");
    assert_int_equal(verdict_of(policy, "__main__", "__main__"), STK_DENY);
    assert_int_equal(verdict_of(policy, "__mp_main__", "__main__"), STK_DENY);
    stk_policy_free(policy);
    policy = policy_of(V1 "[modules]\n__main__ = allow\n"
                          "__mp_main__ = deny\n");
    assert_int_equal(verdict_of(policy, "__mp_main__", "__main__"), STK_DENY);
    stk_policy_free(policy);
    policy = policy_of(V1 "[forbidden]\n__main__ = no\n");
    assert_int_equal(verdict_of(policy, "__mp_main__", "__main__"), STK_DENY);
    stk_policy_free(policy);
}

static void
test_decide__what_sysconfig_is_told_is_judged_as_sysconfig(void **state)
{
    static const char name[] = "_sysconfigdata__linux_x86_64-linux-gnu";
    static const struct {
        const char *rules;
        enum stk_verdict verdict;
    } rows[] = {
        { "[modules]\n@stdlib = allow\n", STK_ALLOW },
        { "[modules]\n@stdlib.files = allow\n", STK_ALLOW },
        { "[modules]\nsysconfig = allow\n", STK_ALLOW },
        { "[modules]\n@stdlib = allow\nsysconfig = deny\n", STK_DENY },
        { "[modules]\n_sysconfigdata__linux* = allow\n", STK_ALLOW },
        { "[modules]\n_sysconfigdata_* = deny\nsysconfig = allow\n",
          STK_DENY },
        { "[modules]\n_sysconfigdata_* = allow\nsysconfig = deny\n",
          STK_ALLOW },
        { "[modules]\nsysconfig = allow\nsysconfig.* = deny\n_x* = deny\n",
          STK_ALLOW },
        { "[modules]\nsys = allow\n", STK_DENY },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[256];
        stk_request request = { name, "sysconfig", 0 };
        stk_policy *policy;

        snprintf(text, sizeof text, V1 "default = deny\n%s", rows[i].rules);
        policy = policy_of(text);
        assert_int_equal(stk_policy_decide(policy, &request).verdict,
                         rows[i].verdict);
        stk_policy_free(policy);
    }
    assert_true(stk_policy_in_stdlib(name));
    assert_false(stk_policy_in_stdlib("_sysconfigdata"));
}

static void
test_decide__a_rule_for_what_sysconfig_is_told_comes_first(void **state)
{
    static const char name[] = "_sysconfigdata__linux_x86_64-linux-gnu";
    stk_policy *policy =
        policy_of(V1 "[modules]\n_sysconfigdata_* = sandbox:strict\n"
                     "sysconfig = allow\n");
    stk_request request = { name, "sysconfig", 0 };

    (void)state;
    assert_string_equal(stk_policy_decide(policy, &request).requirement,
                        "sandbox:strict");
    assert_string_equal(stk_policy_require(policy, name).requirement,
                        "sandbox:strict");
    assert_int_equal(stk_policy_openness(policy, name), STK_OPEN_NO);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide__zero_is_deny),
        cmocka_unit_test(test_decide__an_empty_policy_denies_everything),
        cmocka_unit_test(test_decide__what_has_two_names_goes_by_either),
        cmocka_unit_test(test_decide__any_bytes_get_an_answer),
        cmocka_unit_test(test_decide__denied_parent_denies_child),
        cmocka_unit_test(test_decide__forbidden_binds_everybody),
        cmocka_unit_test(
            test_decide__forbidding_a_part_forbids_what_is_below_it_elsewhere),
        cmocka_unit_test(test_decide__sections_of_the_importer_come_first),
        cmocka_unit_test(test_decide__importers_can_be_a_group),
        cmocka_unit_test(
            test_decide__own_modules_are_not_judged_by_the_own_section),
        cmocka_unit_test(
            test_decide__trusted_importers_are_bound_by_their_own_section),
        cmocka_unit_test(test_decide__closure_lifts_what_nobody_wrote_down),
        cmocka_unit_test(test_decide__closure_is_inherited_by_the_flag),
        cmocka_unit_test(
            test_decide__a_lifted_parent_leaves_the_childs_reason),
        cmocka_unit_test(
            test_decide__names_that_no_rule_spells_follow_their_parents),
        cmocka_unit_test(test_decide__agrees_with_the_language_told_plainly),
        cmocka_unit_test(
            test_decide__what_sysconfig_is_told_is_judged_as_sysconfig),
        cmocka_unit_test(
            test_decide__a_rule_for_what_sysconfig_is_told_comes_first),
        cmocka_unit_test(test_program__has_itself_under_both_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
