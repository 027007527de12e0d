/* SPDX-License-Identifier: Apache-2.0 */
/* The change that explain names, made: the answer turns. */
#include "policy/fix.h"

#include "oracle.h"

/* ---- a policy as lines ------------------------------------------------ */

typedef struct lines {
    char *line[256];
    size_t n;
} lines;

static void
split_lines(lines *out, const char *text)
{
    out->n = 0;
    while (*text) {
        size_t n = strcspn(text, "\n");

        assert_true(out->n < UNIT_COUNT(out->line) - 4);
        out->line[out->n++] = strndup(text, n);
        text += n + (text[n] == '\n');
    }
}

static char *
join_lines(lines *all)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 16);

    for (size_t i = 0; i < all->n; i++) {
        stk_buffer_printf(&text, "%s\n", all->line[i]);
        free(all->line[i]);
    }
    return stk_buffer_steal(&text);
}

static void
insert_line(lines *all, size_t at, const char *line)
{
    memmove(all->line + at + 1, all->line + at,
            (all->n - at) * sizeof all->line[0]);
    all->line[at] = strdup(line);
    all->n++;
}

static void
replace_line(lines *all, unsigned number, const char *line)
{
    assert_in_range(number, 1, all->n);
    free(all->line[number - 1]);
    all->line[number - 1] = strdup(line);
}

static void
add_line(lines *all, const char *section, const char *line)
{
    size_t at = 0;

    while (at < all->n && strcmp(all->line[at], section))
        at++;
    if (at == all->n)
        insert_line(all, all->n, section);
    insert_line(all, at + 1, line);
}

/* ---- one fix ---------------------------------------------------------- */

/* add "a = allow" and "b = allow" to [section], policy.ini */
static const char *
apply_added(lines *all, const char *at, bool adding)
{
    const char *to = strstr(at, " to [");
    char section[80], heading[82], line[256];

    assert_non_null(to);
    assert_int_equal(sscanf(to, " to [%79[^]]], policy.ini", section), 1);
    snprintf(heading, sizeof heading, "[%s]", section);
    at += strlen("add ");
    for (; at && at < to; at = strchr(at + 1, '"')) {
        assert_int_equal(sscanf(at, "\"%255[^\"]\"", line), 1);
        if (adding)
            add_line(all, heading, line);
        at = strchr(at + 1, '"');
    }
    return strstr(to, " and ");
}

/* Lines are counted before any is added: changes and removals first. */
static char *
apply_fix(const char *text, const char *fix)
{
    lines all;

    split_lines(&all, text);
    for (unsigned adding = 0; adding < 2; adding++)
        for (const char *at = fix; at;) {
            const char *next = strstr(at, " and ");
            char line[256];
            unsigned number;

            if (!strncmp(at, "add \"", 5))
                next = apply_added(&all, at, adding);
            else if (sscanf(at, "change policy.ini:%u to \"%255[^\"]\"",
                            &number, line) == 2) {
                if (!adding)
                    replace_line(&all, number, line);
            } else if (sscanf(at, "remove policy.ini:%u", &number) == 1) {
                if (!adding)
                    replace_line(&all, number, "");
            } else {
                fail_msg("no fix: %s", at);
            }
            at = next ? next + strlen(" and ") : NULL;
        }
    return join_lines(&all);
}

static char *
fix_of(const stk_policy *policy, const stk_request *request)
{
    stk_explanation *e = NULL;
    char *fix;

    assert_int_equal(stk_policy_explain(&e, policy, request, NULL), 0);
    fix = strdup(e->fix);
    stk_explanation_free(e);
    return fix;
}

/* The fix is this, and after it the answer is the other one. */
static void
assert_fix(const char *text, const char *name, const char *importer,
           const char *wanted)
{
    stk_request request = { name, importer, 0 };
    stk_policy *policy = policy_of(text), *after;
    enum stk_verdict verdict = stk_policy_decide(policy, &request).verdict;
    char *fix = fix_of(policy, &request), *changed;

    assert_string_equal(fix, wanted);
    changed = apply_fix(text, fix);
    after = policy_of(changed);
    assert_int_equal(stk_policy_decide(after, &request).verdict, !verdict);
    stk_policy_free(policy);
    stk_policy_free(after);
    free(changed);
    free(fix);
}

static void
assert_no_fix(const char *text, const char *name, const char *importer)
{
    stk_request request = { name, importer, 0 };
    stk_policy *policy = policy_of(text);
    char *fix = fix_of(policy, &request);

    assert_string_equal(fix, "");
    stk_policy_free(policy);
    free(fix);
}

/* ---- cases ------------------------------------------------------------- */

static void
test_fix__adds_a_rule_where_none_is(void **state)
{
    (void)state;
    assert_fix(V1, "os", NULL, "add \"os = allow\" to [modules], policy.ini");
    assert_fix(V1, "os", "plugins.reports",
               "add \"os = allow\" to [modules from plugins.reports], "
               "policy.ini");
    assert_fix(V1 "[modules from plugins]\nx = allow\n", "os",
               "plugins.reports",
               "add \"os = allow\" to [modules from plugins.reports], "
               "policy.ini");
    assert_fix(V1 "[modules from plugins.reports]\nx = allow\n", "os",
               "plugins.reports",
               "add \"os = allow\" to [modules from plugins.reports], "
               "policy.ini");
    assert_fix(V1 "default = allow\n", "os", NULL,
               "add \"os = deny\" to [modules], policy.ini");
    assert_fix(V1 "[modules]\nxml = allow\n", "xml.dom", NULL,
               "add \"xml.dom = deny\" to [modules], policy.ini");
}

static void
test_fix__our_own_package_needs_closure(void **state)
{
    (void)state;
    assert_fix(V1, "stockade", "__main__",
               "add \"stockade = allow closure\" to [modules], policy.ini");
    assert_fix(V1 "[modules]\nstockade = allow\n", "_stockade", "stockade",
               "change policy.ini:4 to \"stockade = allow closure\"");
    assert_fix(V1 "[modules]\n* = deny\n", "stockade.typed", NULL,
               "add \"stockade = allow closure\" to [modules], policy.ini");
    assert_fix(V1 "[modules from p]\nstockade = deny\n", "stockade", "p",
               "change policy.ini:4 to \"stockade = allow\"");
}

static void
test_fix__changes_the_rule_that_names_it(void **state)
{
    (void)state;
    assert_fix(V1 "[modules]\nos = deny\n", "os", NULL,
               "change policy.ini:4 to \"os = allow\"");
    assert_fix(V1 "[modules]\nos = allow closure\n", "os", NULL,
               "change policy.ini:4 to \"os = deny\"");
    assert_fix(V1 "[modules from a]\nos = deny\n", "os", "a.b",
               "add \"os = allow\" to [modules from a.b], policy.ini");
    assert_fix(V1 "[modules from a]\nos = deny\n", "os", "a",
               "change policy.ini:4 to \"os = allow\"");
    assert_fix(V1 "[modules]\nos = deny\n", "os", "a",
               "add \"os = allow\" to [modules from a], policy.ini");
}

static void
test_fix__parents_are_seen_to(void **state)
{
    (void)state;
    assert_fix(V1 "[modules]\na.* = allow\n", "a.b", NULL,
               "add \"a = allow\" to [modules], policy.ini");
    assert_fix(V1, "a.b.c", NULL,
               "add \"a = allow\" to [modules], policy.ini");
    assert_fix(V1 "[modules]\na = deny\n", "a.b", NULL,
               "change policy.ini:4 to \"a = allow\"");
    assert_fix(V1 "[modules]\na = deny\na.* = deny\n", "a.b", NULL,
               "change policy.ini:4 to \"a = allow\" and add \"a.b = allow\" "
               "to [modules], policy.ini");
    assert_fix(V1 "[modules]\na = deny\na.b.c = deny\n", "a.b.c", NULL,
               "change policy.ini:4 to \"a = allow\" and change policy.ini:5 "
               "to \"a.b.c = allow\"");
}

/* It opens what was asked for, and nothing beside it. */
static void
test_fix__a_package_that_was_closed_stays_closed_but_for_it(void **state)
{
    (void)state;
    assert_fix(V1, "a.b", "x",
               "add \"a = allow\" and \"a.* = deny\" and \"a.b = allow\" to "
               "[modules from x], policy.ini");
    assert_fix(V1, "a.b.c", "x",
               "add \"a = allow\" and \"a.* = deny\" and \"a.b = allow\" and "
               "\"a.b.* = deny\" and \"a.b.c = allow\" to [modules from x], "
               "policy.ini");
    assert_fix(V1 "[modules from x]\na = deny\n", "a.b", "x",
               "change policy.ini:4 to \"a = allow\" and add \"a.* = deny\" "
               "and \"a.b = allow\" to [modules from x], policy.ini");
    assert_fix(V1 "[modules from x]\na.b = allow\n", "a.b", "x",
               "add \"a = allow\" and \"a.* = deny\" to [modules from x], "
               "policy.ini");
    assert_fix(V1 "[modules from x]\na.* = allow\n", "a.b", "x",
               "add \"a = allow\" to [modules from x], policy.ini");
    assert_fix(V1 "[modules]\na.b = allow\n", "a.b", "x",
               "add \"a = allow\" and \"a.* = deny\" and \"a.b = allow\" to "
               "[modules from x], policy.ini");
    assert_fix(V1 "[modules]\na = allow\n* = deny\n[modules from x]\n"
                  "a.b = deny\n",
               "a.b.c", "x",
               "change policy.ini:7 to \"a.b = allow\" and add \"a.b.* = "
               "deny\" and \"a.b.c = allow\" to [modules from x], policy.ini");
}

static void
test_fix__forbidden_lines_go_and_rules_come(void **state)
{
    (void)state;
    assert_fix(V1 "[forbidden]\nos = no\n[modules]\nos = allow\n", "os", NULL,
               "remove policy.ini:4");
    assert_fix(V1 "[forbidden]\nos = no\nos.* = no\n", "os.path", NULL,
               "remove policy.ini:4 and remove policy.ini:5 and add \"os = "
               "allow\" to [modules], policy.ini");
}

static void
test_fix__a_rule_for_os_is_one_for_its_path(void **state)
{
    (void)state;
    assert_fix(V1 "[forbidden]\nposixpath = no\n[modules]\nos = allow\n",
               "os.path", NULL, "remove policy.ini:4");
    assert_fix(V1 "[forbidden]\nposixpath = no\n[modules]\nos = allow\n"
                  "posixpath = deny\n",
               "os.path", NULL,
               "remove policy.ini:4 and change policy.ini:7 to \"posixpath = "
               "allow\"");
    assert_fix(V1 "[modules]\nos = allow\nposix* = deny\n", "os.path", "x",
               "add \"posixpath = allow\" to [modules from x], policy.ini");
}

static void
test_fix__both_names_that_are_denied_are_opened(void **state)
{
    (void)state;
    assert_fix(V1 "[modules]\nposixpath = deny\n", "os.path", NULL,
               "add \"os = allow\" to [modules], policy.ini and change "
               "policy.ini:4 to \"posixpath = allow\"");
    assert_fix(V1 "[forbidden]\nos = no\nposixpath = no\n", "os.path", "x",
               "remove policy.ini:4 and add \"os = allow\" and \"os.* = "
               "deny\" and \"os.path = allow\" to [modules from x], "
               "policy.ini and remove policy.ini:5");
}

static void
test_fix__takes_no_signature_away(void **state)
{
    (void)state;
    assert_fix(V1 A_KEY "[modules]\na = signed\na.b = deny\n", "a.b", NULL,
               "change policy.ini:8 to \"a.b = signed\"");
    assert_fix(V1 A_KEY "[modules]\na = signed\na.b = deny\n", "a.b", "x",
               "add \"a.b = allow\" to [modules from x], policy.ini");
    assert_fix(V1 A_KEY "[modules]\n@g = signed closure bundle:g.stk\n"
                        "a = deny\n[group g]\nmembers = a.b\n",
               "a.b", NULL,
               "change policy.ini:8 to \"a = signed bundle:g.stk\"");
    assert_fix(V1 A_KEY "[modules]\na.b = signed\n", "a.b", NULL,
               "add \"a = signed\" to [modules], policy.ini");
    assert_fix(V1 A_KEY "[modules]\n@g = signed\n@gg = deny\n"
                        "[group g]\nmembers = a\n[group gg]\nmembers = a\n",
               "a", NULL, "add \"a = signed\" to [modules], policy.ini");
    assert_fix(V1 A_KEY "[modules]\na = signed\n", "a", NULL,
               "change policy.ini:7 to \"a = deny\"");
}

/* Of two files that forbid it, what the later one replaced comes back. */
static void
test_fix__a_forbidden_line_goes_in_each_file(void **state)
{
    stk_request request = { "os", NULL, 0 };
    static const char base[] = V1 "[forbidden]\nos = no\n";
    static const char child[] = V1 "extends = base.ini\ndefault = allow\n"
                                   "[forbidden]\nos = never\n";
    char wanted[2 * PATH_MAX];
    stk_policy *policy;
    const char *path;
    char *fix;

    unit_write(state, "base.ini", base, strlen(base));
    path = unit_write(state, "p.ini", child, strlen(child));
    snprintf(wanted, sizeof wanted, "remove %s:6 and remove %s:4", path,
             unit_path(state, "base.ini"));
    policy = policy_at(path);
    fix = fix_of(policy, &request);
    assert_string_equal(fix, wanted);
    free(fix);
    stk_policy_free(policy);
}

static void
test_fix__a_trusted_importer_needs_its_own_section(void **state)
{
    static const char text[] =
        V1 "trusted = @g\n[group g]\nmembers = a, "
           "a_very_long_name_of_an_importer.that_no.section_holds\n";

    (void)state;
    assert_fix(text, "os", "a.b",
               "add \"os = deny\" to [modules from a.b], policy.ini");
    assert_fix(text, "a.x", "a",
               "add \"a.x = forbidden\" to [forbidden], policy.ini");
    assert_fix(text, "os",
               "a_very_long_name_of_an_importer.that_no.section_holds",
               "add \"os = forbidden\" to [forbidden], policy.ini");
}

static void
test_fix__own_modules_are_the_business_of_modules(void **state)
{
    (void)state;
    assert_fix(V1 "[modules from p]\n* = allow\n", "p.x", "p",
               "add \"p = allow\" to [modules], policy.ini");
    assert_fix(V1 "[modules]\np = allow\n", "p.x", "p.y",
               "add \"p.x = deny\" to [modules from p.y], policy.ini");
}

static void
test_fix__closure_is_bound_by_what_is_written_down(void **state)
{
    (void)state;
    assert_fix(V1 "[modules]\npandas = allow closure\n", "numpy", "pandas",
               "add \"numpy = deny\" to [modules from pandas], policy.ini");
}

static void
test_fix__a_long_importer_gets_a_rule_for_all(void **state)
{
    (void)state;
    assert_fix(V1, "os", "a_very_long_name_of_an.importer_is_here",
               "add \"os = allow\" to [modules], policy.ini");
}

static void
test_fix__what_no_rule_spells_is_fixed_at_its_parent(void **state)
{
    (void)state;
    assert_fix(V1 "[modules]\napp = allow\n", "app.0001_initial", NULL,
               "add \"app.* = deny\" to [modules], policy.ini");
    assert_fix(V1 "[modules]\napp = allow\napp.* = deny\n", "app.a-b", NULL,
               "change policy.ini:5 to \"app.* = allow\"");
    assert_fix(V1 "[modules]\nos = deny\n", "os", "my-script",
               "change policy.ini:4 to \"os = allow\"");
}

static void
test_fix__there_may_be_none(void **state)
{
    char name[220];

    (void)state;
    assert_no_fix(V1, "a..b", NULL);
    assert_no_fix(V1, "my-script", NULL);
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_no_fix(V1, name, NULL);
}

/* What code that gets by every deny would need: a trusted importer. */
static const char *
needs(const stk_policy *policy, const char *name)
{
    const stk_rule *rule = stk_rule_required(policy, name);

    return rule ? rule->requirement : NULL;
}

static bool
has_a_fix_that_turns_it(trial *t)
{
    char *fix = fix_of(t->policy, &t->request);
    char *changed = apply_fix(t->text, fix);
    stk_policy *after = try_policy(changed);
    enum stk_verdict verdict;

    if (!after)
        fail_msg("%s breaks\n%s", fix, t->text);
    verdict = stk_policy_decide(after, &t->request).verdict;
    if (verdict == stk_policy_decide(t->policy, &t->request).verdict)
        fail_msg("%s from %s: \"%s\" turns nothing in\n%s", t->name,
                 t->request.importer ? t->importer : "-", fix, t->text);
    if (verdict == STK_ALLOW && needs(t->policy, t->name) &&
        !needs(after, t->name))
        fail_msg("%s: \"%s\" takes its signature away in\n%s", t->name, fix,
                 t->text);
    stk_policy_free(after);
    free(changed);
    free(fix);
    return true;
}

static void
test_fix__turns_the_answer_of_any_policy(void **state)
{
    (void)state;
    assert_in_range(run_trials(17, 400, 10, has_a_fix_that_turns_it), 1200,
                    4000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fix__adds_a_rule_where_none_is),
        cmocka_unit_test(test_fix__our_own_package_needs_closure),
        cmocka_unit_test(test_fix__changes_the_rule_that_names_it),
        cmocka_unit_test(test_fix__parents_are_seen_to),
        cmocka_unit_test(
            test_fix__a_package_that_was_closed_stays_closed_but_for_it),
        cmocka_unit_test(test_fix__forbidden_lines_go_and_rules_come),
        cmocka_unit_test(test_fix__a_rule_for_os_is_one_for_its_path),
        cmocka_unit_test(test_fix__both_names_that_are_denied_are_opened),
        cmocka_unit_test(test_fix__takes_no_signature_away),
        unit_test_in_folder(test_fix__a_forbidden_line_goes_in_each_file),
        cmocka_unit_test(test_fix__a_trusted_importer_needs_its_own_section),
        cmocka_unit_test(test_fix__own_modules_are_the_business_of_modules),
        cmocka_unit_test(test_fix__closure_is_bound_by_what_is_written_down),
        cmocka_unit_test(test_fix__a_long_importer_gets_a_rule_for_all),
        cmocka_unit_test(test_fix__what_no_rule_spells_is_fixed_at_its_parent),
        cmocka_unit_test(test_fix__there_may_be_none),
        cmocka_unit_test(test_fix__turns_the_answer_of_any_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
