/* SPDX-License-Identifier: Apache-2.0 */
/* guard/learn.c: a log to a policy that allows what was recorded. */
#include <stockade/guard.h>

#include "unit.h"

#include "base/cleanup.h"

/* an attempt says what matters of it; the rest is NULL */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* ---- a log ---------------------------------------------------------- */

#define SITE "/venv/lib/python3.11/site-packages/"

typedef struct attempt {
    const char *importer, *name, *origin, *through;
    const char *reason;  /* "default" when NULL */
    const char *outcome; /* "found" when NULL */
} attempt;

static const char *
write_log(void **state, const attempt *attempts, size_t n)
{
    const char *path = unit_path(state, "log.jsonl");
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (size_t i = 0; i < n; i++) {
        stk_record record = STK_RECORD_INIT;
        char line[4096];

        record.event = "import";
        record.importer = attempts[i].importer;
        record.name = attempts[i].name;
        record.origin = attempts[i].origin;
        record.through = attempts[i].through;
        record.verdict = "deny";
        record.reason = attempts[i].reason ? attempts[i].reason : "default";
        record.outcome = attempts[i].outcome ? attempts[i].outcome : "found";
        assert_true(stk_record_format(&record, line, sizeof line) <
                    sizeof line);
        fprintf(file, "%s\n", line);
    }
    assert_int_equal(fclose(file), 0);
    return path;
}

static char *
learn(void **state, const attempt *attempts, size_t n, const char *base)
{
    const char *log = write_log(state, attempts, n);
    const char *old = NULL;
    stk_error err = STK_ERROR_INIT;
    char *text = NULL;

    if (base)
        old = unit_write(state, "base.ini", base, strlen(base));
    if (stk_learn(&text, log, old, &err) < 0)
        fail_msg("%s:%u: %s", err.file, err.line, err.message);
    return text;
}

/* What follows the comments at the top. */
static const char *
sections(const char *text)
{
    while (*text == ';')
        text = strchr(text, '\n') + 1;
    return text;
}

static void
say_warning(void *payload, const stk_diagnostic *found)
{
    (void)payload;
    print_error("%s:%u: %s\n", found->file, found->line, found->message);
}

/* Under the learned policy, every attempt is allowed; nothing is odd. */
static void
assert_allows(const char *text, const attempt *attempts, size_t n)
{
    stk_policy_text source = { "learned.ini", text, strlen(text) };
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;

    if (stk_policy_parse(&policy, &source, NULL, NULL, &err) < 0)
        fail_msg("%u: %s in\n%s", err.line, err.message, text);
    assert_int_equal(stk_policy_lint(policy, say_warning, NULL, &err), 0);
    for (size_t i = 0; i < n; i++) {
        stk_request request = { attempts[i].name, attempts[i].importer, 0 };

        if (stk_policy_decide(policy, &request).verdict != STK_ALLOW)
            fail_msg("%s denied to %s by\n%s", attempts[i].name,
                     attempts[i].importer ? attempts[i].importer : "unknown",
                     text);
    }
    stk_policy_free(policy);
}

static void
assert_denies(const char *text, const char *importer, const char *name)
{
    stk_policy_text source = { "learned.ini", text, strlen(text) };
    stk_request request = { name, importer, 0 };
    stk_policy *policy = NULL;

    assert_int_equal(stk_policy_parse(&policy, &source, NULL, NULL, NULL), 0);
    assert_int_equal(stk_policy_decide(policy, &request).verdict, STK_DENY);
    stk_policy_free(policy);
}

#define LEARNS(attempts, base, expected)                                      \
    do {                                                                      \
        STK_CLEANUP(stk_freep)                                                \
        char *text_ = learn(state, attempts, UNIT_COUNT(attempts), base);     \
        assert_string_equal(sections(text_), expected);                       \
        assert_allows(text_, attempts, UNIT_COUNT(attempts));                 \
    } while (0)

#define HEAD "\n[stockade]\nversion = 1\ndefault = deny\ntrusted = @stdlib\n"

/* Where there is no base, [modules] begins so. */
#define MODULES                                                               \
    "\n[modules]\n"                                                           \
    "@stdlib.native = deny  ; machine code: not even through a closure\n"     \
    "@stdlib.net = deny  ; the network: the same\n"                           \
    "@stdlib.process = deny  ; other processes, threads: the same\n"

/* ---- what it writes ------------------------------------------------- */

static void
test_learn__nothing_gives_a_policy_that_denies_all(void **state)
{
    static const attempt none[] = { { "app", "app", NULL, NULL, "startup" } };
    STK_CLEANUP(stk_freep) char *text = learn(state, none, 1, NULL);

    assert_string_equal(sections(text), HEAD MODULES);
}

static void
test_learn__stdlib_names_go_to_the_importer(void **state)
{
    static const attempt all[] = {
        { "__main__", "os", "frozen", NULL, NULL },
        { "__main__", "json", "/usr/lib/python3.11/json/__init__.py", NULL,
          NULL },
        { "app.sub", "socket", "/usr/lib/python3.11/socket.py", NULL, NULL },
        { "app.other", "os.path", NULL, NULL, NULL },
    };

    LEARNS(all, NULL,
           HEAD MODULES "app = allow\n"
                        "\n[modules from __main__]\njson = allow\nos = allow\n"
                        "\n[modules from app]\nos = allow\nsocket = allow\n");
}

static void
test_learn__the_programs_own_modules_are_everybodys(void **state)
{
    static const attempt all[] = {
        { "__main__", "app", "/srv/app/__init__.py", NULL, NULL },
        { "app", "app.sub.mod", "/srv/app/sub/mod.py", NULL, NULL },
        { "app.sub.mod", "app", NULL, NULL, NULL },
    };

    LEARNS(all, NULL, HEAD MODULES "app = allow\n");
}

static void
test_learn__installed_packages_bring_their_own_imports(void **state)
{
    static const attempt all[] = {
        { "__main__", "flask", SITE "flask/__init__.py" },
        { "flask.app", "werkzeug", SITE "werkzeug/__init__.py" },
        { "flask.app", "json" },
        { "flask.app", "simplejson", NULL, NULL, NULL, "not-found" },
        { "app", "yaml", "/usr/lib/python3/dist-packages/yaml/__init__.py" },
    };

    LEARNS(all, NULL,
           HEAD MODULES "flask = allow closure\n"
                        "werkzeug = allow closure\nyaml = allow closure\n");
}

static void
test_learn__what_reaches_out_is_named_for_installed_packages_too(void **state)
{
    static const attempt all[] = {
        { "__main__", "flask", SITE "flask/__init__.py" },
        { "flask.app", "os" },
        { "flask.app", "os.path" },
        { "flask.cli", "ssl" },
        { "flask.cli", "http.client" },
        { "flask.cli", "http.cookies" },
        { "flask.cli", "xml.sax.saxutils" },
    };

    LEARNS(all, NULL,
           HEAD MODULES "flask = allow closure\n"
                        "\n[modules from flask]\nhttp.client = allow\n"
                        "os = allow\nssl = allow\nxml.sax = allow\n");
}

/* What one package of the log does, another may not. */
static void
test_learn__a_closure_does_not_reach_out(void **state)
{
    static const attempt all[] = {
        { "__main__", "flask", SITE "flask/__init__.py" },
        { "__main__", "werkzeug", SITE "werkzeug/__init__.py" },
        { "werkzeug", "socket" },
    };
    STK_CLEANUP(stk_freep) char *text = learn(state, all, 3, NULL);

    assert_allows(text, all, 3);
    assert_denies(text, "flask", "socket");
    assert_denies(text, "flask.app", "subprocess");
    assert_denies(text, "werkzeug", "ctypes");
    assert_denies(text, NULL, "socket");
}

static void
test_learn__a_name_found_in_both_places_brings_nothing(void **state)
{
    static const attempt all[] = {
        { "__main__", "corp.lib", SITE "corp/lib.py", NULL, NULL },
        { "__main__", "corp.app", "/srv/corp/app.py", NULL, NULL },
        { "corp.app", "socket", NULL, NULL, NULL },
    };

    LEARNS(all, NULL,
           HEAD MODULES "corp = allow\n"
                        "\n[modules from corp]\nsocket = allow\n");
}

static void
test_learn__the_standard_library_needs_no_rules(void **state)
{
    static const attempt all[] = {
        { "json", "re", NULL, NULL, "trusted" },
        { "importlib", "app", "/srv/app.py", NULL, "trusted" },
    };

    LEARNS(all, NULL, HEAD MODULES "app = allow\n");
}

static void
test_learn__unknown_code_needs_a_rule_for_everybody(void **state)
{
    static const attempt all[] = {
        { NULL, "socket", NULL, NULL, NULL },
        { "not a name", "ssl", NULL, NULL, NULL },
    };

    LEARNS(all, NULL,
           HEAD MODULES "socket = allow  ; asked for by unknown code\n"
                        "ssl = allow  ; asked for by unknown code\n");
}

static void
test_learn__what_was_not_found_is_allowed_to_who_asked(void **state)
{
    static const attempt all[] = {
        { "__main__", "app", "/srv/app.py", NULL, NULL },
        { "app", "simplejson", NULL, NULL, NULL, "not-found" },
    };

    LEARNS(all, NULL,
           HEAD MODULES "app = allow\n"
                        "\n[modules from app]\nsimplejson = allow  ; was not "
                        "found\n");
}

static void
test_learn__every_importer_on_the_way_gets_the_rule(void **state)
{
    static const attempt all[] = {
        { "plugin", "os", NULL, "app.host pydoc __main__", NULL },
    };

    LEARNS(all, NULL,
           HEAD MODULES "app = allow\nplugin = allow\n"
                        "\n[modules from __main__]\nos = allow\n"
                        "\n[modules from app]\nos = allow\n"
                        "\n[modules from plugin]\nos = allow\n");
}

/* Its rule is everybody's, and needs not be said again. */
static void
test_learn__what_unknown_code_needs_is_not_repeated(void **state)
{
    static const attempt all[] = {
        { "__main__", "app", "/srv/app.py" },
        { "app", "os" },
        { NULL, "os", NULL, "app __main__" },
        { NULL, "app" },
    };

    LEARNS(all, NULL,
           HEAD MODULES "app = allow\n"
                        "os = allow  ; asked for by unknown code\n");
}

static void
test_learn__the_program_needs_no_rule_for_itself(void **state)
{
    static const attempt all[] = { { "__main__", "__main__" } };

    LEARNS(all, NULL, HEAD MODULES);
}

/* The group that a learned policy denies binds .pth files, too. */
static void
test_learn__start_up_needs_rules_where_a_group_is_denied(void **state)
{
    static const attempt all[] = {
        { NULL, "hack", SITE "hack.py", NULL, "startup" },
        { "hack", "os", NULL, NULL, "startup" },
        { "hack", "sys", NULL, NULL, "startup" },
        { "site", "sitecustomize", NULL, NULL, "startup", "not-found" },
    };

    LEARNS(all, NULL,
           HEAD MODULES "hack = allow closure\n"
                        "\n[modules from hack]\nos = allow\n");
}

/* The closure of who asked covers it. */
static void
test_learn__a_name_that_is_no_name_may_need_no_rule(void **state)
{
    static const attempt all[] = {
        { "__main__", "black", SITE "black/__init__.so" },
        { "black", "30fcd23745efe32ce681__mypyc", SITE "30fc.so" },
    };
    STK_CLEANUP(stk_freep) char *text = learn(state, all, 2, NULL);

    assert_allows(text, all, 2);
    assert_null(strstr(text, "30fc"));
}

static void
test_learn__a_long_importer_gets_a_group(void **state)
{
    static const attempt all[] = {
        { "a_module_whose_name_is_longer_than_a_section_holds", "os", NULL,
          NULL, NULL },
        { "a_module_whose_name_is_longer_than_a_section_can_hold", "ssl", NULL,
          NULL, NULL },
    };
    STK_CLEANUP(stk_freep) char *text = learn(state, all, 2, NULL);
    STK_CLEANUP(stk_freep) char *again = learn(state, all, 2, text);

    assert_allows(text, all, 2);
    assert_non_null(strstr(text, "[modules from @learned_a_module_whose_n_"));
    /* one group each, and the same ones in a second run */
    assert_string_equal(text, again);
}

static void
test_learn__the_limit_of_a_section_name_is_met_exactly(void **state)
{
    static const attempt all[] = {
        { "x23456789012345678901234567890123456", "os", NULL, NULL, NULL },
        { "y234567890123456789012345678901234567", "os", NULL, NULL, NULL },
    };
    STK_CLEANUP(stk_freep) char *text = learn(state, all, 2, NULL);

    assert_allows(text, all, 2);
    assert_non_null(
        strstr(text, "[modules from x23456789012345678901234567890123456]"));
    assert_null(strstr(text, "[modules from y"));
}

static void
test_learn__a_name_that_is_no_name_is_left_out_and_said(void **state)
{
    static const attempt all[] = {
        { "app", "x = allow\n* = allow\n[modules]\ny", NULL, NULL, "name" },
        { "app", "*", NULL, NULL, "name" },
        { "app", "@stdlib", NULL, NULL, "name" },
        { "app", "0-module", NULL, NULL, "name" },
    };
    STK_CLEANUP(stk_freep)
    char *text = learn(state, all, UNIT_COUNT(all), NULL);

    assert_string_equal(sections(text), HEAD MODULES);
    assert_non_null(
        strstr(text, "; left out: no rule can cover \"0-module\"\n"));
}

static void
test_learn__a_name_that_cannot_be_spelled_gets_its_beginning(void **state)
{
    static const attempt all[] = {
        { "app", "my-module", "/srv/my-module.py", NULL, NULL },
        { "__main__", "app", "/srv/app.py", NULL, NULL },
        { "app", "_sysconfigdata__linux_x86_64-linux-gnu", NULL, NULL, NULL },
        { "my-module", "ssl", NULL, NULL, NULL },
    };
    STK_CLEANUP(stk_freep)
    char *text = learn(state, all, UNIT_COUNT(all), NULL);

    assert_allows(text, all, UNIT_COUNT(all));
    assert_non_null(strstr(text, "; my* is there for my-module\n"));
    assert_string_equal(sections(text), HEAD MODULES
                        "app = allow\nmy* = allow\n"
                        "ssl = allow  ; asked for by unknown code\n"
                        "\n[modules from app]\n"
                        "_sysconfigdata__linux_x86_64* = allow\n");
}

static void
test_learn__a_shadowed_standard_module_allows_shadowing(void **state)
{
    static const attempt all[] = {
        { "__main__", "random", "/srv/random.py", NULL, "shadowing" },
    };
    STK_CLEANUP(stk_freep) char *text = learn(state, all, 1, NULL);

    assert_non_null(strstr(text, "\nshadowing = allow\n"));
    assert_non_null(strstr(text, "; random takes the place of the standard "
                                 "library's: /srv/random.py\n"));
    assert_allows(text, all, 1);
}

static void
test_learn__what_is_told_fits_on_a_line_and_is_printable(void **state)
{
    static const attempt all[] = {
        { "__main__", "random",
          "/a/very/long/path/a/very/long/path/a/very/long/path/a/very/long/"
          "path/a/very/long/path/a/very/long/path/a/very/long/path/a/very/"
          "long/path/a/very/long/path/a/very/long/path/\x1b[2J/random.py",
          NULL, "shadowing" },
        { "app", "0\xe2\x80\xae-name", NULL, NULL, "name" },
    };
    STK_CLEANUP(stk_freep) char *text = learn(state, all, 2, NULL);

    assert_allows(text, all, 1);
    assert_null(strchr(text, '\x1b'));
    assert_null(strstr(text, "\xe2\x80\xae"));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") < 199);
}

static void
test_learn__the_text_does_not_depend_on_the_order(void **state)
{
    static const attempt one[] = {
        { "b", "ssl", NULL, NULL, NULL },
        { "a", "os", NULL, NULL, NULL },
        { "a", "flask", SITE "flask.py", NULL, NULL },
    };
    static const attempt two[] = {
        { "a", "flask", SITE "flask.py", NULL, NULL },
        { "a", "os", NULL, NULL, NULL },
        { "b", "ssl", NULL, NULL, NULL },
        { "b", "ssl", NULL, NULL, NULL },
    };
    STK_CLEANUP(stk_freep) char *first = learn(state, one, 3, NULL);
    STK_CLEANUP(stk_freep) char *second = learn(state, two, 4, NULL);

    assert_string_equal(first, second);
}

/* ---- with a base ---------------------------------------------------- */

static void
test_merge__what_the_base_allows_is_kept_and_added_to(void **state)
{
    static const attempt all[] = {
        { "app", "os", NULL, NULL, NULL },
        { "app", "ssl", NULL, NULL, NULL },
        { "__main__", "app", "/srv/app.py", NULL, NULL },
    };

    LEARNS(all,
           "[stockade]\nversion = 1\ndefault = deny\ntrusted = @stdlib\n"
           "[modules]\nhttp = allow\n"
           "[modules from app]\nos = allow\njson = allow\n",
           HEAD "\n[modules]\napp = allow\nhttp = allow\n"
                "\n[modules from app]\njson = allow\nos = allow\n"
                "ssl = allow\n");
}

static void
test_merge__what_the_base_already_allows_adds_nothing(void **state)
{
    static const attempt all[] = {
        { "app", "os", NULL, NULL, NULL },
        { "plugins.a", "json", NULL, NULL, NULL },
    };

    LEARNS(all,
           "[stockade]\nversion = 1\ntrusted = @stdlib\n"
           "[group mine]\nmembers = json, os\n"
           "[modules]\n@mine = allow\n",
           "\n[stockade]\nversion = 1\ntrusted = @stdlib\n"
           "\n[group mine]\nmembers = json\nmembers = os\n"
           "\n[modules]\n@mine = allow\n");
}

static void
test_merge__a_deny_that_was_written_down_stays_and_is_said(void **state)
{
    static const attempt all[] = {
        { "app", "socket", NULL, NULL, NULL },
        { "app", "ctypes", NULL, NULL, NULL },
    };
    STK_CLEANUP(stk_freep)
    char *text = learn(state, all, 2,
                       "[stockade]\nversion = 1\n"
                       "[forbidden]\nctypes = calls any C function\n"
                       "[modules from app]\nsocket = deny\n");

    assert_non_null(strstr(text, "\nsocket = deny\n"));
    assert_null(strstr(text, "socket = allow"));
    assert_null(strstr(text, "ctypes = allow"));
    assert_non_null(strstr(text, "still denies socket, asked for by app\n"));
    assert_non_null(strstr(text, "still denies ctypes, asked for by app\n"));
}

static void
test_merge__a_section_that_ends_with_a_star_is_added_to(void **state)
{
    static const attempt all[] = {
        { "app.plugins.a", "ssl", NULL, NULL, NULL },
        { "app.plugins.a", "flask", SITE "flask.py", NULL, NULL },
    };

    LEARNS(all,
           "[stockade]\nversion = 1\ndefault = deny\ntrusted = @stdlib\n"
           "[modules from app.plugins]\nos = allow\n* = deny\n",
           HEAD "\n[modules]\napp = allow\nflask = allow closure\n"
                "\n[modules from app.plugins]\n* = deny\nflask = allow\n"
                "os = allow\nssl = allow\n");
}

static void
test_merge__a_package_that_was_allowed_without_closure_stays_so(void **state)
{
    static const attempt all[] = {
        { "__main__", "flask", SITE "flask.py", NULL, NULL },
        { "flask", "ssl", NULL, NULL, NULL },
    };

    LEARNS(all,
           "[stockade]\nversion = 1\ndefault = deny\ntrusted = @stdlib\n"
           "[modules]\nflask = allow\n",
           HEAD "\n[modules]\nflask = allow\n"
                "\n[modules from flask]\nssl = allow\n");
}

/* A group speaks of no name: who was seen is let out by name. */
static void
test_merge__a_denied_group_gets_exceptions(void **state)
{
    static const attempt first[] = {
        { "__main__", "flask", SITE "flask.py" },
        { "flask", "ssl" },
    };
    static const attempt second[] = {
        { "__main__", "yaml", SITE "yaml.py" },
        { "yaml", "socket" },
        { "flask", "select" },
    };
    STK_CLEANUP(stk_freep) char *base = learn(state, first, 2, NULL);
    STK_CLEANUP(stk_freep) char *text = learn(state, second, 3, base);

    assert_allows(text, first, 2);
    assert_allows(text, second, 3);
    assert_denies(text, "yaml", "select");
    assert_null(strstr(text, "kept"));
}

static void
test_merge__a_denied_name_is_kept_for_a_closure_too(void **state)
{
    static const attempt all[] = {
        { "__main__", "flask", SITE "flask.py" },
        { "flask", "json.tool" },
        { "flask", "socket" },
    };
    STK_CLEANUP(stk_freep)
    char *text = learn(state, all, 3,
                       "[stockade]\nversion = 1\ntrusted = @stdlib\n"
                       "[modules]\nsocket = deny\njson.tool = deny\n");

    assert_denies(text, "flask", "socket");
    assert_denies(text, "flask", "json.tool");
    assert_non_null(strstr(text, ":5 still denies socket, asked for by "));
    assert_non_null(strstr(text, ":6 still denies json.tool, asked for by "));
}

static void
test_merge__settings_are_kept(void **state)
{
    static const attempt all[] = { { "app", "os", NULL, NULL, NULL } };

    LEARNS(all,
           "[stockade]\nversion = 1\nmode = observe\ncached = all\n"
           "audit = file:a.jsonl, syslog:\non_audit_failure = continue\n"
           "shadowing = allow\n",
           "\n[stockade]\nversion = 1\naudit = file:a.jsonl\n"
           "audit = syslog:\ncached = all\nmode = observe\n"
           "on_audit_failure = continue\nshadowing = allow\n"
           "\n[modules]\napp = allow\n"
           "\n[modules from app]\nos = allow\n");
}

static void
test_merge__its_own_text_is_a_base_that_changes_nothing(void **state)
{
    static const attempt all[] = {
        { "__main__", "app", "/srv/app.py", NULL, NULL },
        { "app", "os", NULL, NULL, NULL },
        { "app", "flask", SITE "flask.py", NULL, NULL },
        { "flask", "ssl", NULL, NULL, NULL },
        { NULL, "socket", NULL, NULL, NULL },
    };
    STK_CLEANUP(stk_freep)
    char *text = learn(state, all, UNIT_COUNT(all), NULL);
    STK_CLEANUP(stk_freep)
    char *again = learn(state, all, UNIT_COUNT(all), text);

    assert_string_equal(text, again);
}

/* ---- what it refuses ------------------------------------------------ */

static void
test_learn__a_log_that_is_not_there_is_an_error(void **state)
{
    stk_error err = STK_ERROR_INIT;
    char *text = NULL;

    assert_int_equal(stk_learn(&text, unit_path(state, "none"), NULL, &err),
                     -STK_E_IO);
    assert_null(text);
}

static void
test_learn__a_line_that_is_no_record_is_an_error(void **state)
{
    const char *log = unit_write(state, "log", "nonsense\n", 9);
    stk_error err = STK_ERROR_INIT;
    char *text = NULL;

    assert_int_equal(stk_learn(&text, log, NULL, &err), -STK_E_INVALID);
    assert_int_equal(err.line, 1);
    assert_null(text);
}

static void
test_learn__a_base_that_does_not_load_is_an_error(void **state)
{
    static const attempt all[] = { { "app", "os", NULL, NULL, NULL } };
    const char *log = write_log(state, all, 1);
    const char *base = unit_write(state, "base.ini", "[modules]\n", 10);
    stk_error err = STK_ERROR_INIT;
    char *text = NULL;

    assert_int_equal(stk_learn(&text, log, base, &err), -STK_E_INVALID);
    assert_null(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_learn__nothing_gives_a_policy_that_denies_all),
        unit_test_in_folder(test_learn__stdlib_names_go_to_the_importer),
        unit_test_in_folder(
            test_learn__the_programs_own_modules_are_everybodys),
        unit_test_in_folder(
            test_learn__installed_packages_bring_their_own_imports),
        unit_test_in_folder(
            test_learn__what_reaches_out_is_named_for_installed_packages_too),
        unit_test_in_folder(test_learn__a_closure_does_not_reach_out),
        unit_test_in_folder(
            test_learn__what_unknown_code_needs_is_not_repeated),
        unit_test_in_folder(test_learn__the_program_needs_no_rule_for_itself),
        unit_test_in_folder(
            test_learn__start_up_needs_rules_where_a_group_is_denied),
        unit_test_in_folder(
            test_learn__a_name_that_is_no_name_may_need_no_rule),
        unit_test_in_folder(test_merge__a_denied_group_gets_exceptions),
        unit_test_in_folder(
            test_merge__a_denied_name_is_kept_for_a_closure_too),
        unit_test_in_folder(
            test_learn__a_name_found_in_both_places_brings_nothing),
        unit_test_in_folder(test_learn__the_standard_library_needs_no_rules),
        unit_test_in_folder(
            test_learn__unknown_code_needs_a_rule_for_everybody),
        unit_test_in_folder(
            test_learn__what_was_not_found_is_allowed_to_who_asked),
        unit_test_in_folder(
            test_learn__every_importer_on_the_way_gets_the_rule),
        unit_test_in_folder(test_learn__a_long_importer_gets_a_group),
        unit_test_in_folder(
            test_learn__the_limit_of_a_section_name_is_met_exactly),
        unit_test_in_folder(
            test_learn__a_name_that_is_no_name_is_left_out_and_said),
        unit_test_in_folder(
            test_learn__a_name_that_cannot_be_spelled_gets_its_beginning),
        unit_test_in_folder(
            test_learn__a_shadowed_standard_module_allows_shadowing),
        unit_test_in_folder(
            test_learn__what_is_told_fits_on_a_line_and_is_printable),
        unit_test_in_folder(test_learn__the_text_does_not_depend_on_the_order),
        unit_test_in_folder(
            test_merge__what_the_base_allows_is_kept_and_added_to),
        unit_test_in_folder(
            test_merge__what_the_base_already_allows_adds_nothing),
        unit_test_in_folder(
            test_merge__a_deny_that_was_written_down_stays_and_is_said),
        unit_test_in_folder(
            test_merge__a_section_that_ends_with_a_star_is_added_to),
        unit_test_in_folder(
            test_merge__a_package_that_was_allowed_without_closure_stays_so),
        unit_test_in_folder(test_merge__settings_are_kept),
        unit_test_in_folder(
            test_merge__its_own_text_is_a_base_that_changes_nothing),
        unit_test_in_folder(test_learn__a_log_that_is_not_there_is_an_error),
        unit_test_in_folder(test_learn__a_line_that_is_no_record_is_an_error),
        unit_test_in_folder(test_learn__a_base_that_does_not_load_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
