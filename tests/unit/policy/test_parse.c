/* SPDX-License-Identifier: Apache-2.0 */
/* What the language takes, and what it says about the rest. */
#include "policy/parse.h"

#include "policies.h"

static void
test_parse__the_whole_language_loads(void **state)
{
    stk_policy *policy =
        policy_of("[stockade]\nversion = 1 ; required\nmode = enforce\n"
                  "default = deny\ntrusted = @stdlib\nfinders = all\n"
                  "[forbidden]\nctypes = calls any C function\n"
                  "[modules]\njson = allow\nacme.legacy = deny\n"
                  "plugins = allow\nplugins.* = allow\n"
                  "pandas = allow closure\nnumpy = closure allow\n"
                  "@stdlib.pure = allow\nflask_* = allow\n@web = allow\n"
                  "* = deny\n"
                  "[modules from plugins.reports]\nsqlite3 = allow\n"
                  "* = deny\n"
                  "[modules from @web]\nos = deny\n"
                  "[group web]\nmembers = flask, jinja2\n"
                  "members = werkzeug\n");

    (void)state;
    assert_int_equal(stk_policy_rules(policy), 14);
    stk_policy_free(policy);
}

static void
test_parse__a_key_before_the_first_section(void **state)
{
    (void)state;
    assert_refused("os = allow\n" V1,
                   "policy.ini:1: \"os\" stands before the first section; "
                   "begin with [stockade]\n");
}

static void
test_parse__unknown_sections(void **state)
{
    (void)state;
    assert_refused(V1 "[module]\nos = allow\n",
                   "policy.ini:3: unknown section \"module\"; did you mean "
                   "[modules]?\n");
    assert_refused(V1 "[modules form plugins]\nos = allow\n",
                   "policy.ini:3: unknown section \"modules form plugins\"; "
                   "did you mean [modules from plugins]?\n");
    assert_refused(V1 "[Modules]\n",
                   "policy.ini:3: unknown section \"Modules\"; did you mean "
                   "[modules]?\n");
    assert_refused(V1 "[modules from]\n",
                   "policy.ini:3: section \"modules from\" lacks its name; "
                   "write [modules from X]\n");
    assert_refused(V1 "[group]\nmembers = a\n",
                   "policy.ini:3: section \"group\" lacks its name; write "
                   "[group X]\n");
    assert_refused(V1 "[]\n", "policy.ini:3: unknown section \"\"\n");
    assert_refused(V1 "[whatever else]\n",
                   "policy.ini:3: unknown section \"whatever else\"\n");
}

static void
test_parse__a_section_stands_once(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\na = allow\n[modules]\nb = allow\n",
                   "policy.ini:5: [modules] stands on line 3 already; keep "
                   "one\n");
    assert_refused(V1 "[modules from a]\n[modules from a]\n",
                   "policy.ini:4: [modules from a] stands on line 3 already; "
                   "keep one\n");
    assert_refused(V1 V1, "policy.ini:3: [stockade] stands on line 1 "
                          "already; keep one\n"
                          "policy.ini:4: version stands on line 2 already; "
                          "keep one\n");
    assert_refused(V1 "[group g]\nmembers = a\n[group g]\nmembers = b\n",
                   "policy.ini:5: [group g] stands on line 3 already; keep "
                   "one\n");
}

static void
test_parse__what_this_build_lacks_is_refused(void **state)
{
    static const char text[] = V1 "[repository acme]\nx = y\n"
                                  "[repository main]\nx = y\n";

    (void)state;
    assert_bytes_refused(
        text, sizeof text - 1, STK_E_UNSUPPORTED,
        "policy.ini:3: section \"repository acme\" is not supported by this "
        "build\n"
        "policy.ini:5: section \"repository main\" is not supported by this "
        "build\n");
}

static void
test_parse__an_error_beside_makes_it_invalid(void **state)
{
    (void)state;
    assert_refused(
        V1 "[repository x]\n[modules]\nb = alow\n",
        "policy.ini:3: section \"repository x\" is not supported by "
        "this build\n"
        "policy.ini:5: unknown verdict \"alow\"; did you mean "
        "\"allow\"?\n");
}

static void
test_parse__both_sides_of_a_bad_line_are_told(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\na-b = alow\n",
                   "policy.ini:4: \"a-b\" is no dotted module name; did you "
                   "mean \"a_b\"?\n"
                   "policy.ini:4: unknown verdict \"alow\"; did you mean "
                   "\"allow\"?\n");
}

static void
test_parse__what_stands_below_a_mistyped_heading_is_told_as_well(void **state)
{
    (void)state;
    assert_refused(V1 "[moduls]\nos = alow\n[sandbx x]\nmemry = 1\n",
                   "policy.ini:3: unknown section \"moduls\"; did you mean "
                   "[modules]?\n"
                   "policy.ini:4: unknown verdict \"alow\"; did you mean "
                   "\"allow\"?\n"
                   "policy.ini:5: unknown section \"sandbx x\"; did you mean "
                   "[sandbox x]?\n"
                   "policy.ini:6: unknown key \"memry\"; did you mean "
                   "\"memory\"?\n");
    assert_refused(V1 "[moduls]\nb = alow\n[modules]\na = allow\n",
                   "policy.ini:3: unknown section \"moduls\"; did you mean "
                   "[modules]?\n"
                   "policy.ini:4: unknown verdict \"alow\"; did you mean "
                   "\"allow\"?\n");
}

static void
test_parse__importers_are_names_or_groups(void **state)
{
    static const char star[] =
        ": write the importer's name, which stands for what is below it too; "
        "several importers are a group: [modules from @name]\n";
    char wanted[600];

    (void)state;
    snprintf(wanted, sizeof wanted,
             "policy.ini:3: [modules from *]%spolicy.ini:5: [modules from "
             "a.*]%spolicy.ini:6: [modules from a*]%s",
             star, star, star);
    assert_refused(V1 "[modules from *]\nos = alow\n[modules from a.*]\n"
                      "[modules from a*]\n",
                   wanted);
    assert_refused(V1 "[modules from a-b]\n[modules from @]\n",
                   "policy.ini:3: \"a-b\" is no dotted module name\n"
                   "policy.ini:4: \"@\" is no dotted module name\n");
}

static void
test_parse__groups(void **state)
{
    (void)state;
    assert_refused(V1 "[group g]\n[modules]\n",
                   "policy.ini:3: [group g] has no members\n");
    assert_refused(V1 "[group g]\nmembers = @a, b*, c-d\n",
                   "policy.ini:3: [group g] has no members\n"
                   "policy.ini:4: \"@a\" is a group; members are module "
                   "names\n"
                   "policy.ini:4: \"b*\" is no dotted module name; a member "
                   "stands for what is below it too\n"
                   "policy.ini:4: \"c-d\" is no dotted module name\n");
    assert_refused(V1 "[group g]\nmember = a\nmembers = a\n",
                   "policy.ini:4: unknown key \"member\" of a group; write "
                   "members\n");
    assert_refused(V1 "[group g]\nmembers =\n",
                   "policy.ini:3: [group g] has no members\n"
                   "policy.ini:4: members has no value\n");
    assert_refused(V1 "[group a-b]\nmembers = @x\n",
                   "policy.ini:3: \"a-b\" is no name for a group\n");
}

static void
test_parse__the_built_in_groups_are_not_redefined(void **state)
{
    (void)state;
    assert_refused(V1 "[group stdlib]\nmembers = os\n[group stdlib.pure]\n"
                      "members = os\n",
                   "policy.ini:3: @stdlib is built in; choose another name "
                   "than stdlib\n"
                   "policy.ini:5: @stdlib.pure is built in; choose another "
                   "name than stdlib\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__the_whole_language_loads),
        cmocka_unit_test(test_parse__a_key_before_the_first_section),
        cmocka_unit_test(test_parse__unknown_sections),
        cmocka_unit_test(test_parse__a_section_stands_once),
        cmocka_unit_test(test_parse__what_this_build_lacks_is_refused),
        cmocka_unit_test(test_parse__an_error_beside_makes_it_invalid),
        cmocka_unit_test(test_parse__both_sides_of_a_bad_line_are_told),
        cmocka_unit_test(
            test_parse__what_stands_below_a_mistyped_heading_is_told_as_well),
        cmocka_unit_test(test_parse__importers_are_names_or_groups),
        cmocka_unit_test(test_parse__groups),
        cmocka_unit_test(test_parse__the_built_in_groups_are_not_redefined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
