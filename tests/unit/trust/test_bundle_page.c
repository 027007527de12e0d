/* SPDX-License-Identifier: Apache-2.0 */
/* Each row of a page is checked before any is used. */
#include "trust/bundle_page.h"

#include "bundled.h"
#include "trust/bytes.h"

/* The one page of the small bundle, to be made wrong by a test. */
typedef struct sample {
    stk_buffer bytes;
    stk_bundle_header header;
    unsigned char page[STK_BUNDLE_PAGE];
} sample;

static void
fill(sample *s)
{
    size_t length;

    s->bytes =
        bundled_build(bundled_files, UNIT_COUNT(bundled_files), &length);
    assert_int_equal(
        stk_bundle_header_parse(
            &s->header, (const unsigned char *)s->bytes.data, length, NULL),
        0);
    memcpy(s->page, s->bytes.data + length, sizeof s->page);
    assert_int_equal(stk_bundle_page_check(s->page, &s->header, 0, NULL), 0);
}

static void
clear(sample *s)
{
    stk_bundle_header_clear(&s->header);
    stk_buffer_clear(&s->bytes);
}

static void
assert_refused(const sample *s, const char *what)
{
    stk_refusal why = { STK_TRUST_NONE, "" };

    assert_int_equal(stk_bundle_page_check(s->page, &s->header, 0, &why), -1);
    assert_int_equal(why.trust, STK_TRUST_MALFORMED);
    if (!strstr(why.message, what))
        fail_msg("\"%s\" does not say \"%s\"", why.message, what);
}

/* Where row `i` begins, and its blob, which is behind its names. */
static unsigned char *
row_of(sample *s, unsigned i)
{
    return s->page + stk_bytes_at(s->page + 2 + 2 * i, 2);
}

static unsigned char *
blob_of(sample *s, unsigned i)
{
    unsigned char *row = row_of(s, i);
    size_t key = stk_bytes_at(row + 2, 2), path = stk_bytes_at(row + 4, 2);

    return row + STK_BUNDLE_ROW_BYTES + key + 1 + (path ? path + 1 : 0);
}

static void
set(unsigned char *at, uint64_t number, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (unsigned char)(number >> (8 * i));
}

/* Each field of a blob, wrong in each way. */
static void
test_check__contents_stay_within_what_was_signed(void **state)
{
    static const struct {
        unsigned at, width;
        uint64_t number;
    } wrong[] = {
        { 0, 8, 0 },
        { 0, 8, 4096 },
        { 0, 8, UINT64_MAX },
        { 0, 8, INT64_MAX },
        { 8, 4, UINT32_MAX },
        { 8, 4, 0 },
        { 12, 4, 0 },
        { 12, 4, 1 },
        { 12, 4, STK_BUNDLE_BLOB_MAX + 1 },
        { 12, 4, UINT32_MAX },
    };
    sample s;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        fill(&s);
        set(blob_of(&s, 2) + wrong[i].at, wrong[i].number, wrong[i].width);
        assert_refused(&s, "a content that is out of bounds");
        clear(&s);
        /* of a code, likewise: one byte, its Python's, is before it */
        fill(&s);
        set(blob_of(&s, 2) + STK_BUNDLE_BLOB_BYTES + 1 + wrong[i].at,
            wrong[i].number, wrong[i].width);
        assert_refused(&s, "a content that is out of bounds");
        clear(&s);
    }
}

static void
test_check__a_content_ends_before_the_end(void **state)
{
    sample s;
    uint64_t last;

    (void)state;
    fill(&s);
    last = stk_bundle_ends(&s.header) - stk_bytes_at(blob_of(&s, 2) + 8, 4);
    set(blob_of(&s, 2), last, 8);
    assert_int_equal(stk_bundle_page_check(s.page, &s.header, 0, NULL), 0);
    set(blob_of(&s, 2), last + 1, 8);
    assert_refused(&s, "a content that is out of bounds");
    clear(&s);
}

static void
test_check__code_is_for_pythons_of_the_header_in_order(void **state)
{
    sample s;
    unsigned char *codes;

    (void)state;
    fill(&s);
    codes = blob_of(&s, 2) + STK_BUNDLE_BLOB_BYTES;
    codes[0] = 2;
    assert_refused(&s, "a content that is out of bounds");
    codes[0] = 1; /* as the second is */
    assert_refused(&s, "a content that is out of bounds");
    clear(&s);
}

static void
test_check__refuses_rows_that_are_none(void **state)
{
    sample s;

    (void)state;
    fill(&s);
    row_of(&s, 1)[0] = 'q';
    assert_refused(&s, "a row that is none");
    clear(&s);
    fill(&s);
    set(row_of(&s, 1) + 2, 0xffff, 2); /* longer than the page */
    assert_refused(&s, "a row that is none");
    clear(&s);
    fill(&s);
    row_of(&s, 1)[STK_BUNDLE_ROW_BYTES + 2] = 0; /* a NUL in a name */
    assert_refused(&s, "a row that is none");
    clear(&s);
    fill(&s);
    row_of(&s, 6)[1] = 255; /* codes to behind the page */
    assert_refused(&s, "a row that is none");
    clear(&s);
    fill(&s);
    row_of(&s, 0)[STK_BUNDLE_ROW_BYTES] = 'x'; /* data without its slash */
    assert_refused(&s, "a row that is none");
    clear(&s);
}

static void
test_check__rows_lie_one_behind_the_other(void **state)
{
    sample s;

    (void)state;
    fill(&s);
    s.page[4]++;
    assert_refused(&s, "a row that is elsewhere");
    clear(&s);
    fill(&s);
    set(s.page, 0, 2);
    assert_refused(&s, "has no rows");
    set(s.page, 2048, 2);
    assert_refused(&s, "has no rows");
    clear(&s);
    fill(&s);
    s.page[STK_BUNDLE_PAGE - 1] = 1;
    assert_refused(&s, "has more than its rows");
    clear(&s);
}

static void
test_check__names_kinds_and_paths_fit(void **state)
{
    sample s;

    (void)state;
    fill(&s);
    row_of(&s, 1)[0] = 'm'; /* a package's path */
    assert_refused(&s, "name and path do not fit");
    clear(&s);
    fill(&s);
    row_of(&s, 2)[STK_BUNDLE_ROW_BYTES + 5] = 'C'; /* shop.Cart, cart.py */
    assert_refused(&s, "name and path do not fit");
    clear(&s);
    fill(&s);
    row_of(&s, 2)[STK_BUNDLE_ROW_BYTES + 5] = 'y'; /* behind shop.fast */
    row_of(&s, 2)[STK_BUNDLE_ROW_BYTES + 15] = 'y';
    assert_refused(&s, "not sorted");
    clear(&s);
    fill(&s);
    row_of(&s, 0)[STK_BUNDLE_ROW_BYTES + 6] = '/'; /* shop//ist.json */
    assert_refused(&s, "name and path do not fit");
    clear(&s);
}

static void
test_check__a_page_does_not_serve_in_the_place_of_another(void **state)
{
    stk_bundle_page_entry two[2];
    sample s;

    (void)state;
    fill(&s);
    two[0] = (stk_bundle_page_entry){ "/shop", 5, s.header.pages[0].digest };
    free(s.header.pages);
    s.header.pages = two;
    assert_refused(&s, "has the rows of another");
    two[0].first = "/shop/list.json";
    two[0].length = 15;
    assert_int_equal(stk_bundle_page_check(s.page, &s.header, 0, NULL), 0);
    s.header.n_pages = 2;
    s.header.length -= STK_BUNDLE_PAGE; /* the contents lie where they did */
    two[1] = (stk_bundle_page_entry){ "shop.space.deep", 15, two[0].digest };
    assert_refused(&s, "has the rows of another");
    two[1].first = "shop.space.deeper";
    two[1].length = 17;
    assert_int_equal(stk_bundle_page_check(s.page, &s.header, 0, NULL), 0);
    s.header.pages = NULL;
    clear(&s);
}

static void
test_check__extensions_of_the_standard_library_have_a_folder(void **state)
{
    static const stk_bundle_file files[] = {
        BUNDLED_FILE(STK_KIND_EXTENSION, "shop", "lib-dynload/shop.abi3.so",
                     "x"),
    };
    size_t header;
    stk_buffer out = bundled_build(files, 1, &header);

    (void)state;
    assert_non_null(out.data);
    stk_buffer_clear(&out);
}

/* One, which is loaded in its place; and the file, which is still there. */
static void
test_check__an_extension_may_have_a_beginning(void **state)
{
    static const stk_bundle_code_of start = { 1, "\177ELF and", 8 };
    static const stk_bundle_file file = { STK_KIND_EXTENSION,
                                          "shop.fast",
                                          "shop/fast.abi3.so",
                                          "\177ELF and more",
                                          13,
                                          &start,
                                          1 };
    stk_bundle_blob loaded;
    stk_bundle_header header;
    stk_bundle_row row;
    size_t length;
    stk_buffer out = bundled_build(&file, 1, &length);
    const unsigned char *data = (const unsigned char *)out.data;

    (void)state;
    assert_int_equal(stk_bundle_header_parse(&header, data, length, NULL), 0);
    stk_bundle_page_row(&row, data + length, 0);
    assert_int_equal(row.file.size, 13);
    stk_bundle_loaded(&loaded, &row);
    assert_int_equal(loaded.size, 8);
    stk_bundle_header_clear(&header);
    stk_buffer_clear(&out);
}

static void
test_loaded__is_the_file_where_there_is_no_beginning(void **state)
{
    stk_bundle_blob loaded;
    stk_bundle_row row;
    sample s;

    (void)state;
    fill(&s);
    for (unsigned i = 0; i < stk_bundle_page_rows(s.page); i++) {
        stk_bundle_page_row(&row, s.page, i);
        stk_bundle_loaded(&loaded, &row);
        assert_int_equal(loaded.size, row.file.size);
        assert_int_equal(loaded.offset, row.file.offset);
    }
    clear(&s);
}

static void
test_seek__the_first_row_that_is_not_before(void **state)
{
    sample s;
    stk_bundle_row row;

    (void)state;
    fill(&s);
    assert_int_equal(stk_bundle_page_rows(s.page), UNIT_COUNT(bundled_files));
    assert_int_equal(stk_bundle_page_seek(s.page, "", 0), 0);
    assert_int_equal(stk_bundle_page_seek(s.page, "shop", 4), 1);
    assert_int_equal(stk_bundle_page_seek(s.page, "shop.fast", 9), 3);
    assert_int_equal(stk_bundle_page_seek(s.page, "zoo", 3),
                     UNIT_COUNT(bundled_files));
    assert_true(stk_bundle_page_has(s.page, 3, "shop.fast", 9));
    assert_true(stk_bundle_page_has(s.page, 4, "shop.fast", 9));
    assert_false(stk_bundle_page_has(s.page, 5, "shop.fast", 9));
    assert_false(stk_bundle_page_has(s.page, 7, "shop.fast", 9));
    stk_bundle_page_row(&row, s.page, 0);
    assert_int_equal(row.kind, STK_KIND_DATA);
    assert_string_equal(row.name, "");
    assert_string_equal(row.path, "shop/list.json");
    clear(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check__contents_stay_within_what_was_signed),
        cmocka_unit_test(test_check__a_content_ends_before_the_end),
        cmocka_unit_test(
            test_check__code_is_for_pythons_of_the_header_in_order),
        cmocka_unit_test(test_check__refuses_rows_that_are_none),
        cmocka_unit_test(test_check__rows_lie_one_behind_the_other),
        cmocka_unit_test(test_check__names_kinds_and_paths_fit),
        cmocka_unit_test(
            test_check__a_page_does_not_serve_in_the_place_of_another),
        cmocka_unit_test(test_check__an_extension_may_have_a_beginning),
        cmocka_unit_test(test_loaded__is_the_file_where_there_is_no_beginning),
        cmocka_unit_test(
            test_check__extensions_of_the_standard_library_have_a_folder),
        cmocka_unit_test(test_seek__the_first_row_that_is_not_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
