/* SPDX-License-Identifier: Apache-2.0 */
/* The same files give the same bytes; what nobody could read is refused. */
#include "trust/bundle_write.h"

#include "bundled.h"

static void
test_finish__the_order_of_files_does_not_matter(void **state)
{
    stk_bundle_file turned[UNIT_COUNT(bundled_files)];
    size_t n = UNIT_COUNT(turned), header, again;
    stk_buffer one = bundled_build(bundled_files, n, &header), other;

    (void)state;
    for (size_t i = 0; i < n; i++)
        turned[i] = bundled_files[n - 1 - i];
    other = bundled_build(turned, n, &again);
    assert_int_equal(header, again);
    assert_int_equal(one.length, other.length);
    assert_memory_equal(one.data, other.data, one.length);
    stk_buffer_clear(&one);
    stk_buffer_clear(&other);
}

static void
test_finish__the_order_of_pythons_does_not_matter(void **state)
{
    const stk_bundle_python turned[] = { bundled_pythons[1],
                                         bundled_pythons[0] };
    const stk_bundle_code_of codes[] = {
        { 1, bundled_codes[0].data, bundled_codes[0].length },
        { 0, bundled_codes[1].data, bundled_codes[1].length },
    };
    stk_bundle_about about = bundled_about;
    stk_bundle_file file = bundled_files[0];
    stk_buffer one, other = STK_BUFFER_INIT(1u << 20);
    stk_bundle_writer *writer = NULL;
    size_t header;

    (void)state;
    one = bundled_build(&file, 1, &header);
    about.pythons = turned;
    file.codes = codes;
    assert_int_equal(stk_bundle_writer_new(&writer, &about, NULL), 0);
    assert_int_equal(stk_bundle_add(writer, &file, NULL), 0);
    assert_int_equal(stk_bundle_finish(&other, &header, writer, "shop", NULL),
                     0);
    assert_memory_equal(one.data, other.data, other.length);
    stk_bundle_writer_freep(&writer);
    stk_buffer_clear(&one);
    stk_buffer_clear(&other);
}

/* Adds and finishes; says what is wrong with it. */
static void
assert_refused(const stk_bundle_file *files, size_t n, const char *what)
{
    stk_bundle_writer *writer = NULL;
    stk_buffer out = STK_BUFFER_INIT(1u << 20);
    stk_error err = STK_ERROR_INIT;
    size_t header;
    int failed;

    failed = stk_bundle_writer_new(&writer, &bundled_about, &err);
    for (size_t i = 0; i < n && failed == 0; i++)
        failed = stk_bundle_add(writer, &files[i], &err);
    if (failed == 0)
        failed = stk_bundle_finish(&out, &header, writer, "shop", &err);
    assert_true(failed < 0);
    assert_int_equal(failed, -err.code);
    if (!strstr(err.message, what))
        fail_msg("\"%s\" does not say \"%s\"", err.message, what);
    stk_bundle_writer_freep(&writer);
    stk_buffer_clear(&out);
}

static void
test_finish__an_extension_begins_once(void **state)
{
    static const stk_bundle_code_of starts[] = { { 0, "\177ELF", 4 },
                                                 { 1, "\177ELF", 4 } };
    stk_bundle_file file = { STK_KIND_EXTENSION,
                             "shop.fast",
                             "shop/fast.abi3.so",
                             "\177ELF 2",
                             6,
                             starts,
                             2 };

    (void)state;
    assert_refused(&file, 1, "a content that is out of bounds");
}

static void
test_finish__what_nobody_could_read_is_not_written(void **state)
{
    static const stk_bundle_file twice[] = {
        BUNDLED_FILE(STK_KIND_MODULE, "shop.a", "shop/a.py", "1\n"),
        BUNDLED_FILE(STK_KIND_MODULE, "shop.a", "shop/a.py", "2\n"),
    };
    static const stk_bundle_file elsewhere =
        BUNDLED_FILE(STK_KIND_MODULE, "shop.a", "shop/b.py", "");
    static const stk_bundle_file other =
        BUNDLED_FILE(STK_KIND_MODULE, "json", "json.py", "");
    static const stk_bundle_file above =
        BUNDLED_FILE(STK_KIND_DATA, "", "../passwd", "");
    stk_bundle_file code = bundled_files[6];

    (void)state;
    assert_refused(NULL, 0, "there is nothing to bundle");
    assert_refused(twice, 2, "not sorted");
    assert_refused(&elsewhere, 1, "name and path do not fit");
    assert_refused(&other, 1, "name and path do not fit");
    assert_refused(&above, 1, "name and path do not fit");
    code.codes = bundled_codes;
    code.n_codes = 1;
    assert_refused(&code, 1, "a content that is out of bounds");
}

static void
test_finish__without_a_prefix_names_are_the_first_labels(void **state)
{
    static const stk_bundle_file files[] = {
        BUNDLED_FILE(STK_KIND_PACKAGE, "shop", "shop/__init__.py", ""),
        BUNDLED_FILE(STK_KIND_MODULE, "shop.cart", "shop/cart.py", ""),
        BUNDLED_FILE(STK_KIND_MODULE, "shop2", "shop2.py", ""),
        BUNDLED_FILE(STK_KIND_MODULE, "pay", "pay.py", ""),
        BUNDLED_FILE(STK_KIND_DATA, "", "LICENSE", "free"),
    };
    stk_buffer out = STK_BUFFER_INIT(1u << 20);
    stk_bundle_writer *writer = NULL;
    stk_bundle_header parsed;
    size_t header;

    (void)state;
    assert_int_equal(stk_bundle_writer_new(&writer, &bundled_about, NULL), 0);
    for (size_t i = 0; i < UNIT_COUNT(files); i++)
        assert_int_equal(stk_bundle_add(writer, &files[i], NULL), 0);
    assert_int_equal(stk_bundle_finish(&out, &header, writer, "", NULL), 0);
    assert_int_equal(stk_bundle_header_parse(
                         &parsed, (unsigned char *)out.data, header, NULL),
                     0);
    assert_int_equal(parsed.n_names, 3);
    assert_string_equal(parsed.names[0], "pay");
    assert_string_equal(parsed.names[1], "shop");
    assert_string_equal(parsed.names[2], "shop2");
    assert_string_equal(stk_bundle_module(&parsed), "-");
    stk_bundle_header_clear(&parsed);
    stk_bundle_writer_freep(&writer);
    stk_buffer_clear(&out);
}

static void
test_add__refuses_code_for_a_python_that_is_not_told(void **state)
{
    static const stk_bundle_code_of third = { 2, "x", 1 };
    const stk_bundle_code_of both[] = { bundled_codes[0], bundled_codes[0] };
    stk_bundle_file file = bundled_files[0];

    (void)state;
    file.codes = &third;
    file.n_codes = 1;
    assert_refused(&file, 1, "code for no Python of the bundle");
    file.codes = both;
    file.n_codes = 2;
    assert_refused(&file, 1, "code for no Python of the bundle");
}

static void
test_add__refuses_a_file_that_is_too_large(void **state)
{
    stk_bundle_file file = bundled_files[0];

    (void)state;
    file.length = STK_BUNDLE_BLOB_MAX + 1; /* never looked at */
    assert_refused(&file, 1, "is larger than 2000 MiB");
}

static void
test_add__refuses_more_of_a_name_than_a_page_holds(void **state)
{
    static char paths[40][160];
    stk_bundle_file files[40];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(files); i++) {
        snprintf(paths[i], sizeof paths[i], "shop/fast.cpython-%02zu%0100d.so",
                 i, 0);
        files[i] = (stk_bundle_file){
            STK_KIND_EXTENSION, "shop.fast", paths[i], "x", 1, NULL, 0
        };
    }
    assert_refused(files, UNIT_COUNT(files), "too many for a bundle");
}

static void
test_new__refuses_more_pythons_than_there_are(void **state)
{
    stk_bundle_python many[STK_BUNDLE_PYTHONS_MAX + 1];
    stk_bundle_about about = bundled_about;
    stk_bundle_writer *writer = NULL;
    stk_error err = STK_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(many); i++)
        many[i] = bundled_pythons[0];
    about.pythons = many;
    about.n_pythons = UNIT_COUNT(many);
    assert_int_equal(stk_bundle_writer_new(&writer, &about, &err),
                     -STK_E_LIMIT);
    assert_null(writer);
    assert_string_equal(err.message, "a bundle has code for at most 16 "
                                     "Pythons");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finish__the_order_of_files_does_not_matter),
        cmocka_unit_test(test_finish__the_order_of_pythons_does_not_matter),
        cmocka_unit_test(test_finish__an_extension_begins_once),
        cmocka_unit_test(test_finish__what_nobody_could_read_is_not_written),
        cmocka_unit_test(
            test_finish__without_a_prefix_names_are_the_first_labels),
        cmocka_unit_test(test_add__refuses_code_for_a_python_that_is_not_told),
        cmocka_unit_test(test_add__refuses_a_file_that_is_too_large),
        cmocka_unit_test(test_add__refuses_more_of_a_name_than_a_page_holds),
        cmocka_unit_test(test_new__refuses_more_pythons_than_there_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
