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
    snprintf(wanted, sizeof wanted, "before the lock-down: \"%s\" at ", rule);
    if (*rule)
        assert_non_null(strstr(err.message, wanted));
}

static void
test_preload__what_must_be_verified_is_not_loaded(void **state)
{
    static const struct {
        const char *preload, *rules, *rule;
    } rows[] = {
        { "lib", "[modules]\nlib = signed\n", "lib = signed" },
        { "lib.deep", "[modules]\nlib = signed\n", "lib = signed" },
        { "other lib", "[modules]\nlib = signed\n", "lib = signed" },
        { "lib", "[modules]\nlib.deep.low = signed\n",
          "lib.deep.low = signed" },
        { "lib", "[modules]\nlib.* = signed\n", "lib.* = signed" },
        { "lib", "[modules]\n@g = signed\n", "@g = signed" },
        { "lib", "[modules]\n* = signed\n", "* = signed" },
        { "lib", "[modules]\nlib* = signed sandbox:strict\n",
          "lib* = signed sandbox:strict" },
        { "lib", "[modules]\nli* = signed\nlib = allow\n", "" },
        { "lib", "[modules]\nlibs = signed\n", "" },
        { "lib", "[modules]\nlib = sandbox:box\n", "" },
        { "lib", "[modules]\nlib = deny\n", "" },
        { "json", "[modules]\n* = signed\n", "" },
        { "json _socket", "[modules]\n@stdlib = signed\n", "" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        assert_stands(rows[i].preload, rows[i].rules, rows[i].rule);
}

static void
test_preload__what_is_forbidden_is_not_loaded(void **state)
{
    (void)state;
    assert_stands("lib.deep", "[forbidden]\nlib = no\n", "lib = no");
    assert_stands("lib.deep", "[forbidden]\nlib.low = no\n", "lib.low = no");
    assert_stands("lib", "[forbidden]\nlib.low.* = no\n", "lib.low.* = no");
    assert_stands("lib", "[forbidden]\n@g = no\n", "@g = no");
    assert_stands("lib", "[forbidden]\nlibs = no\njson = no\n", "");
    assert_stands("json", "[forbidden]\njson = no\n", "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_preload__what_must_be_verified_is_not_loaded),
        cmocka_unit_test(test_preload__what_is_forbidden_is_not_loaded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
