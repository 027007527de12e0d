/* SPDX-License-Identifier: Apache-2.0 */
/* Names and paths of a signed tree, and how one follows from the other. */
#include "trust/naming.h"

#include "unit.h"

static void
test_is_name__is_labels_joined_by_dots(void **state)
{
    static const char *const good[] = { "a",
                                        "shop",
                                        "shop.cart",
                                        "_a._b",
                                        "migrations.0001_initial",
                                        "shop.__main__",
                                        "_sysconfigdata__linux_x86_64-linux-"
                                        "gnu" };
    static const char *const bad[] = {
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "a b",
        "a\n",
        "a/b",
        "a-b",
        "a\\b",
        "../a",
        " a",
        "caf\xc3\xa9",
        "\xef\xac\x81le",
        "a\xe2\x80\x8b",
        "a.__init__",
        "__pycache__",
        "a.__pycache__.b",
        "_sysconfigdata_a b",
        "_sysconfig-a",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(good); i++)
        if (!stk_naming_is_name(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        if (stk_naming_is_name(bad[i]))
            fail_msg("%s", bad[i]);
}

static void
test_is_name__has_an_end(void **state)
{
    char name[STK_NAMING_MAX + 2];

    (void)state;
    memset(name, 'a', sizeof name);
    name[STK_NAMING_MAX] = '\0';
    assert_true(stk_naming_is_name(name));
    name[STK_NAMING_MAX] = 'a';
    name[STK_NAMING_MAX + 1] = '\0';
    assert_false(stk_naming_is_name(name));
    for (size_t i = 0; i < 2 * STK_NAMING_LABELS_MAX; i++)
        name[i] = i % 2 ? '.' : 'a';
    name[2 * STK_NAMING_LABELS_MAX - 1] = '\0';
    assert_true(stk_naming_is_name(name));
    memcpy(name + 2 * STK_NAMING_LABELS_MAX - 1, ".a", 3);
    assert_false(stk_naming_is_name(name));
}

static void
test_is_path__stays_in_the_tree(void **state)
{
    static const char *const good[] = { "a.py",
                                        "a/b.py",
                                        "a/...",
                                        "a b/c d.txt",
                                        "caf\xc3\xa9.txt",
                                        "a/STOCKADE.manifest",
                                        ".gitignore",
                                        "STOCKADE.manifest.old",
                                        "100%" };
    static const char *const bad[] = {
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "./a",
        "a/./b",
        "a/.",
        "..",
        "../x.py",
        "a/../b",
        "a\\b",
        "a\nb",
        "a\x7f",
        " a",
        "a ",
        "a /b",
        "a/ b",
        "\xff.py",
        "a/__pycache__/b.pyc",
        ".git/config",
        "a/.hg/x",
        "STOCKADE.manifest",
        "STOCKADE.code/a",
        "STOCKADE.manifest.minisig",
        "STOCKADE.manifest.minisig.2",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(good); i++)
        if (!stk_naming_is_path(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        if (stk_naming_is_path(bad[i]))
            fail_msg("%s", bad[i]);
}

static void
test_is_path__has_an_end(void **state)
{
    char path[4 * STK_NAMING_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof path; i++)
        path[i] = i % 200 == 199 ? '/' : 'a';
    path[STK_NAMING_MAX] = '\0';
    assert_true(stk_naming_is_path(path));
    path[STK_NAMING_MAX] = 'a';
    path[STK_NAMING_MAX + 1] = '\0';
    assert_false(stk_naming_is_path(path));
    memset(path, 'a', 256);
    path[256] = '\0'; /* no file system has such a name */
    assert_false(stk_naming_is_path(path));
}

static void
test_passed_over__is_little_more_than_our_own(void **state)
{
    (void)state;
    assert_true(stk_naming_is_passed_over("__pycache__", false));
    assert_true(stk_naming_is_passed_over(".git", false));
    assert_true(stk_naming_is_passed_over("STOCKADE.manifest", true));
    assert_true(stk_naming_is_passed_over("STOCKADE.manifest.minisig", true));
    assert_true(
        stk_naming_is_passed_over("STOCKADE.manifest.minisig.9", true));
    assert_true(stk_naming_is_passed_over("STOCKADE.code", true));
    assert_true(stk_naming_is_passed_over("STOCKADE.code.new", true));
    assert_false(stk_naming_is_passed_over("STOCKADE.manifest", false));
    assert_false(stk_naming_is_passed_over("STOCKADE.code", false));
    assert_false(stk_naming_is_passed_over("STOCKADE.code.new", false));
    assert_false(stk_naming_is_passed_over("STOCKADE.code.newer", true));
    assert_false(
        stk_naming_is_passed_over("STOCKADE.manifest.minisig.1", true));
    assert_false(
        stk_naming_is_passed_over("STOCKADE.manifest.minisig.10", true));
    assert_false(
        stk_naming_is_passed_over("STOCKADE.manifest.minisig.py", true));
    assert_false(stk_naming_is_passed_over("STOCKADE.manifest.py", true));
    assert_false(stk_naming_is_passed_over(".gitignore", false));
}

typedef struct place {
    enum stk_kind kind;
    const char *name, *path, *prefix;
} place;

static void
test_fits__name_kind_and_path_are_of_each_other(void **state)
{
    static const place good[] = {
        { STK_KIND_MODULE, "shop.cart", "shop/cart.py", "" },
        { STK_KIND_MODULE, "shop.cart", "cart.py", "shop" },
        { STK_KIND_MODULE, "a.b.c.d", "c/d.py", "a.b" },
        { STK_KIND_PACKAGE, "shop", "__init__.py", "shop" },
        { STK_KIND_PACKAGE, "shop.x", "x/__init__.py", "shop" },
        { STK_KIND_PACKAGE, "shop", "shop/__init__.py", "" },
        { STK_KIND_NAMESPACE, "shop.x", "x", "shop" },
        { STK_KIND_EXTENSION, "shop.fast", "fast.so", "shop" },
        { STK_KIND_EXTENSION, "shop.fast", "fast.abi3.so", "shop" },
        { STK_KIND_EXTENSION, "fast", "fast.cpython-311-x86_64-linux-gnu.so",
          "" },
        { STK_KIND_DATA, "", "a/b.txt", "shop" },
        { STK_KIND_DATA, "", "cart.py", "shop" },
    };
    static const place bad[] = {
        { STK_KIND_MODULE, "shop.cart", "shop/cart.py", "shop" },
        { STK_KIND_MODULE, "json", "cart.py", "" },
        { STK_KIND_MODULE, "shop", "shop/__init__.py", "" },
        { STK_KIND_MODULE, "shop", ".py", "shop" },
        { STK_KIND_MODULE, "shopping.cart", "cart.py", "shop" },
        { STK_KIND_MODULE, "other.cart", "cart.py", "shop" },
        { STK_KIND_MODULE, "cart", "cart.py", "shop" },
        { STK_KIND_MODULE, "cart", "../cart.py", "" },
        { STK_KIND_MODULE, "cart", "cart.pyc", "" },
        { STK_KIND_MODULE, "cart", "Cart.py", "" },
        { STK_KIND_PACKAGE, "shop", "shop.py", "" },
        { STK_KIND_PACKAGE, "", "__init__.py", "" },
        { STK_KIND_NAMESPACE, "shop", "shop/__init__.py", "" },
        { STK_KIND_NAMESPACE, "shop", "", "shop" },
        { STK_KIND_NAMESPACE, "shop", ".", "shop" },
        { STK_KIND_EXTENSION, "fast", "fast.py", "" },
        { STK_KIND_EXTENSION, "fast", "fast.a.b.so", "" },
        { STK_KIND_EXTENSION, "fast", "fast..so", "" },
        { STK_KIND_EXTENSION, "fast", "faster.so", "" },
        { STK_KIND_DATA, "shop.data", "data", "shop" },
        { STK_KIND_MANIFEST, "shop", "shop.py", "" },
        { (enum stk_kind)0, "shop", "shop.py", "" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(good); i++)
        if (!stk_naming_fits(good[i].kind, good[i].name, good[i].path,
                             good[i].prefix))
            fail_msg("%s %s", good[i].name, good[i].path);
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        if (stk_naming_fits(bad[i].kind, bad[i].name, bad[i].path,
                            bad[i].prefix))
            fail_msg("%s %s", bad[i].name, bad[i].path);
}

static void
test_of__tells_modules_from_data(void **state)
{
    static const place places[] = {
        { STK_KIND_MODULE, "cart", "cart.py", "" },
        { STK_KIND_MODULE, "shop.cart", "cart.py", "shop" },
        { STK_KIND_MODULE, "shop.a.b", "a/b.py", "shop" },
        { STK_KIND_PACKAGE, "shop", "__init__.py", "shop" },
        { STK_KIND_PACKAGE, "a.b", "a/b/__init__.py", "" },
        { STK_KIND_EXTENSION, "shop.f", "f.cpython-38-x86_64-linux-gnu.so",
          "shop" },
        { STK_KIND_DATA, "", "__init__.py", "" },
        { STK_KIND_DATA, "", "__init__.abi3.so", "shop" },
        { STK_KIND_DATA, "", "a-b.py", "shop" },
        { STK_KIND_MODULE, "_sysconfigdata__a-b", "_sysconfigdata__a-b.py",
          "" },
        { STK_KIND_DATA, "", "a.b/c.py", "shop" },
        { STK_KIND_DATA, "", "a.b.py", "shop" },
        { STK_KIND_DATA, "", ".a.py", "shop" },
        { STK_KIND_DATA, "", ".py", "shop" },
        { STK_KIND_DATA, "", "caf\xc3\xa9.py", "shop" },
        { STK_KIND_DATA, "", "a.pyc", "shop" },
        { STK_KIND_DATA, "", "a.pyi", "shop" },
        { STK_KIND_DATA, "", "a", "shop" },
        { STK_KIND_DATA, "", "a.so.1", "shop" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(places); i++) {
        char name[STK_NAMING_MAX + 1];

        assert_int_equal(stk_naming_of(name, places[i].path, places[i].prefix),
                         places[i].kind);
        assert_string_equal(name, places[i].name);
    }
}

static void
test_of__what_is_too_long_is_data(void **state)
{
    char name[STK_NAMING_MAX + 1], path[2 * STK_NAMING_MAX];

    (void)state;
    memset(path, 'a', sizeof path);
    memcpy(path + sizeof path - 4, ".py", 4);
    assert_int_equal(stk_naming_of(name, path, "shop"), STK_KIND_DATA);
    assert_string_equal(name, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_name__is_labels_joined_by_dots),
        cmocka_unit_test(test_is_name__has_an_end),
        cmocka_unit_test(test_is_path__stays_in_the_tree),
        cmocka_unit_test(test_is_path__has_an_end),
        cmocka_unit_test(test_passed_over__is_little_more_than_our_own),
        cmocka_unit_test(test_fits__name_kind_and_path_are_of_each_other),
        cmocka_unit_test(test_of__tells_modules_from_data),
        cmocka_unit_test(test_of__what_is_too_long_is_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
