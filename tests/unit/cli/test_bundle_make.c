/* SPDX-License-Identifier: Apache-2.0 */
/* A tree becomes a bundle of what an import could reach, and its data. */
#include "cli/bundle_make.h"

#include <sys/stat.h>

#include "trust/bundle_page.h"

#include "unit.h"

static void
put(void **state, const char *path, const char *text)
{
    unit_write(state, path, text, strlen(text));
}

static void
make_folder(void **state, const char *path)
{
    assert_int_equal(mkdir(unit_path(state, path), 0700), 0);
}

static void
make_tree(void **state)
{
    make_folder(state, "shop");
    make_folder(state, "shop/tests");
    make_folder(state, "shop/__pycache__");
    put(state, "shop/__init__.py", "");
    put(state, "shop/cart.py", "total = 1\n");
    put(state, "shop/broken.py", "x = (\n");
    put(state, "shop/list.json", "[]");
    put(state, "shop/tests/__init__.py", "");
    put(state, "shop/__pycache__/cart.cpython-311.pyc", "evil");
}

static cli_bundle_plan
plan_of(const char *tree)
{
    static const char *const pythons[] = { UNIT_PYTHON, UNIT_PYTHON };

    return (cli_bundle_plan){
        .tree = tree,
        .prefix = "",
        .pythons = pythons,
        .n_pythons = 2, /* one and the same */
        .optimisations = 1,
        .about = { .package = "shop", .signed_at = 1800000000 },
    };
}

/* Its rows, on a line each: kind and path, sorted as they are. */
static void
assert_rows(void **state, const cli_bundle_plan *plan, const char *expected)
{
    stk_buffer out = STK_BUFFER_INIT(1u << 20);
    stk_buffer text = STK_BUFFER_INIT(1u << 16);
    stk_error err = STK_ERROR_INIT;
    cli_bundle_made made;
    stk_bundle_header header;
    stk_bundle_row row;

    (void)state;
    if (cli_bundle_make(&out, &made, plan, &err) < 0)
        fail_msg("%s: %s", err.file, err.message);
    assert_int_equal(stk_bundle_header_parse(&header,
                                             (unsigned char *)out.data,
                                             made.header, NULL),
                     0);
    for (unsigned i = 0; i < header.n_rows; i++) {
        stk_bundle_page_row(&row, (unsigned char *)out.data + made.header, i);
        stk_buffer_printf(&text, "%s %s %u\n", stk_kind_name(row.kind),
                          row.path, row.n_codes);
    }
    assert_string_equal(text.data, expected);
    stk_bundle_header_clear(&header);
    stk_buffer_clear(&text);
    stk_buffer_clear(&out);
}

static void
test_make__takes_what_an_import_could_reach_and_data(void **state)
{
    cli_bundle_plan plan = plan_of(*state);

    make_tree(state);
    assert_rows(state, &plan,
                "data shop/list.json 0\n"
                "package shop/__init__.py 1\n"
                "module shop/broken.py 0\n"
                "module shop/cart.py 1\n"
                "package shop/tests/__init__.py 1\n");
}

static void
test_make__leaves_out_what_is_told(void **state)
{
    static const char *const patterns[] = { "tests", "*.json" };
    cli_bundle_plan plan = plan_of(*state);

    make_tree(state);
    plan.excludes = patterns;
    plan.n_excludes = UNIT_COUNT(patterns);
    plan.n_pythons = 0;
    assert_rows(state, &plan,
                "package shop/__init__.py 0\n"
                "module shop/broken.py 0\n"
                "module shop/cart.py 0\n");
}

static void
test_make__a_package_has_paths_from_its_folder_of_sys_path(void **state)
{
    cli_bundle_plan plan = plan_of(NULL);

    make_tree(state);
    plan.tree = unit_path(state, "shop/tests");
    plan.prefix = "shop.tests";
    plan.optimisations = 7;
    assert_rows(state, &plan, "package shop/tests/__init__.py 3\n");
}

static void
test_make__a_library_has_its_extensions_and_no_links(void **state)
{
    const char *library = unit_path(state, "lib");
    cli_bundle_plan plan = plan_of(NULL);
    const char *const pythons[] = { unit_path(state, "python") };
    char *script = NULL;

    make_folder(state, "lib");
    make_folder(state, "lib/lib-dynload");
    put(state, "lib/lib-dynload/_fast.cpython-311-x86_64-linux-gnu.so", "x");
    put(state, "lib/os.py", "");
    assert_int_equal(symlink("os.py", unit_path(state, "lib/link.py")), 0);
    /* a Python that says where its library is and compiles nothing */
    assert_true(
        asprintf(&script,
                 "#!/bin/sh\nprintf 'p\\%03o\\0\\0\\0MAGI3.9\\0tag\\0%s'\n"
                 "cat > /dev/null\n",
                 (unsigned)(12 + strlen(library)), library) > 0);
    put(state, "python", script);
    free(script);
    assert_int_equal(chmod(pythons[0], 0700), 0);
    plan.pythons = pythons;
    plan.n_pythons = 1;
    plan.optimisations = 0;
    assert_rows(state, &plan,
                "extension lib-dynload/"
                "_fast.cpython-311-x86_64-linux-gnu.so 0\n"
                "module os.py 0\n");
}

static void
test_make__says_what_cannot_be_bundled(void **state)
{
    stk_buffer out = STK_BUFFER_INIT(1u << 20);
    cli_bundle_plan plan = plan_of(*state);
    stk_error err = STK_ERROR_INIT;
    cli_bundle_made made;

    assert_true(cli_bundle_make(&out, &made, &plan, &err) < 0);
    assert_string_equal(err.message, "there is nothing to bundle");
    assert_int_equal(symlink("/etc/passwd", unit_path(state, "a.py")), 0);
    assert_true(cli_bundle_make(&out, &made, &plan, &err) < 0);
    assert_non_null(strstr(err.message, "is a link"));
    assert_string_equal(err.file, "a.py");
    plan.tree = unit_path(state, "none");
    assert_true(cli_bundle_make(&out, &made, &plan, &err) < 0);
    assert_non_null(strstr(err.message, "cannot open"));
    stk_buffer_clear(&out);
}

static void
test_excludes__parts_or_whole_paths(void **state)
{
    (void)state;
    assert_true(cli_bundle_excludes("test", "shop/test/a.py"));
    assert_true(cli_bundle_excludes("test", "test"));
    assert_false(cli_bundle_excludes("test", "shop/tests/a.py"));
    assert_true(cli_bundle_excludes("*.pyi", "shop/a.pyi"));
    assert_true(cli_bundle_excludes("shop/test", "shop/test/a.py"));
    assert_false(cli_bundle_excludes("shop/test", "lib/shop/test/a.py"));
    assert_true(cli_bundle_excludes("*/test", "shop/test/a.py"));
    assert_false(cli_bundle_excludes("shop/*.py", "shop/test/a.py"));
    assert_false(cli_bundle_excludes("", "shop"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_make__takes_what_an_import_could_reach_and_data),
        unit_test_in_folder(test_make__leaves_out_what_is_told),
        unit_test_in_folder(
            test_make__a_package_has_paths_from_its_folder_of_sys_path),
        unit_test_in_folder(
            test_make__a_library_has_its_extensions_and_no_links),
        unit_test_in_folder(test_make__says_what_cannot_be_bundled),
        cmocka_unit_test(test_excludes__parts_or_whole_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
