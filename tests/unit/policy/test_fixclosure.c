/* SPDX-License-Identifier: Apache-2.0 */
/* The change that has a package import what it needs. */
#include "policy/fix.h"

#include "oracle.h"

static void
assert_closure(const char *text, const char *name, const char *importer,
               const char *wanted)
{
    stk_request request = { name, importer, 0 };
    stk_policy *policy = policy_of(text);
    stk_explanation *e = NULL;

    assert_int_equal(stk_policy_explain(&e, policy, &request, NULL), 0);
    assert_string_equal(e->closure, wanted);
    stk_explanation_free(e);
    stk_policy_free(policy);
}

/* The line, written, allows it. */
static void
assert_turns(const char *before, const char *after, const char *name,
             const char *importer)
{
    stk_request request = { name, importer, 0 };
    stk_policy *policy = policy_of(before);

    assert_int_equal(stk_policy_decide(policy, &request).verdict, STK_DENY);
    stk_policy_free(policy);
    policy = policy_of(after);
    assert_int_equal(stk_policy_decide(policy, &request).verdict, STK_ALLOW);
    stk_policy_free(policy);
}

static void
test_closure__of_a_package_that_no_rule_covers(void **state)
{
    (void)state;
    assert_closure(
        V1, "requests", "__main__",
        "add \"requests = allow closure\" to [modules], policy.ini: "
        "requests imports what it needs");
    assert_closure(
        V1 "[modules]\n* = deny\n", "requests.api", NULL,
        "add \"requests = allow closure\" to [modules], policy.ini: "
        "requests imports what it needs");
    assert_turns(V1 "[modules]\n* = deny\n",
                 V1 "[modules]\nrequests = allow closure\n* = deny\n",
                 "requests.api", NULL);
}

static void
test_closure__of_the_package_that_asks(void **state)
{
    (void)state;
    assert_closure(V1 "[modules]\nrequests = allow\n", "urllib3", "requests",
                   "change policy.ini:4 to \"requests = allow closure\": "
                   "requests imports what it needs");
    assert_closure(V1 "[modules]\nrequests = allow\n", "socket",
                   "requests.api",
                   "change policy.ini:4 to \"requests = allow closure\": "
                   "requests imports what it needs");
    assert_turns(V1 "[modules]\nrequests = allow\n",
                 V1 "[modules]\nrequests = allow closure\n", "socket",
                 "requests.api");
}

static void
test_closure__not_where_it_would_not_help(void **state)
{
    (void)state;
    /* the standard library is of one piece */
    assert_closure(V1, "socket", "__main__", "");
    assert_closure(V1 "[modules]\njson = allow\n", "socket", "json", "");
    /* a deny that was written down holds */
    assert_closure(V1 "[modules]\nrequests = allow\nsocket = deny\n", "socket",
                   "requests", "");
    assert_closure(V1 "[modules from app]\n* = deny\n", "requests", "app", "");
    assert_closure(V1 "[forbidden]\nrequests = no\n", "requests", NULL, "");
    /* it is there */
    assert_closure(V1 "[modules]\nrequests = allow closure\n", "socket",
                   "requests", "");
    assert_closure(V1 "default = allow\n", "requests", NULL, "");
    assert_closure(V1, "no-name", NULL, "");
    /* what runs in a worker has another way */
    assert_closure(V1 "[modules]\np = sandbox:strict\n", "socket", "p", "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closure__of_a_package_that_no_rule_covers),
        cmocka_unit_test(test_closure__of_the_package_that_asks),
        cmocka_unit_test(test_closure__not_where_it_would_not_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
