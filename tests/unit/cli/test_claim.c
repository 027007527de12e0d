/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, and under which name, by where it lies. */
#include "cli/claim.h"

#include <sys/stat.h>

#include "cli/command.h"
#include "unit.h"

/* shop/__init__.py, shop/cart.py, shop/fast.so, shop/logo.png, p.ini */
static void
make_tree(void **state)
{
    assert_int_equal(mkdir(unit_path(state, "shop"), 0700), 0);
    unit_write(state, "shop/__init__.py", "", 0);
    unit_write(state, "shop/cart.py", "", 0);
    unit_write(state, "shop/fast.cpython-311-x86_64-linux-gnu.so", "", 0);
    unit_write(state, "shop/logo.png", "", 0);
    unit_write(state, "p.ini", "", 0);
}

static void
assert_claim(const char *path, const char *root, enum stk_kind asked,
             enum stk_kind kind, const char *module)
{
    cli_claim claim;

    assert_int_equal(cli_claim_make(&claim, path, root, asked), CLI_GOOD);
    assert_int_equal(claim.kind, kind);
    assert_string_equal(claim.module, module);
}

static void
test_make__names_begin_below_the_root(void **state)
{
    const enum stk_kind any = (enum stk_kind)0;

    make_tree(state);
    assert_claim(unit_path(state, "shop/cart.py"), *state, any,
                 STK_KIND_MODULE, "shop.cart");
    assert_claim(unit_path(state, "shop/__init__.py"), *state, any,
                 STK_KIND_PACKAGE, "shop");
    assert_claim(unit_path(state, "shop/fast.cpython-311-x86_64-linux-gnu.so"),
                 *state, any, STK_KIND_EXTENSION, "shop.fast");
    assert_claim(unit_path(state, "shop/logo.png"), *state, any, STK_KIND_DATA,
                 "shop/logo.png");
    assert_claim(unit_path(state, "shop/../shop/cart.py"),
                 unit_path(state, "shop/.."), any, STK_KIND_MODULE,
                 "shop.cart");
}

static void
test_make__without_a_root_it_is_the_file_s_folder(void **state)
{
    const enum stk_kind any = (enum stk_kind)0;
    cli_claim claim;

    make_tree(state);
    assert_claim(unit_path(state, "shop/cart.py"), NULL, any, STK_KIND_MODULE,
                 "cart");
    assert_claim(unit_path(state, "shop/__init__.py"), NULL, any,
                 STK_KIND_PACKAGE, "shop");
    assert_int_equal(
        cli_claim_make(&claim, unit_path(state, "shop/cart.py"), NULL, any),
        CLI_GOOD);
    assert_true(claim.in_package);
    assert_string_equal(claim.basename, "cart.py");
    assert_int_equal(
        cli_claim_make(&claim, unit_path(state, "shop/cart.py"), *state, any),
        CLI_GOOD);
    assert_false(claim.in_package);
}

static void
test_make__a_policy_has_the_name_of_its_file(void **state)
{
    make_tree(state);
    assert_claim(unit_path(state, "p.ini"), NULL, STK_KIND_POLICY,
                 STK_KIND_POLICY, "p.ini");
    assert_claim(unit_path(state, "p.ini"), *state, STK_KIND_DATA,
                 STK_KIND_DATA, "p.ini");
}

static void
test_make__an_ini_file_must_be_said_what_it_is(void **state)
{
    cli_claim claim;

    make_tree(state);
    assert_int_equal(cli_claim_make(&claim, unit_path(state, "p.ini"), *state,
                                    (enum stk_kind)0),
                     CLI_USAGE);
}

static void
test_make__refuses_what_has_no_such_name(void **state)
{
    cli_claim claim;

    make_tree(state);
    /* not below the root */
    assert_int_equal(cli_claim_make(&claim, unit_path(state, "p.ini"),
                                    unit_path(state, "shop"), STK_KIND_DATA),
                     CLI_NO);
    assert_int_equal(cli_claim_make(&claim, unit_path(state, "none/x.py"),
                                    *state, (enum stk_kind)0),
                     CLI_NO);
    assert_int_equal(cli_claim_make(&claim, unit_path(state, "shop/cart.py"),
                                    unit_path(state, "none"),
                                    (enum stk_kind)0),
                     CLI_NO);
    assert_int_equal(cli_claim_make(&claim, unit_path(state, "shop/cart.py"),
                                    *state, STK_KIND_PACKAGE),
                     CLI_NO);
    assert_int_equal(cli_claim_make(&claim, unit_path(state, "shop/logo.png"),
                                    *state, STK_KIND_MODULE),
                     CLI_NO);
}

/* A link is signed under the name that it is imported by. */
static void
test_make__the_file_s_own_link_is_not_followed(void **state)
{
    make_tree(state);
    assert_int_equal(symlink("shop/cart.py", unit_path(state, "alias.py")), 0);
    assert_claim(unit_path(state, "alias.py"), *state, (enum stk_kind)0,
                 STK_KIND_MODULE, "alias");
}

static void
test_kind__knows_what_one_file_can_be(void **state)
{
    (void)state;
    assert_int_equal(cli_claim_kind("module"), STK_KIND_MODULE);
    assert_int_equal(cli_claim_kind("policy"), STK_KIND_POLICY);
    assert_int_equal(cli_claim_kind("manifest"), 0);
    assert_int_equal(cli_claim_kind("modul"), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_make__names_begin_below_the_root),
        unit_test_in_folder(test_make__without_a_root_it_is_the_file_s_folder),
        unit_test_in_folder(test_make__a_policy_has_the_name_of_its_file),
        unit_test_in_folder(test_make__an_ini_file_must_be_said_what_it_is),
        unit_test_in_folder(test_make__refuses_what_has_no_such_name),
        unit_test_in_folder(test_make__the_file_s_own_link_is_not_followed),
        cmocka_unit_test(test_kind__knows_what_one_file_can_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
