/* SPDX-License-Identifier: Apache-2.0 */
/* policy/preload.c: which rules stand against it. */
#include "policy/preload.h"

#include "policies.h"

/* "" where nothing does. */
static void
assert_stands(const char *preload, const char *rules, const char *rule)
{
    char text[1024], wanted[256];
    stk_policy *policy;
    stk_error err = STK_ERROR_INIT;
    int result;

    snprintf(text, sizeof text,
             V1 A_KEY "[sandbox box]\npreload = %s\n"
                      "[group g]\nmembers = lib.deep\n%s",
             preload, rules);
    policy = policy_of(text);
    result =
        stk_policy_preloads(policy, stk_policy_profile(policy, "box"), &err);
    stk_policy_free(policy);
    assert_int_equal(result, *rule ? -STK_E_UNSUPPORTED : 0);
    snprintf(wanted, sizeof wanted, "before the lock-down: %s at ", rule);
    if (*rule)
        assert_non_null(strstr(err.message, wanted));
}

/* It is verified when it is loaded, and decided part by part. */
static void
test_preload__what_must_be_signed_may_be_loaded(void **state)
{
    (void)state;
    assert_stands("lib", "[modules]\nlib = signed\n", "");
    assert_stands("lib.deep other", "[modules]\n* = signed\n", "");
    assert_stands("lib", "[modules]\nlib = deny\n", "");
    assert_stands("lib", "[forbidden]\nlib.low = no\n", "");
}

static void
test_preload__what_is_forbidden_is_not_loaded(void **state)
{
    (void)state;
    assert_stands("lib.deep", "[forbidden]\nlib = no\n", "\"lib = no\"");
    assert_stands("lib.deep", "[forbidden]\n@g = no\n", "\"@g = no\"");
    assert_stands("other lib.low", "[forbidden]\nlib.low.* = no\n", "");
    assert_stands("lib", "[forbidden]\nlibs = no\njson = no\n", "");
    assert_stands("json", "[forbidden]\njson = no\n", "");
}

static void
test_preload__what_a_loader_finds_is_not_loaded(void **state)
{
    (void)state;
    assert_stands("lib",
                  "[loader own]\nfinder = f:F\nmodules = lib\n"
                  "result = module\nsandbox = box\n",
                  "[loader own]");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_preload__what_must_be_signed_may_be_loaded),
        cmocka_unit_test(test_preload__what_is_forbidden_is_not_loaded),
        cmocka_unit_test(test_preload__what_a_loader_finds_is_not_loaded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
