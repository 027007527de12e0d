/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of code is whole or not there, and stays in its tree. */
#include "cli/tree_code.h"

#include <fcntl.h>

#include "grow.h"

#define CART "STOCKADE.code/cpython-311/shop/cart.code"

static int
open_tree(void **state)
{
    int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static bool
is_there(void **state, const char *name)
{
    struct stat st;

    return lstat(unit_path(state, name), &st) == 0;
}

static void
make_code(int tree, const char *path, const char *text)
{
    cli_code_folder folder = { -1, -1, false };

    assert_int_equal(cli_code_folder_open(&folder, tree, NULL), 0);
    if (path)
        assert_int_equal(
            cli_code_folder_put(&folder, path, text, strlen(text), NULL), 0);
    assert_int_equal(cli_code_folder_commit(&folder, NULL), 0);
    cli_code_folder_clear(&folder);
}

static void
assert_text(void **state, const char *name, const char *expected)
{
    FILE *file = fopen(unit_path(state, name), "re");
    char text[100];
    size_t n;

    assert_non_null(file);
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    assert_string_equal(text, expected);
}

static void
test_commit__replaces_the_old_code(void **state)
{
    int tree = open_tree(state);

    grow(state, "STOCKADE.code/old/x.code", "old");
    make_code(tree, CART, "new");
    assert_text(state, CART, "new");
    assert_false(is_there(state, "STOCKADE.code/old"));
    assert_false(is_there(state, "STOCKADE.code.new"));
    close(tree);
}

static void
test_commit__no_code_is_no_folder(void **state)
{
    int tree = open_tree(state);

    grow(state, "STOCKADE.code/old/x.code", "old");
    make_code(tree, NULL, NULL);
    assert_false(is_there(state, "STOCKADE.code"));
    assert_false(is_there(state, "STOCKADE.code.new"));
    close(tree);
}

static void
test_clear__leaves_the_old_code(void **state)
{
    cli_code_folder folder = { -1, -1, false };
    int tree = open_tree(state);

    grow(state, CART, "old");
    assert_int_equal(cli_code_folder_open(&folder, tree, NULL), 0);
    assert_int_equal(cli_code_folder_put(&folder, CART, "new", 3, NULL), 0);
    cli_code_folder_clear(&folder);
    assert_text(state, CART, "old");
    assert_false(is_there(state, "STOCKADE.code.new"));
    cli_code_folder_clear(&folder);
    close(tree);
}

static void
test_open__removes_what_a_killed_run_left(void **state)
{
    int tree = open_tree(state);

    grow(state, "STOCKADE.code.new/a/b/c.code", "left");
    make_code(tree, CART, "new");
    assert_false(is_there(state, "STOCKADE.code/a"));
    close(tree);
}

/* A tree from elsewhere must not make us write, or remove, elsewhere. */
static void
test_commit__no_link_is_followed(void **state)
{
    int tree;

    grow(state, "outside/precious", "kept");
    assert_int_equal(mkdir(unit_path(state, "tree"), 0755), 0);
    assert_int_equal(
        symlink("../outside", unit_path(state, "tree/STOCKADE.code")), 0);
    assert_int_equal(
        symlink("../outside", unit_path(state, "tree/STOCKADE.code.new")), 0);
    tree = open(unit_path(state, "tree"), O_RDONLY | O_CLOEXEC);
    make_code(tree, CART, "new");
    assert_text(state, "outside/precious", "kept");
    assert_text(state, "tree/" CART, "new");
    assert_false(is_there(state, "outside/cpython-311"));
    close(tree);
}

static void
test_put__says_what_it_cannot_write(void **state)
{
    cli_code_folder folder = { -1, -1, false };
    int tree = open_tree(state);
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(cli_code_folder_open(&folder, tree, NULL), 0);
    assert_int_equal(cli_code_folder_put(&folder, CART, "1", 1, NULL), 0);
    assert_int_equal(cli_code_folder_put(&folder, CART, "2", 1, &err),
                     -STK_E_IO);
    assert_string_equal(err.message, "cannot write: File exists");
    assert_string_equal(err.file, CART);
    cli_code_folder_clear(&folder);
    close(tree);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_commit__replaces_the_old_code),
        unit_test_in_folder(test_commit__no_code_is_no_folder),
        unit_test_in_folder(test_clear__leaves_the_old_code),
        unit_test_in_folder(test_open__removes_what_a_killed_run_left),
        unit_test_in_folder(test_commit__no_link_is_followed),
        unit_test_in_folder(test_put__says_what_it_cannot_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
