/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with all that is below it, and nothing that is not. */
#include "trust/tree.h"

#include "grow.h"

static void
assert_paths(const stk_tree *tree, const char *const *paths)
{
    size_t n = 0;

    for (; paths[n]; n++) {
        assert_true(n < tree->n);
        assert_string_equal(tree->entries[n].path, paths[n]);
    }
    assert_int_equal(tree->n, n);
}

static void
test_walk__lists_a_folder_before_what_is_in_it(void **state)
{
    static const char *const paths[] = { "a",   "a/b",  "a/b/c", "a/d",
                                         "a-b", "a.py", "b",     NULL };
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;

    grow(state, "a.py", "1");
    grow(state, "a-b", "22");
    grow(state, "a/d", "333");
    grow(state, "a/b/c", "4444");
    grow(state, "b", "");
    tree = walk(state);
    assert_paths(&tree, paths);
    assert_int_equal(tree.entries[0].kind, STK_ENTRY_FOLDER);
    assert_int_equal(tree.entries[3].kind, STK_ENTRY_FILE);
    assert_int_equal(tree.entries[3].size, 3);
    assert_int_equal(tree.total, 10);
}

static void
test_walk__an_empty_folder_has_nothing(void **state)
{
    STK_CLEANUP(stk_tree_clear) stk_tree tree = walk(state);

    assert_int_equal(tree.n, 0);
    assert_null(stk_tree_find(&tree, "a"));
}

static void
test_walk__passes_over_our_own_and_caches(void **state)
{
    static const char *const paths[] = { "STOCKADE.code",
                                         "STOCKADE.code/a.code",
                                         "STOCKADE.manifest.py",
                                         "a",
                                         "a/STOCKADE.manifest",
                                         "a/b",
                                         NULL };
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;

    grow(state, "STOCKADE.manifest", "");
    grow(state, "STOCKADE.manifest.minisig", "");
    grow(state, "STOCKADE.manifest.minisig.3", "");
    grow(state, "STOCKADE.manifest.py", "");
    grow(state, "STOCKADE.code/a.code", "");
    grow(state, "__pycache__/a.pyc", "");
    grow(state, "a/__pycache__/a.pyc", "");
    grow(state, "a/STOCKADE.manifest", "");
    grow(state, "a/b", "");
    grow(state, ".git/config", "");
    tree = walk(state);
    assert_paths(&tree, paths);
}

static void
test_walk__follows_no_link(void **state)
{
    static const char *const paths[] = { "dangling", "in", "loop", "out",
                                         NULL };
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;

    assert_int_equal(symlink("/", unit_path(state, "out")), 0);
    assert_int_equal(symlink(".", unit_path(state, "loop")), 0);
    assert_int_equal(symlink("out", unit_path(state, "in")), 0);
    assert_int_equal(symlink("nothing", unit_path(state, "dangling")), 0);
    tree = walk(state);
    assert_paths(&tree, paths);
    for (size_t i = 0; i < tree.n; i++)
        assert_int_equal(tree.entries[i].kind, STK_ENTRY_LINK);
}

static void
test_walk__tells_a_fifo_from_a_file(void **state)
{
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;

    assert_int_equal(mkfifo(unit_path(state, "a"), 0600), 0);
    tree = walk(state);
    assert_int_equal(tree.entries[0].kind, STK_ENTRY_OTHER);
}

static void
assert_unwalked(void **state, int code, const char *message)
{
    stk_tree tree = STK_TREE_INIT;
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_tree_walk(&tree, *state, &err), -code);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
    assert_int_equal(tree.fd, -1);
}

static void
test_walk__is_no_deeper_than_a_manifest(void **state)
{
    char path[400] = "";

    for (unsigned i = 0; i < STK_NAMING_LABELS_MAX; i++)
        strcat(path, "a/");
    strcat(path, "b");
    grow(state, path, "");
    {
        stk_tree tree = walk(state);

        assert_int_equal(tree.n, STK_NAMING_LABELS_MAX + 1);
        stk_tree_clear(&tree);
    }
    path[strlen(path) - 1] = '\0';
    strcat(path, "a/b");
    grow(state, path, "");
    assert_unwalked(state, STK_E_LIMIT, "deeper than a tree may be");
}

static void
test_walk__no_path_is_longer_than_a_manifest_has(void **state)
{
    char path[PATH_MAX] = "";

    for (int i = 0; i < 5; i++) {
        size_t n = strlen(path);

        memset(path + n, 'a', 249);
        path[n + 249] = i < 4 ? '/' : '\0';
        path[n + 250] = '\0';
    }
    grow(state, path, "");
    assert_unwalked(state, STK_E_LIMIT, "too long");
}

static void
test_walk__says_what_it_cannot_open(void **state)
{
    stk_tree tree = STK_TREE_INIT;
    stk_error err = STK_ERROR_INIT;

    grow(state, "a", "");
    assert_int_equal(stk_tree_walk(&tree, unit_path(state, "none"), &err),
                     -STK_E_IO);
    assert_non_null(strstr(err.message, "No such file"));
    assert_int_equal(stk_tree_walk(&tree, unit_path(state, "a"), &err),
                     -STK_E_IO);
    assert_non_null(strstr(err.message, "Not a directory"));
}

static void
test_order__puts_slashes_first(void **state)
{
    static const char *const sorted[] = { "",    "a",     "a/\x01",
                                          "a/b", "a\x01", "a b",
                                          "a-",  "aa",    "a\xff" };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(sorted); i++)
        for (size_t k = 0; k < UNIT_COUNT(sorted); k++) {
            int order = stk_tree_order(sorted[i], sorted[k]);

            assert_true(i < k ? order < 0 : i > k ? order > 0 : order == 0);
        }
}

static void
test_find__finds_each_entry(void **state)
{
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;

    grow(state, "a/b", "");
    grow(state, "a.py", "");
    tree = walk(state);
    for (size_t i = 0; i < tree.n; i++)
        assert_ptr_equal(stk_tree_find(&tree, tree.entries[i].path),
                         &tree.entries[i]);
    assert_null(stk_tree_find(&tree, "b"));
}

static void
test_digest__reads_what_is_there_and_no_link(void **state)
{
    unsigned char digest[STK_DIGEST_BYTES], expected[STK_DIGEST_BYTES];
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;
    stk_error err = STK_ERROR_INIT;
    uint64_t size;

    grow(state, "a/b", "abc");
    assert_int_equal(symlink("b", unit_path(state, "a/c")), 0);
    assert_int_equal(symlink("a", unit_path(state, "d")), 0);
    tree = walk(state);
    stk_digest_memory(expected, "abc", 3);
    assert_int_equal(stk_tree_digest(digest, &size, &tree, "a/b", &err), 0);
    assert_memory_equal(digest, expected, sizeof digest);
    assert_int_equal(size, 3);
    assert_int_equal(stk_tree_digest(digest, &size, &tree, "a/c", &err),
                     -STK_E_IO);
    assert_string_equal(err.message, "is no file any more");
    assert_string_equal(err.file, "a/c");
    assert_int_equal(stk_tree_digest(digest, &size, &tree, "d/b", &err),
                     -STK_E_IO);
    assert_int_equal(stk_tree_digest(digest, &size, &tree, "a", &err),
                     -STK_E_IO);
    assert_int_equal(stk_tree_digest(digest, &size, &tree, "none", &err),
                     -STK_E_IO);
    assert_int_equal(stk_tree_digest(digest, &size, &tree, "../a", &err),
                     -STK_E_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_walk__lists_a_folder_before_what_is_in_it),
        unit_test_in_folder(test_walk__an_empty_folder_has_nothing),
        unit_test_in_folder(test_walk__passes_over_our_own_and_caches),
        unit_test_in_folder(test_walk__follows_no_link),
        unit_test_in_folder(test_walk__tells_a_fifo_from_a_file),
        unit_test_in_folder(test_walk__is_no_deeper_than_a_manifest),
        unit_test_in_folder(test_walk__no_path_is_longer_than_a_manifest_has),
        unit_test_in_folder(test_walk__says_what_it_cannot_open),
        cmocka_unit_test(test_order__puts_slashes_first),
        unit_test_in_folder(test_find__finds_each_entry),
        unit_test_in_folder(test_digest__reads_what_is_there_and_no_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
