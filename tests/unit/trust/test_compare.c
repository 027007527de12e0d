/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between a tree and its manifest, said exactly. */
#include "trust/compare.h"

#include "grow.h"

#define TOLD_MAX 2000u

/* The manifest of the folder as it is; "kind path detail\n" as it changes. */
typedef struct fixture {
    stk_manifest *manifest;
    char told[TOLD_MAX];
    uint64_t done, total;
} fixture;

static void
sign(fixture *f, void **state)
{
    STK_CLEANUP(stk_inventory_clear)
    stk_inventory found = STK_INVENTORY_INIT;
    STK_CLEANUP(stk_tree_clear) stk_tree tree = walk(state);
    STK_CLEANUP(stk_freep) char *text = NULL;
    const stk_manifest_head head = {
        .package = "", .version = "", .context = "", .prefix = ""
    };
    stk_code code = { .tag = "cpython-311", .size = 4 };
    stk_error err = STK_ERROR_INIT;
    size_t length;

    stk_digest_memory(code.digest, "code", 4);
    assert_int_equal(stk_inventory_make(&found, &tree, "", &err), 0);
    assert_int_equal(stk_inventory_digest(&found, &tree, NULL, &err), 0);
    for (size_t i = 0; i < found.n; i++)
        if (!strcmp(found.rows[i].path, "shop/cart.py")) {
            found.rows[i].codes = &code;
            found.rows[i].n_codes = 1;
        }
    if (stk_manifest_print(&text, &length, &head, found.rows, found.n, &err) <
        0)
        fail_msg("%s", err.message);
    assert_int_equal(stk_manifest_parse(&f->manifest, text, length, "m", &err),
                     0);
}

static void
grow_shop(fixture *f, void **state)
{
    grow(state, "shop/__init__.py", "");
    grow(state, "shop/cart.py", "def add(a):\n    return a\n");
    grow(state, "spaces/deep/x.py", "x = 1\n");
    grow(state, "readme", "text\n");
    grow(state, "STOCKADE.code/cpython-311/shop/cart.code", "code");
    sign(f, state);
}

static void
take(void *payload, const stk_difference *found)
{
    fixture *f = payload;
    size_t n = strlen(f->told);

    snprintf(f->told + n, TOLD_MAX - n, "%s %s%s%s\n",
             stk_difference_name(found->kind), found->path,
             *found->detail ? ": " : "", found->detail);
}

static void
take_progress(void *payload, uint64_t done, uint64_t total)
{
    fixture *f = payload;

    f->done = done;
    f->total = total;
}

static void
assert_told(fixture *f, void **state, const char *expected)
{
    STK_CLEANUP(stk_tree_clear) stk_tree tree = walk(state);
    const stk_tree_watch watch = { take_progress, f, NULL };
    const stk_compare how = { take, f, &watch };
    size_t n = 99, lines = 0;

    f->told[0] = '\0';
    assert_int_equal(stk_tree_compare(&n, &tree, f->manifest, &how, NULL), 0);
    assert_string_equal(f->told, expected);
    for (const char *c = expected; *c; c++)
        lines += *c == '\n';
    assert_int_equal(n, lines);
    assert_true(f->done == f->total);
    stk_manifest_free(f->manifest);
}

static void
test_compare__what_was_signed_is_the_same(void **state)
{
    fixture f = { 0 };

    grow_shop(&f, state);
    grow(state, "shop/__pycache__/cart.cpython-311.pyc", "poison");
    grow(state, "STOCKADE.manifest", "x");
    grow(state, "STOCKADE.manifest.minisig", "x");
    assert_int_equal(mkdir(unit_path(state, "empty"), 0755), 0);
    assert_told(&f, state, "");
}

static void
test_compare__says_what_changed_and_how(void **state)
{
    fixture f = { 0 };

    grow_shop(&f, state);
    grow(state, "shop/cart.py", "def add(a):\n    return b\n");
    grow(state, "readme", "longer text\n");
    assert_told(&f, state,
                "changed readme: 12 bytes, signed were 5\n"
                "changed shop/cart.py: same size, other bytes\n");
}

static void
test_compare__knows_line_endings(void **state)
{
    fixture f = { 0 };

    grow(state, "lf", "a\nb\n");
    grow(state, "crlf", "a\r\nb\r\n");
    grow(state, "other", "a\nb\n");
    sign(&f, state);
    grow(state, "lf", "a\r\nb\r\n");
    grow(state, "crlf", "a\nb\n");
    grow(state, "other", "a\r\nc\r\n");
    assert_told(&f, state,
                "changed crlf: line endings differ, all else is as signed\n"
                "changed lf: line endings differ, all else is as signed\n"
                "changed other: 6 bytes, signed were 4\n");
}

static void
test_compare__says_what_is_added_and_missing(void **state)
{
    fixture f = { 0 };

    grow_shop(&f, state);
    grow(state, "shop/cart.so", "");
    grow(state, "shop/sneaky/__init__.py", "");
    grow(state, "shop/cart.pyc", "");
    grow(state, "json.py", "");
    assert_int_equal(rename(unit_path(state, "spaces/deep/x.py"),
                            unit_path(state, "spaces/deep/y.py")),
                     0);
    assert_told(&f, state,
                "added json.py\n"
                "added shop/cart.pyc\n"
                "added shop/cart.so\n"
                "added shop/sneaky/__init__.py\n"
                "missing spaces/deep/x.py\n"
                "added spaces/deep/y.py\n");
}

static void
test_compare__a_link_is_no_file(void **state)
{
    fixture f = { 0 };

    grow_shop(&f, state);
    assert_int_equal(rename(unit_path(state, "shop/cart.py"),
                            unit_path(state, "shop/same.py")),
                     0);
    /* to the very bytes that were signed */
    assert_int_equal(symlink("same.py", unit_path(state, "shop/cart.py")), 0);
    assert_int_equal(symlink("shop", unit_path(state, "more")), 0);
    assert_told(&f, state,
                "added more: a link\n"
                "kind shop/cart.py: is a link, signed was a file\n"
                "added shop/same.py\n");
}

static void
test_compare__a_folder_is_no_link(void **state)
{
    fixture f = { 0 };

    grow_shop(&f, state);
    assert_int_equal(
        rename(unit_path(state, "spaces"), unit_path(state, "moved")), 0);
    assert_int_equal(symlink("moved", unit_path(state, "spaces")), 0);
    assert_told(&f, state,
                "added moved/deep/x.py\n"
                "kind spaces: is a link, signed was a folder\n"
                "missing spaces/deep\n"
                "missing spaces/deep/x.py\n");
}

static void
test_compare__a_folder_is_no_file(void **state)
{
    fixture f = { 0 };

    grow_shop(&f, state);
    assert_int_equal(unlink(unit_path(state, "readme")), 0);
    grow(state, "readme/more", "");
    assert_told(&f, state,
                "kind readme: is a folder, signed was a file\n"
                "added readme/more\n");
}

static void
test_compare__code_is_as_closed_as_the_tree(void **state)
{
    fixture f = { 0 };

    grow_shop(&f, state);
    grow(state, "STOCKADE.code/cpython-311/shop/cart.code", "CODE");
    grow(state, "STOCKADE.code/cpython-311/shop/cart.opt-1.code", "code");
    grow(state, "STOCKADE.code/x.py", "");
    assert_told(&f, state,
                "changed STOCKADE.code/cpython-311/shop/cart.code: "
                "same size, other bytes\n"
                "added STOCKADE.code/cpython-311/shop/cart.opt-1.code\n"
                "added STOCKADE.code/x.py\n");
}

static void
test_compare__says_what_cannot_be_read(void **state)
{
    fixture f = { 0 };

    if (geteuid() == 0)
        unit_skip("root reads everything");
    grow_shop(&f, state);
    assert_int_equal(chmod(unit_path(state, "readme"), 0), 0);
    assert_told(&f, state,
                "unreadable readme: cannot open: Permission denied\n");
}

static void
test_difference_name__each_has_its_own(void **state)
{
    (void)state;
    assert_string_equal(stk_difference_name((enum stk_difference_kind)0), "");
    assert_string_equal(stk_difference_name((enum stk_difference_kind)99), "");
    for (int i = 1; i <= STK_DIFFERENCE_UNREADABLE; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(
                stk_difference_name((enum stk_difference_kind)i),
                stk_difference_name((enum stk_difference_kind)k));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_compare__what_was_signed_is_the_same),
        unit_test_in_folder(test_compare__says_what_changed_and_how),
        unit_test_in_folder(test_compare__knows_line_endings),
        unit_test_in_folder(test_compare__says_what_is_added_and_missing),
        unit_test_in_folder(test_compare__a_link_is_no_file),
        unit_test_in_folder(test_compare__a_folder_is_no_link),
        unit_test_in_folder(test_compare__a_folder_is_no_file),
        unit_test_in_folder(test_compare__code_is_as_closed_as_the_tree),
        unit_test_in_folder(test_compare__says_what_cannot_be_read),
        cmocka_unit_test(test_difference_name__each_has_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
