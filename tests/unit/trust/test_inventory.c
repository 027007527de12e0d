/* SPDX-License-Identifier: Apache-2.0 */
/* What of a tree an import could reach, and what is data. */
#include "grow.h"

typedef struct row {
    enum stk_kind kind;
    const char *name, *path;
} row;

#define M STK_KIND_MODULE
#define P STK_KIND_PACKAGE
#define N STK_KIND_NAMESPACE
#define X STK_KIND_EXTENSION
#define D STK_KIND_DATA

/* The rows are these, and a manifest can hold them. */
static void
assert_rows(void **state, const char *prefix, const row *rows, size_t n)
{
    STK_CLEANUP(stk_inventory_clear)
    stk_inventory found = STK_INVENTORY_INIT;
    STK_CLEANUP(stk_tree_clear) stk_tree tree = walk(state);
    STK_CLEANUP(stk_freep) char *text = NULL;
    const stk_manifest_head head = {
        .package = "", .version = "", .context = "", .prefix = prefix
    };
    stk_error err = STK_ERROR_INIT;
    size_t length;

    if (stk_inventory_make(&found, &tree, prefix, &err) < 0)
        fail_msg("%s: %s", err.file, err.message);
    for (size_t i = 0; i < n && i < found.n; i++) {
        assert_string_equal(found.rows[i].path, rows[i].path);
        assert_string_equal(found.rows[i].name, rows[i].name);
        assert_int_equal(found.rows[i].kind, rows[i].kind);
    }
    assert_int_equal(found.n, n);
    if (stk_manifest_print(&text, &length, &head, found.rows, found.n, &err) <
        0)
        fail_msg("%s", err.message);
}

static void
test_make__a_package_is_named_by_its_folder(void **state)
{
    static const row rows[] = {
        { P, "shop", "__init__.py" },
        { M, "shop.cart", "cart.py" },
        { X, "shop.fast", "fast.cpython-311-x86_64-linux-gnu.so" },
        { M, "shop.fast", "fast.py" },
        { D, "", "py.typed" },
        { P, "shop.tools", "tools/__init__.py" },
        { M, "shop.tools.x", "tools/x.py" },
    };

    grow(state, "__init__.py", "");
    grow(state, "cart.py", "");
    grow(state, "fast.py", "");
    grow(state, "fast.cpython-311-x86_64-linux-gnu.so", "");
    grow(state, "py.typed", "");
    grow(state, "tools/__init__.py", "");
    grow(state, "tools/x.py", "");
    grow(state, "STOCKADE.code/cpython-311/cart.code", "");
    assert_rows(state, "shop", rows, UNIT_COUNT(rows));
}

static void
test_make__a_folder_of_the_path_has_top_level_names(void **state)
{
    static const row rows[] = {
        { D, "", "__init__.py" },
        { M, "six", "six.py" },
        { N, "spaces", "spaces" },
        { N, "spaces.deep", "spaces/deep" },
        { M, "spaces.deep.x", "spaces/deep/x.py" },
        { D, "", "text" },
    };

    grow(state, "__init__.py", "");
    grow(state, "six.py", "");
    grow(state, "spaces/deep/x.py", "");
    grow(state, "text", "");
    assert_rows(state, "", rows, UNIT_COUNT(rows));
}

static void
test_make__folders_of_data_are_namespaces_where_named_so(void **state)
{
    static const row rows[] = {
        { P, "shop", "__init__.py" },  { D, "", "dist-info/a.py" },
        { D, "", "dist-info/b/c.py" }, { N, "shop.texts", "texts" },
        { D, "", "texts/a.txt" },
    };

    grow(state, "__init__.py", "");
    grow(state, "texts/a.txt", "");
    grow(state, "dist-info/a.py", "");
    grow(state, "dist-info/b/c.py", "");
    assert_int_equal(mkdir(unit_path(state, "empty"), 0755), 0);
    assert_int_equal(mkdir(unit_path(state, "texts/empty"), 0755), 0);
    assert_rows(state, "shop", rows, UNIT_COUNT(rows));
}

/* CPython takes the package before the module, the module before a folder
 * that is no package. */
static void
test_make__what_no_import_reaches_is_data(void **state)
{
    static const row rows[] = {
        { P, "a", "a/__init__.py" },
        { D, "", "a.cpython-311.so" },
        { D, "", "a.py" },
        { D, "", "b/c.py" },
        { D, "", "b/d/__init__.py" },
        { M, "b", "b.py" },
        { D, "", "e/f.py" },
        { X, "e", "e.abi3.so" },
    };

    grow(state, "a/__init__.py", "");
    grow(state, "a.py", "");
    grow(state, "a.cpython-311.so", "");
    grow(state, "b.py", "");
    grow(state, "b/c.py", "");
    grow(state, "b/d/__init__.py", "");
    grow(state, "e.abi3.so", "");
    grow(state, "e/f.py", "");
    assert_rows(state, "", rows, UNIT_COUNT(rows));
}

static void
assert_refused(void **state, const char *prefix, const char *file,
               const char *message)
{
    STK_CLEANUP(stk_tree_clear) stk_tree tree = walk(state);
    stk_inventory found = STK_INVENTORY_INIT;
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_inventory_make(&found, &tree, prefix, &err),
                     -STK_E_INVALID);
    assert_string_equal(err.file, file);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
    assert_null(found.rows);
}

static void
test_make__a_link_cannot_be_signed(void **state)
{
    assert_int_equal(symlink("a", unit_path(state, "b")), 0);
    assert_refused(state, "", "b", "is a link");
}

static void
test_make__a_fifo_cannot_be_signed(void **state)
{
    assert_int_equal(mkfifo(unit_path(state, "b"), 0600), 0);
    assert_refused(state, "", "b", "is neither file nor folder");
}

static void
test_make__a_package_has_an_init(void **state)
{
    grow(state, "a.py", "");
    assert_refused(state, "shop", "", "has no __init__.py");
}

typedef struct watched {
    unsigned calls;
    uint64_t done, total;
} watched;

static void
count_calls(void *payload, uint64_t done, uint64_t total)
{
    watched *w = payload;

    assert_true(done >= w->done);
    w->calls++;
    w->done = done;
    w->total = total;
}

static void
test_digest__reads_every_file(void **state)
{
    STK_CLEANUP(stk_inventory_clear)
    stk_inventory found = STK_INVENTORY_INIT;
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;
    unsigned char expected[STK_DIGEST_BYTES];
    watched seen = { 0, 0, 0 };
    const stk_tree_watch watch = { count_calls, &seen, NULL };
    stk_error err = STK_ERROR_INIT;

    grow(state, "a/b.py", "abc");
    grow(state, "c", "defg");
    tree = walk(state);
    grow(state, "c", "de"); /* meanwhile */
    assert_int_equal(stk_inventory_make(&found, &tree, "", &err), 0);
    assert_int_equal(stk_inventory_digest(&found, &tree, &watch, &err), 0);
    assert_int_equal(found.n, 3);
    stk_digest_memory(expected, "abc", 3);
    assert_memory_equal(found.rows[1].digest, expected, sizeof expected);
    stk_digest_memory(expected, "de", 2);
    assert_memory_equal(found.rows[2].digest, expected, sizeof expected);
    assert_int_equal(found.rows[2].size, 2);
    assert_int_equal(seen.calls, 3);
    assert_true(seen.done == seen.total);
    assert_int_equal(unlink(unit_path(state, "c")), 0);
    assert_int_equal(stk_inventory_digest(&found, &tree, NULL, &err),
                     -STK_E_IO);
}

static bool
ends(void)
{
    return true;
}

static void
test_digest__ends_where_it_is_told_to(void **state)
{
    STK_CLEANUP(stk_inventory_clear)
    stk_inventory found = STK_INVENTORY_INIT;
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;
    watched seen = { 0, 0, 0 };
    const stk_tree_watch watch = { count_calls, &seen, ends };
    stk_error err = STK_ERROR_INIT;

    grow(state, "a.py", "abc");
    tree = walk(state);
    assert_int_equal(stk_inventory_make(&found, &tree, "", &err), 0);
    assert_int_equal(stk_inventory_digest(&found, &tree, &watch, &err),
                     -STK_E_IO);
    assert_string_equal(err.message, "interrupted");
    assert_int_equal(seen.calls, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_make__a_package_is_named_by_its_folder),
        unit_test_in_folder(
            test_make__a_folder_of_the_path_has_top_level_names),
        unit_test_in_folder(
            test_make__folders_of_data_are_namespaces_where_named_so),
        unit_test_in_folder(test_make__what_no_import_reaches_is_data),
        unit_test_in_folder(test_make__a_link_cannot_be_signed),
        unit_test_in_folder(test_make__a_fifo_cannot_be_signed),
        unit_test_in_folder(test_make__a_package_has_an_init),
        unit_test_in_folder(test_digest__reads_every_file),
        unit_test_in_folder(test_digest__ends_where_it_is_told_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
