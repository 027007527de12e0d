/* SPDX-License-Identifier: Apache-2.0 */
/* What is odd with keys and signatures. */
#include "told.h"

#define KEY_A                                                                 \
    "public = RWQAAAAAAAAAAKqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\n"
#define KEY_B                                                                 \
    "public = RWQBAQEBAQEBAbu7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7\n"
#define ALL "[key a]\nmodules = *\n" KEY_A

static void
test_lint__what_can_be_signed_is_fine(void **state)
{
    (void)state;
    assert_lint(ALL "[modules]\nshop = signed\nshop.pay = signed\n"
                    "shop_* = signed\n@stdlib = signed closure\n* = signed\n",
                "");
    assert_lint("[key a]\nmodules = shop.cart, x, json, tool_a\n" KEY_A
                "[key b]\nmodules = shop, y\n" KEY_B
                "[signing]\nthreshold = shop.cart:2\nfloor = shop:3\n"
                "[modules]\nshop = signed\nx.* = signed\nx = signed\n"
                "* = signed\ntool_* = signed\n@stdlib = signed\n"
                "@stdlib.pure = signed\n",
                "");
    /* kept for policies alone; kept to be known as revoked */
    assert_lint("[key a]\nmodules = *\nkinds = policy\n" KEY_A
                "[key b]\nmodules = y\nstatus = revoked\n" KEY_B,
                "");
}

static void
test_lint__nobody_may_sign_it(void **state)
{
    (void)state;
    assert_lint("[modules]\nshop = signed\ny = signed\n"
                "[key a]\nmodules = shop.cart, y\n" KEY_A,
                "p.ini:4: \"shop = signed\" allows nothing: no [key] may sign "
                "it; name it in the modules of one\n");
    assert_lint("[modules]\nx* = signed\n@g = signed\n_ = signed\n"
                "[group g]\nmembers = e\n[key a]\nmodules = _\n" KEY_A,
                "p.ini:4: \"x* = signed\" allows nothing: no [key] may sign "
                "it; name it in the modules of one\n"
                "p.ini:5: \"@g = signed\" allows nothing: no [key] may sign "
                "it; name it in the modules of one\n");
    assert_lint(
        "[modules]\nx = signed\n[key a]\nmodules = *\nkinds = data\n" KEY_A,
        "p.ini:4: \"x = signed\" allows nothing: no [key] may sign "
        "it; name it in the modules of one\n");
}

static void
test_lint__only_keys_that_are_no_good(void **state)
{
    (void)state;
    assert_lint("[modules]\nx = signed\n" ALL "status = revoked\n",
                "p.ini:4: \"x = signed\" allows nothing: each [key] that may "
                "sign it is revoked or out of its dates\n");
    assert_lint("[modules]\nx = signed\n" ALL "not_after = 2020-01-01\n",
                "p.ini:4: \"x = signed\" allows nothing: each [key] that may "
                "sign it is revoked or out of its dates\n"
                "p.ini:5: [key a] expired 2020-01-01: what it signed is "
                "refused\n");
    assert_lint("[modules]\nx = signed\n" ALL "[signing]\nrevoked = "
                "RWRCQkJCQkJCQqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\n",
                "p.ini:4: \"x = signed\" allows nothing: each [key] that may "
                "sign it is revoked or out of its dates\n");
}

static void
test_lint__a_threshold_out_of_reach(void **state)
{
    (void)state;
    assert_lint("[modules]\nx = signed\ny = signed\n" ALL
                "[key b]\nmodules = x\nstatus = retiring\n" KEY_B
                "[signing]\nthreshold = 2\n",
                "p.ini:5: \"y = signed\" allows nothing: 2 keys must have "
                "signed it, and 1 may\n");
}

static void
test_lint__something_unsigned_runs_first(void **state)
{
    (void)state;
    assert_lint(ALL "[modules]\nshop = allow\nshop.pay = signed\n"
                    "lib = signed\nlib.x = allow\nlib.x.y.* = signed\n",
                "p.ini:8: \"shop.pay = signed\": its parent shop runs first, "
                "and need not be signed (\"shop = allow\", p.ini:7)\n"
                "p.ini:11: \"lib.x.y.* = signed\": its parent lib.x runs "
                "first, and need not be signed (\"lib.x = allow\", "
                "p.ini:10)\n");
    assert_lint("default = allow\n" ALL "[modules]\nshop.* = signed\n",
                "p.ini:8: \"shop.* = signed\": its parent shop runs first, "
                "and need not be signed; add \"shop = signed\" to "
                "[modules]\n");
    /* a denied parent is one warning, not two */
    assert_lint(ALL "[modules]\nshop.pay = signed\n",
                "p.ini:7: \"shop.pay = signed\" allows nothing: no rule "
                "covers its parent shop; add \"shop = signed\" to "
                "[modules]\n");
}

static void
test_lint__what_nobody_needs(void **state)
{
    (void)state;
    assert_lint(ALL, "p.ini:3: [key a] is not used: nothing in its modules "
                     "must be signed\n");
    assert_lint("[key a]\nmodules = x, y.z\n" KEY_A
                "[key b]\nmodules = shop\n" KEY_B
                "[signing]\nthreshold = y:2, shop.*:1\n"
                "floor = shop:1, other:7\n"
                "[modules]\nshop = signed\ny = allow\n",
                "p.ini:3: [key a] is not used: nothing in its modules must be "
                "signed\n"
                "p.ini:10: threshold y:2 is not used: nothing there must be "
                "signed\n"
                "p.ini:11: floor other:7 is not used: nothing of other must "
                "be signed\n");
}

static void
test_lint__a_state_that_is_nowhere(void **state)
{
    (void)state;
    assert_lint("[signing]\nrequire_state = yes\n",
                "p.ini:3: require_state without state: everything that must "
                "be signed is refused\n");
    assert_lint("[signing]\nrequire_state = yes\nstate = s\n", "");
    assert_lint("[signing]\nstate_key = k\n",
                "p.ini:3: state_key without state: there is nothing to keep "
                "under it\n");
    assert_lint("[signing]\nstate_key = k\nstate = s\n", "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lint__what_can_be_signed_is_fine),
        cmocka_unit_test(test_lint__nobody_may_sign_it),
        cmocka_unit_test(test_lint__only_keys_that_are_no_good),
        cmocka_unit_test(test_lint__a_threshold_out_of_reach),
        cmocka_unit_test(test_lint__something_unsigned_runs_first),
        cmocka_unit_test(test_lint__what_nobody_needs),
        cmocka_unit_test(test_lint__a_state_that_is_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
