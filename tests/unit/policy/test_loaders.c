/* SPDX-License-Identifier: Apache-2.0 */
/* policy/loaders.c: the sections [loader NAME]. */
#include "policy/loaders.h"

#include "policies.h"

#define LOADER "[loader v]\nfinder = a.b:C\nmodules = v\n"

static void
test_loaders__all_that_one_says(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[sandbox box]\nmemory = 1G\n[loader v]\n"
                     "finder = acme.vault:Finder.inner\n"
                     "arguments = 3, path:/srv/x, file:/srv/key\n"
                     "arguments = more\nmodules = vault, safe.*\n"
                     "modules = chest_*\nresult = module\nsandbox = box\n");
    const stk_loader_rule *rule;
    size_t n;

    (void)state;
    rule = stk_policy_loaders(policy, &n);
    assert_int_equal(n, 1);
    assert_string_equal(rule->name, "v");
    assert_string_equal(rule->module, "acme.vault");
    assert_string_equal(rule->attribute, "Finder.inner");
    assert_int_equal(rule->n_arguments, 4);
    assert_int_equal(rule->arguments[0].kind, STK_ARGUMENT_TEXT);
    assert_string_equal(rule->arguments[0].text, "3");
    assert_int_equal(rule->arguments[1].kind, STK_ARGUMENT_PATH);
    assert_string_equal(rule->arguments[1].text, "/srv/x");
    assert_int_equal(rule->arguments[2].kind, STK_ARGUMENT_FILE);
    assert_string_equal(rule->arguments[2].text, "/srv/key");
    assert_string_equal(rule->arguments[3].text, "more");
    assert_int_equal(rule->n_modules, 3);
    assert_int_equal(rule->result, STK_LOADER_MODULE);
    assert_string_equal(rule->sandbox, "box");
    assert_int_equal(rule->line, 5);
    stk_policy_free(policy);
}

static void
test_loaders__what_is_not_written(void **state)
{
    stk_policy *policy = policy_of(V1 LOADER);
    const stk_loader_rule *rule = stk_policy_loader(policy, "v");

    (void)state;
    assert_non_null(rule);
    assert_int_equal(rule->n_arguments, 0);
    assert_int_equal(rule->result, STK_LOADER_SOURCE);
    assert_string_equal(rule->sandbox, "strict");
    stk_policy_free(policy);
    policy = policy_of(V1);
    assert_null(stk_policy_loader(policy, "v"));
    stk_policy_free(policy);
}

static void
test_loader__the_longest_pattern_finds_it(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[loader one]\nfinder = a:B\nmodules = v, w_*, j*\n"
                     "[loader two]\nfinder = a:B\nmodules = v.deep.*\n");

    (void)state;
    assert_string_equal(stk_policy_loader(policy, "v")->name, "one");
    assert_string_equal(stk_policy_loader(policy, "v.deep")->name, "one");
    assert_string_equal(stk_policy_loader(policy, "v.deep.x")->name, "two");
    assert_string_equal(stk_policy_loader(policy, "w_x.y")->name, "one");
    assert_null(stk_policy_loader(policy, "w"));
    assert_null(stk_policy_loader(policy, "vx"));
    assert_string_equal(stk_policy_loader(policy, "jx")->name, "one");
    assert_null(stk_policy_loader(policy, "json"));
    assert_null(stk_policy_loader(policy, "json.x"));
    stk_policy_free(policy);
}

static void
test_loaders__what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    assert_refused(
        V1 "[loader v]\nfindr = a:B\nfinder = a.B\nmodules = *\n"
           "modules = v, v, @x\nresult = sorce\nsandbox = a/b\n"
           "arguments = file: path:\nresult = module\n",
        "policy.ini:4: unknown key \"findr\"; did you mean \"finder\"?\n"
        "policy.ini:5: \"a.B\" names no class; write finder = "
        "package.module:Class\n"
        "policy.ini:6: \"*\" is no pattern for a loader; write vault, "
        "vault.* or vault_*\n"
        "policy.ini:7: \"v\" is in modules already\n"
        "policy.ini:7: \"@x\" is no pattern for a loader; write vault, "
        "vault.* or vault_*\n"
        "policy.ini:8: unknown result \"sorce\"; did you mean \"source\"?\n"
        "policy.ini:9: \"a/b\" names no sandbox; write strict\n"
        "policy.ini:10: file: lacks its path\n"
        "policy.ini:10: path: lacks its path\n"
        "policy.ini:11: result stands on line 8 already; keep one\n");
    assert_refused(V1 "[loader a/b]\nfinder = a:B\n[loader c]\n[loader d]\n"
                      "finder = a:\nmodules = d\n",
                   "policy.ini:3: \"a/b\" is no name for a loader; letters, "
                   "digits and ._- make one, 40 at most\n"
                   "policy.ini:5: [loader c] has no finder; write finder = "
                   "package.module:Class\n"
                   "policy.ini:5: [loader c] has no modules; write modules = "
                   "and the names that it is asked for\n"
                   "policy.ini:7: \"a:\" names no class; write finder = "
                   "package.module:Class\n");
}

static void
test_loaders__what_does_not_go_together(void **state)
{
    (void)state;
    assert_refused(V1 LOADER "[loader w]\nfinder = a:B\nmodules = x, v\n"
                             "sandbox = strct\n" LOADER,
                   "policy.ini:6: [loader w]: v is of [loader v] "
                   "(policy.ini:3) already; keep one\n"
                   "policy.ini:9: unknown sandbox \"strct\"; did you mean "
                   "\"strict\"?\n"
                   "policy.ini:10: [loader v] stands on line 3 already; keep "
                   "one\n");
    assert_refused(V1 "[loader v]\nfinder = v.own:C\nmodules = v\n",
                   "policy.ini:3: [loader v]: its finder, v.own, is one of "
                   "its own modules: nobody would find it\n");
    assert_refused(V1 "[loader v]\nfinder = a:C\nmodules = json.x os.*\n",
                   "policy.ini:3: [loader v]: json.x is of the standard "
                   "library, which no loader is asked for\n"
                   "policy.ini:3: [loader v]: os.* is of the standard "
                   "library, which no loader is asked for\n");
    assert_refused(V1 "[modules]\na = sandbox:agent\n" LOADER,
                   "policy.ini:5: [loader v]: a.b runs in sandbox:agent "
                   "(policy.ini:4); write sandbox = agent\n");
    assert_refused(V1 "[modules]\nv = signed\nw.* = sandbox:agent\n" A_KEY
                      "[loader v]\nfinder = a:B\nmodules = v w.*\n"
                      "result = module\n",
                   "policy.ini:9: [loader v]: v must be signed "
                   "(policy.ini:4), and what stays in a worker is not "
                   "verified; write result = source\n"
                   "policy.ini:9: [loader v]: w.* runs in sandbox:agent "
                   "(policy.ini:5), and the loader in strict; write the "
                   "same, or result = source\n");
}

static void
test_loaders__printed_it_is_the_same(void **state)
{
    stk_policy *policy = policy_of(
        V1 "[loader w]\nfinder = a:B\nmodules = w\nresult = module\n"
           "[loader v]\nfinder = a.b:C\narguments = 3 path:/x file:/y\n"
           "modules = v v.x.*\nsandbox = agent\n");
    const char *wanted =
        "\n[loader v]\nfinder = a.b:C\narguments = 3, path:/x, file:/y\n"
        "modules = v, v.x.*\nresult = source\nsandbox = agent\n"
        "\n[loader w]\nfinder = a:B\nmodules = w\nresult = module\n"
        "sandbox = strict\n";
    stk_error err = STK_ERROR_INIT;
    char *text, *again;

    (void)state;
    assert_int_equal(stk_policy_print(&text, policy, &err), 0);
    assert_non_null(strstr(text, wanted));
    stk_policy_free(policy);
    policy = policy_of(text);
    assert_int_equal(stk_policy_print(&again, policy, &err), 0);
    assert_string_equal(again, text);
    stk_policy_free(policy);
    free(again);
    free(text);
}

static void
test_loaders__explained(void **state)
{
    stk_policy *policy = policy_of(V1 "default = allow\n" LOADER);
    stk_request request = STK_REQUEST_INIT;
    stk_error err = STK_ERROR_INIT;
    stk_explanation *told;

    (void)state;
    request.name = "v.x";
    assert_int_equal(stk_policy_explain(&told, policy, &request, &err), 0);
    assert_string_equal(told->loader->name, "v");
    stk_explanation_free(told);
    request.name = "other";
    assert_int_equal(stk_policy_explain(&told, policy, &request, &err), 0);
    assert_null(told->loader);
    stk_explanation_free(told);
    stk_policy_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loaders__all_that_one_says),
        cmocka_unit_test(test_loaders__what_is_not_written),
        cmocka_unit_test(test_loader__the_longest_pattern_finds_it),
        cmocka_unit_test(test_loaders__what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(test_loaders__what_does_not_go_together),
        cmocka_unit_test(test_loaders__printed_it_is_the_same),
        cmocka_unit_test(test_loaders__explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
