/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest of what lies in a tree, with the code of each module. */
#include "cli/tree_manifest.h"

#include "base/file.h"
#include "grow.h"
#include "trust/compare.h"

static const char *const pythons[] = { UNIT_PYTHON };

static const stk_manifest_head no_head = {
    .package = "", .version = "", .context = "", .prefix = ""
};

static cli_tree_made
make(void **state, const char *folder, const cli_tree *given)
{
    cli_tree tree = *given;
    cli_tree_made made;
    stk_error err = STK_ERROR_INIT;

    tree.path = unit_path(state, folder);
    if (cli_tree_make(&made, &tree, &err) < 0)
        fail_msg("%s: %s", err.file, err.message);
    assert_int_equal(strlen(made.text), made.length);
    free(made.text);
    return made;
}

static stk_manifest *
read_manifest(void **state, const char *folder)
{
    STK_CLEANUP(stk_file_clear) stk_file file = { 0 };
    char path[PATH_MAX];
    stk_manifest *manifest = NULL;

    snprintf(path, sizeof path, "%s/" STK_MANIFEST_FILE, folder);
    assert_int_equal(
        stk_file_read(&file, unit_path(state, path), STK_MANIFEST_MAX, NULL),
        0);
    assert_int_equal(
        stk_manifest_parse(&manifest, file.data, file.length, "m", NULL), 0);
    return manifest;
}

static size_t
count_differences(void **state, const char *folder, const stk_manifest *m)
{
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;
    const stk_compare how = { NULL, NULL, NULL };
    size_t n = 99;

    assert_int_equal(stk_tree_walk(&tree, unit_path(state, folder), NULL), 0);
    assert_int_equal(stk_tree_compare(&n, &tree, m, &how, NULL), 0);
    return n;
}

static void
test_make__is_of_exactly_this_tree(void **state)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = NULL;
    cli_tree tree = { .head = no_head, .pythons = pythons, .n_pythons = 1 };
    cli_tree_made made;

    tree.head.prefix = "shop";
    grow(state, "shop/__init__.py", "");
    grow(state, "shop/cart.py", "def add(a):\n    return a\n");
    grow(state, "shop/data/x.txt", "x");
    made = make(state, "shop", &tree);
    assert_int_equal(made.files, 3);
    assert_int_equal(made.modules, 3);
    assert_int_equal(made.codes, 2);
    assert_int_equal(made.compiled, 2);
    assert_int_equal(made.uncompiled, 0);
    m = read_manifest(state, "shop");
    assert_int_equal(count_differences(state, "shop", m), 0);
    assert_int_equal(m->n_rows, 4);
    assert_int_equal(stk_manifest_find_path(m, "cart.py")->n_codes, 1);
    assert_int_equal(stk_manifest_find_path(m, "data/x.txt")->n_codes, 0);
}

static void
test_make__again_gives_the_same_bytes(void **state)
{
    STK_CLEANUP(stk_file_clear) stk_file one = { 0 };
    STK_CLEANUP(stk_file_clear) stk_file other = { 0 };
    const cli_tree tree = {
        .head = no_head, .pythons = pythons, .n_pythons = 1, .optimisations = 7
    };

    grow(state, "a/x.py",
         "y = {'a', 'b', 'c', 'd'}\n"
         "def f(z): return z in {'a', 'b', 'c', 'd'}\n");
    grow(state, "b/x.py",
         "y = {'a', 'b', 'c', 'd'}\n"
         "def f(z): return z in {'a', 'b', 'c', 'd'}\n");
    assert_int_equal(make(state, "a", &tree).codes, 3);
    make(state, "b", &tree);
    make(state, "b", &tree); /* over its own */
    assert_int_equal(stk_file_read(&one,
                                   unit_path(state, "a/" STK_MANIFEST_FILE),
                                   STK_MANIFEST_MAX, NULL),
                     0);
    assert_int_equal(stk_file_read(&other,
                                   unit_path(state, "b/" STK_MANIFEST_FILE),
                                   STK_MANIFEST_MAX, NULL),
                     0);
    assert_string_equal(one.data, other.data);
}

static void
test_make__nothing_of_the_tree_runs(void **state)
{
    const cli_tree tree = { .head = no_head,
                            .pythons = pythons,
                            .n_pythons = 1 };
    char *text = NULL;

    assert_true(
        asprintf(&text, "open(r'%s', 'w')\n", unit_path(state, "ran")) > 0);
    grow(state, "t/sitecustomize.py", text);
    grow(state, "t/marshal.py", text);
    grow(state, "t/encodings/__init__.py", text);
    grow(state, "t/x.py", text);
    free(text);
    assert_int_equal(chdir(unit_path(state, "t")), 0);
    assert_int_equal(make(state, "t", &tree).codes, 4);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(access(unit_path(state, "ran"), F_OK), -1);
    assert_int_equal(access(unit_path(state, "t/__pycache__"), F_OK), -1);
}

static void
test_make__what_does_not_compile_has_no_code(void **state)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = NULL;
    const cli_tree tree = { .head = no_head,
                            .pythons = pythons,
                            .n_pythons = 1 };
    cli_tree_made made;

    grow(state, "t/bad.py", "def def\n");
    grow(state, "t/good.py", "");
    made = make(state, "t", &tree);
    assert_int_equal(made.codes, 1);
    assert_int_equal(made.uncompiled, 1);
    m = read_manifest(state, "t");
    assert_int_equal(stk_manifest_find_path(m, "bad.py")->n_codes, 0);
    assert_int_equal(count_differences(state, "t", m), 0);
}

static void
test_make__one_code_a_tag(void **state)
{
    static const char *const twice[] = { UNIT_PYTHON, UNIT_PYTHON };
    const cli_tree tree = { .head = no_head,
                            .pythons = twice,
                            .n_pythons = 2 };

    grow(state, "t/x.py", "");
    assert_int_equal(make(state, "t", &tree).codes, 1);
}

static void
test_make__no_python_is_no_code(void **state)
{
    const cli_tree tree = { .head = no_head };

    grow(state, "t/x.py", "");
    grow(state, "t/STOCKADE.code/old.code", "");
    assert_int_equal(make(state, "t", &tree).codes, 0);
    assert_int_equal(access(unit_path(state, "t/STOCKADE.code"), F_OK), -1);
}

static void
assert_unmade(const cli_tree *tree, const char *file, const char *message)
{
    cli_tree_made made;
    stk_error err = STK_ERROR_INIT;

    assert_true(cli_tree_make(&made, tree, &err) < 0);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
    if (file)
        assert_string_equal(err.file, file);
}

static void
test_make__a_failure_leaves_what_was_there(void **state)
{
    static const char *const none[] = { "/nonexistent/python" };
    char path[PATH_MAX];
    cli_tree tree = { .head = no_head, .path = path };

    strcpy(path, unit_path(state, "t"));
    grow(state, "t/x.py", "");
    grow(state, "t/" STK_MANIFEST_FILE, "old");
    grow(state, "t/STOCKADE.code/old.code", "old");
    tree.pythons = none;
    tree.n_pythons = 1;
    assert_unmade(&tree, NULL, "/nonexistent/python");
    tree.n_pythons = 0;
    tree.head.version = "1 2";
    assert_unmade(&tree, STK_MANIFEST_FILE, "version is a word");
    tree.head.version = "";
    assert_int_equal(symlink("x.py", unit_path(state, "t/link")), 0);
    assert_unmade(&tree, "link", "is a link");
    assert_int_equal(
        access(unit_path(state, "t/STOCKADE.code/old.code"), F_OK), 0);
    assert_int_equal(access(unit_path(state, "t/STOCKADE.code.new"), F_OK),
                     -1);
}

static void
test_make__says_that_there_is_no_tree(void **state)
{
    cli_tree tree = { .head = no_head, .path = unit_path(state, "none") };

    assert_unmade(&tree, tree.path, "No such file");
    tree.path = unit_write(state, "file", "", 0);
    assert_unmade(&tree, tree.path, "Not a directory");
}

static void
assert_prefix(void **state, const char *path, const char *root,
              const char *expected)
{
    char prefix[STK_NAMING_MAX + 1];
    stk_error err = STK_ERROR_INIT;

    if (cli_tree_prefix(prefix, unit_path(state, path),
                        root ? unit_path(state, root) : NULL, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(prefix, expected);
}

static void
test_prefix__a_package_is_named_by_its_folder(void **state)
{
    grow(state, "shop/__init__.py", "");
    grow(state, "shop/tools/__init__.py", "");
    grow(state, "lib/six.py", "");
    assert_prefix(state, "shop", NULL, "shop");
    assert_prefix(state, "shop/", NULL, "shop");
    assert_prefix(state, "shop/../shop/.", NULL, "shop");
    assert_prefix(state, "lib", NULL, "");
    assert_prefix(state, "shop/tools", NULL, "tools");
    assert_prefix(state, "shop/tools", "", "shop.tools");
    assert_prefix(state, "shop", "", "shop");
    assert_prefix(state, "shop", "shop", "");
    assert_prefix(state, "shop/tools", "/", "shop.tools");
    assert_int_equal(symlink("shop", unit_path(state, "link")), 0);
    assert_prefix(state, "link", NULL, "shop");
}

static void
assert_no_prefix(void **state, const char *path, const char *root,
                 const char *message)
{
    char prefix[STK_NAMING_MAX + 1];
    stk_error err = STK_ERROR_INIT;

    assert_true(cli_tree_prefix(prefix, unit_path(state, path),
                                root ? unit_path(state, root) : NULL,
                                &err) < 0);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
}

static void
test_prefix__says_what_has_no_name(void **state)
{
    grow(state, "shop-1.0/__init__.py", "");
    grow(state, "shop-1/__init__.py", "");
    grow(state, "shopping/x", "");
    assert_no_prefix(state, "shop-1.0", NULL, "a name that no module has");
    assert_no_prefix(state, "shop-1", NULL, "a name that no module has");
    assert_no_prefix(state, "none", NULL, "No such file");
    assert_no_prefix(state, "shop-1", "none", "No such file");
    assert_no_prefix(state, "shopping", "shop-1", "not below the root");
    assert_int_equal(mkdir(unit_path(state, "shop"), 0755), 0);
    assert_no_prefix(state, "shopping", "shop", "not below the root");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_make__is_of_exactly_this_tree),
        unit_test_in_folder(test_make__again_gives_the_same_bytes),
        unit_test_in_folder(test_make__nothing_of_the_tree_runs),
        unit_test_in_folder(test_make__what_does_not_compile_has_no_code),
        unit_test_in_folder(test_make__one_code_a_tag),
        unit_test_in_folder(test_make__no_python_is_no_code),
        unit_test_in_folder(test_make__a_failure_leaves_what_was_there),
        unit_test_in_folder(test_make__says_that_there_is_no_tree),
        unit_test_in_folder(test_prefix__a_package_is_named_by_its_folder),
        unit_test_in_folder(test_prefix__says_what_has_no_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
