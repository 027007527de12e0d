/* SPDX-License-Identifier: Apache-2.0 */
/* One row, and rows that cannot be in one tree. */
#include "trust/manifest_rows.h"

#include "manifest_text.h"

/* A tree of one row. */
#define ONE(row)  HEAD("-", "1", "0") row "\nend 1\n"
#define TWO(a, b) HEAD("-", "2", "0") a "\n" b "\nend 2\n"

#define M_A "m a a.py 0 " ZEROS

static void
assert_taken(const char *text)
{
    stk_manifest_free(parse_good(text));
}

static void
test_number__is_written_one_way(void **state)
{
    static const char *const bad[] = {
        "",   "00",  "01", " 1",  "1 ", "-1",
        "+1", "0x1", "3",  "255", "a",  "5555555555555555555555"
    };
    uint64_t value;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        if (stk_manifest_number(bad[i], 2, &value))
            fail_msg("%s", bad[i]);
    assert_true(stk_manifest_number("0", 0, &value));
    assert_true(
        stk_manifest_number("18446744073709551615", UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_false(
        stk_manifest_number("18446744073709551616", UINT64_MAX, &value));
    assert_false(
        stk_manifest_number("36893488147419103232", UINT64_MAX, &value));
}

static void
test_row__has_its_columns(void **state)
{
    (void)state;
    assert_taken(ONE(M_A));
    assert_taken(ONE(M_A " " CODE_311));
    assert_malformed(ONE("m a a.py 0"), 11, "too few columns");
    assert_malformed(ONE("m a a.py " ZEROS), 11, "too few columns");
    assert_malformed(ONE("m a a.py 00 " ZEROS), 11, "is no size");
    assert_malformed(ONE("m a a.py -1 " ZEROS), 11, "is no size");
    assert_malformed(ONE("m a a.py 0 " ZEROS "0"), 11, "is no digest");
    assert_malformed(ONE("m a a.py 0 0000"), 11, "is no digest");
    assert_malformed(ONE("m a a.py 0 -"), 11, "is no digest");
    assert_malformed(ONE("m a a.py 0 ABCD" ZEROS), 11, "is no digest");
    assert_malformed(ONE("m  a a.py 0 " ZEROS), 11, "has no name");
    assert_malformed(ONE("d  a 0 " ZEROS), 11, "has no name");
    assert_malformed(ONE(" " M_A), 11, "is no kind");
    assert_malformed(ONE(M_A " "), 11, "is no code");
    assert_malformed(ONE("q a a.py 0 " ZEROS), 11, "is no kind");
    assert_malformed(ONE("mm a a.py 0 " ZEROS), 11, "is no kind");
    assert_malformed(ONE("n a a 0 " ZEROS), 11, "has no content");
    assert_malformed(ONE("n a a 1 -"), 11, "has no content");
}

static void
test_row__codes_have_one_form(void **state)
{
    static const char *const bad[] = {
        "cpython-311",
        "cpython-311=",
        "=a70d0d0a:0:120:" ABCDS,
        "CPython=a70d0d0a:0:120:" ABCDS,
        "a/b=a70d0d0a:0:120:" ABCDS,
        "..=a70d0d0a:0:120:" ABCDS,
        "cpython-311=a70d0d:0:120:" ABCDS,
        "cpython-311=a70d0d0a0a:0:120:" ABCDS,
        "cpython-311=A70D0D0A:0:120:" ABCDS,
        "cpython-311=a70d0d0a:3:120:" ABCDS,
        "cpython-311=a70d0d0a::120:" ABCDS,
        "cpython-311=a70d0d0a:0:67108865:" ABCDS,
        "cpython-311=a70d0d0a:0:120:" ABCDS ":",
        "cpython-311=a70d0d0a:0:120:" ABCDS "=",
        "cpython-311=a70d0d0a:0:120:",
        "cpython-311=a70d0d0a:0:120",
        "cpython-311:a70d0d0a:0:120:" ABCDS,
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        char *text = NULL;

        assert_true(asprintf(&text, HEAD("-", "1", "0") M_A " %s\nend 1\n",
                             bad[i]) > 0);
        assert_malformed(text, 11, "is no code");
        free(text);
    }
    assert_malformed(ONE(M_A " " CODE_313 " " CODE_311), 11, "not sorted");
    assert_malformed(ONE(M_A " " CODE_311 " " CODE_311), 11, "not sorted");
    /* one code a Python: another magic number for the tag is no second one */
    assert_malformed(ONE(M_A " " CODE_311 " cpython-311=a80d0d0a:0:1:" ZEROS),
                     11, "not sorted");
    assert_taken(ONE(M_A " " CODE_311 " cpython-311=a70d0d0a:1:1:" ZEROS));
    assert_malformed(ONE("x a a.so 0 " ZEROS " " CODE_311), 11, "have code");
    assert_malformed(ONE("d - a 0 " ZEROS " " CODE_311), 11, "have code");
    assert_malformed(ONE("n a a 0 - " CODE_311), 11, "have code");
}

static void
test_row__paths_do_not_escape(void **state)
{
    static const char *const bad[] = {
        "../x.py",
        "/abs",
        "a//b",
        "a/./b",
        "./a",
        "a/",
        "..",
        ".",
        "a\\b",
        "a%20",
        "%20a",
        "a%00b",
        "a%0Ab",
        "a%5Cb",
        "a%2Fb",
        "a%2E%2E",
        "%41",
        "a%C3%A",
        "a%c3%a9",
        "a%FF",
        "a%",
        "a%4",
        "a%zz",
        "a%20/b",
        "__pycache__/a.pyc",
        "b/__pycache__/a",
        "STOCKADE.manifest",
        "STOCKADE.code/a",
        ".git/config",
        "a%7F",
        "a%25%",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        char *text = NULL;

        assert_true(asprintf(&text,
                             HEAD("-", "1", "0") "d - %s 0 " ZEROS "\nend 1\n",
                             bad[i]) > 0);
        assert_malformed(text, 11, "is no path");
        free(text);
    }
    assert_taken(ONE("d - caf%C3%A9/a%20b%25%3D 0 " ZEROS));
    assert_malformed(ONE("d -  0 " ZEROS), 11, "is no path");
    /* shown as it is written, not as far as it was read */
    assert_malformed(ONE("d - %1B%5B31m 0 " ZEROS), 11,
                     "\"%1B%5B31m\" is no path");
}

static void
test_row__name_kind_and_path_belong_together(void **state)
{
    static const char *const bad[] = {
        "m a b.py",
        "m a a/__init__.py",
        "p a a.py",
        "x a a.py",
        "m json shop.py",
        "d a a.txt",
        "m - a.py",
        "n - a",
        "m a.b a.b.py",
        "m a A.py",
        "m a a.pyc",
        "m \"a\" \"a\".py",
        "m a-b a-b.py",
        "p __init__ __init__.py",
        "m __init__ __init__.py",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        char *text = NULL;

        assert_true(asprintf(&text, HEAD("-", "1", "0") "%s 0 %s\nend 1\n",
                             bad[i], bad[i][0] == 'n' ? "-" : ZEROS) > 0);
        assert_malformed(text, 11, "is not where");
        free(text);
    }
}

static void
test_tree__no_rows_are_equal_but_for_their_case(void **state)
{
    (void)state;
    assert_malformed(TWO("m JSON JSON.py 0 " ZEROS, "m json json.py 0 " ZEROS),
                     0, "\"JSON.py\" and \"json.py\" are equal but");
    assert_malformed(TWO("d - A 0 " ZEROS, "d - a 0 " ZEROS), 0, "their case");
    assert_malformed(TWO("d - A/b 0 " ZEROS, "d - a/c 0 " ZEROS), 0,
                     "their case");
    assert_malformed(
        TWO("x Fast Fast.so 0 " ZEROS, "x fast fast.abi3.so 0 " ZEROS), 0,
        "their case");
    assert_malformed(TWO("d - A/b 0 " ZEROS, "n a a 0 -"), 0, "their case");
    assert_taken(TWO("d - a-b 0 " ZEROS, "d - a/b 0 " ZEROS));
    assert_taken(TWO("d - a/B 0 " ZEROS, "d - b/b 0 " ZEROS));
}

static void
test_tree__a_file_is_no_folder(void **state)
{
    (void)state;
    assert_malformed(TWO("d - a 0 " ZEROS, "d - a/b 0 " ZEROS), 0,
                     "a file and a folder");
    assert_malformed(TWO("d - A 0 " ZEROS, "d - a/b 0 " ZEROS), 0,
                     "a file and a folder");
    assert_malformed(TWO("d - a 0 " ZEROS, "n a a 0 -"), 0, "their case");
    assert_taken(TWO("d - a/b 0 " ZEROS, "n a a 0 -"));
}

static void
test_tree__a_module_is_one_thing(void **state)
{
    (void)state;
    assert_malformed(TWO(M_A, "p a a/__init__.py 0 " ZEROS), 0,
                     "are one module");
    assert_malformed(TWO("n a a 0 -", M_A), 0, "are one module");
    assert_malformed(TWO("x a a.so 0 " ZEROS, "p a a/__init__.py 0 " ZEROS), 0,
                     "are one module");
    assert_taken(TWO(M_A, "x a a.so 0 " ZEROS));
}

static void
test_tree__a_module_is_in_a_package_of_the_tree(void **state)
{
    (void)state;
    assert_malformed(ONE("m a.b a/b.py 0 " ZEROS), 0, "has no package");
    assert_malformed(TWO("m a a.py 0 " ZEROS, "m a.b a/b.py 0 " ZEROS), 0,
                     "has no package");
    assert_malformed(TWO("m b b.py 0 " ZEROS, "n a.b a/b 0 -"), 12,
                     "not behind");
    assert_taken(TWO("n a a 0 -", "m a.b a/b.py 0 " ZEROS));
    assert_malformed(HEAD("shop", "1", "0") "m shop.a a.py 0 " ZEROS
                                            "\nend 1\n",
                     0, "has no package");
    assert_taken(HEAD("shop.x", "1", "0") "p shop.x __init__.py 0 " ZEROS
                                          "\nend 1\n");
    assert_taken(HEAD("shop", "1", "0") "d - a.py 0 " ZEROS "\nend 1\n");
}

static void
test_fold__puts_a_folder_before_what_is_not_in_it(void **state)
{
    (void)state;
    assert_int_equal(stk_manifest_fold("Ab/C", "aB/c"), 0);
    assert_true(stk_manifest_fold("a/z", "a-b") < 0);
    assert_true(stk_manifest_fold("a", "a/b") < 0);
    assert_true(stk_manifest_fold("b", "a/b") > 0);
    assert_true(stk_manifest_fold("\xc3\xa9", "a") > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number__is_written_one_way),
        cmocka_unit_test(test_row__has_its_columns),
        cmocka_unit_test(test_row__codes_have_one_form),
        cmocka_unit_test(test_row__paths_do_not_escape),
        cmocka_unit_test(test_row__name_kind_and_path_belong_together),
        cmocka_unit_test(test_tree__no_rows_are_equal_but_for_their_case),
        cmocka_unit_test(test_tree__a_file_is_no_folder),
        cmocka_unit_test(test_tree__a_module_is_one_thing),
        cmocka_unit_test(test_tree__a_module_is_in_a_package_of_the_tree),
        cmocka_unit_test(test_fold__puts_a_folder_before_what_is_not_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
