/* SPDX-License-Identifier: Apache-2.0 */
/* A header is read as it was written, and any other is refused. */
#include "trust/bundle_header.h"

#include "bundled.h"

static const unsigned char digest[STK_DIGEST_BYTES] = "digest of a page";

/* A header of everything, to be made wrong by a test. */
typedef struct sample {
    stk_bundle_header header;
    const char *names[3];
    stk_bundle_page_entry pages[2];
} sample;

static void
fill(sample *s)
{
    memset(s, 0, sizeof *s);
    s->header.context = "corp/prod";
    s->header.package = "shop";
    s->header.version = "";
    s->header.sequence = 7;
    s->header.signed_at = 1700000000;
    s->header.n_rows = 3;
    memcpy(s->header.pythons, bundled_pythons, sizeof bundled_pythons);
    s->header.n_pythons = 2;
    s->names[0] = "pay";
    s->names[1] = "shop.cart";
    s->header.names = s->names;
    s->header.n_names = 2;
    s->pages[0] = (stk_bundle_page_entry){ "pay", 3, digest };
    s->pages[1] = (stk_bundle_page_entry){ "shop.cart.x", 11, digest };
    s->header.pages = s->pages;
    s->header.n_pages = 2;
}

/* Completed with its length, and a total that has room for the pages. */
static stk_buffer
print(sample *s)
{
    stk_buffer out = STK_BUFFER_INIT(1u << 20);

    s->header.length = stk_bundle_header_measure(&s->header);
    if (!s->header.total)
        s->header.total = s->header.length +
                          s->header.n_pages * STK_BUNDLE_PAGE +
                          STK_BUNDLE_END_BYTES;
    stk_bundle_header_print(&out, &s->header);
    assert_int_equal(out.length, s->header.length);
    return out;
}

static void
assert_refused(sample *s, const char *what)
{
    stk_buffer out = print(s);
    stk_bundle_header header;
    stk_refusal why = { STK_TRUST_NONE, "" };

    assert_int_equal(stk_bundle_header_parse(&header,
                                             (const unsigned char *)out.data,
                                             out.length, &why),
                     -1);
    assert_int_equal(why.trust, STK_TRUST_MALFORMED);
    if (!strstr(why.message, what))
        fail_msg("\"%s\" does not say \"%s\"", why.message, what);
    stk_buffer_clear(&out);
}

static void
test_parse__reads_what_was_printed(void **state)
{
    sample s;
    stk_buffer out, again = STK_BUFFER_INIT(1u << 20);
    stk_bundle_header header;
    stk_refusal why;

    (void)state;
    fill(&s);
    out = print(&s);
    if (stk_bundle_header_parse(&header, (const unsigned char *)out.data,
                                out.length, &why) < 0)
        fail_msg("%s", why.message);
    assert_string_equal(header.context, "corp/prod");
    assert_string_equal(header.version, "");
    assert_int_equal(header.sequence, 7);
    assert_int_equal(header.n_pythons, 2);
    assert_string_equal(header.pythons[1].cache_tag, "cpython-38");
    assert_string_equal(header.names[1], "shop.cart");
    assert_int_equal(header.n_pages, 2);
    assert_memory_equal(header.pages[1].digest, digest, sizeof digest);
    stk_bundle_header_print(&again, &header);
    assert_int_equal(again.length, out.length);
    assert_memory_equal(again.data, out.data, out.length);
    stk_bundle_header_clear(&header);
    stk_buffer_clear(&again);
    stk_buffer_clear(&out);
}

static void
test_parse__refuses_every_cut(void **state)
{
    sample s;
    stk_buffer out;
    stk_bundle_header header;

    (void)state;
    fill(&s);
    out = print(&s);
    for (size_t n = 0; n < out.length; n++) {
        unsigned char *cut = malloc(n + 1);

        memcpy(cut, out.data, n);
        assert_int_equal(stk_bundle_header_parse(&header, cut, n, NULL), -1);
        /* also when it says itself that it is so short */
        if (n >= STK_BUNDLE_START_BYTES) {
            cut[8] = (unsigned char)n;
            cut[9] = (unsigned char)(n >> 8);
            assert_int_equal(stk_bundle_header_parse(&header, cut, n, NULL),
                             -1);
        }
        free(cut);
    }
    stk_buffer_clear(&out);
}

static void
test_parse__refuses_more_behind_it(void **state)
{
    sample s;
    stk_buffer out;
    stk_bundle_header header;
    stk_refusal why;

    (void)state;
    fill(&s);
    out = print(&s);
    stk_buffer_append(&out, "", 1);
    out.data[8]++;
    assert_int_equal(stk_bundle_header_parse(&header,
                                             (const unsigned char *)out.data,
                                             out.length, &why),
                     -1);
    assert_non_null(strstr(why.message, "there is more behind it"));
    stk_buffer_clear(&out);
}

static void
test_parse__refuses_fields_out_of_bounds(void **state)
{
    sample s;

    (void)state;
    fill(&s);
    s.header.signed_at = -1;
    assert_refused(&s, "a field is out of bounds");
    fill(&s);
    s.header.expires = INT64_MIN;
    assert_refused(&s, "a field is out of bounds");
    fill(&s);
    s.header.context = "two words";
    assert_refused(&s, "a field is out of bounds");
    fill(&s);
    s.header.package = "tab\t";
    assert_refused(&s, "a field is out of bounds");
    fill(&s);
    s.header.total = UINT64_MAX;
    assert_refused(&s, "the total length is out of bounds");
    fill(&s);
    s.header.total = stk_bundle_header_measure(&s.header) +
                     2 * STK_BUNDLE_PAGE + STK_BUNDLE_END_BYTES - 1;
    assert_refused(&s, "the total length is out of bounds");
}

static void
test_parse__refuses_lists_that_are_not_sorted(void **state)
{
    sample s;

    (void)state;
    fill(&s);
    s.header.pythons[1] = s.header.pythons[0];
    assert_refused(&s, "its Pythons are not sorted");
    fill(&s);
    s.names[1] = "pay";
    assert_refused(&s, "its names are not sorted");
    fill(&s);
    s.names[1] = "pay.cards"; /* held by the name before */
    assert_refused(&s, "its names are not sorted");
    fill(&s);
    s.names[0] = "zoo";
    assert_refused(&s, "its names are not sorted");
    fill(&s);
    s.pages[1].first = "pay";
    s.pages[1].length = 3;
    assert_refused(&s, "its pages are not sorted");
}

static void
test_parse__refuses_names_and_pythons_that_are_none(void **state)
{
    static const char *const names[] = { "", "a..b", "../x", "a b", "a/b" };
    sample s;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        fill(&s);
        s.names[0] = names[i];
        assert_refused(&s, "a name that is none");
    }
    fill(&s);
    s.header.pythons[0].cache_tag = "";
    assert_refused(&s, "a Python that is none");
    fill(&s);
    s.header.pythons[0].optimisation = 3;
    assert_refused(&s, "a Python that is none");
    fill(&s);
    s.header.n_pages = 0;
    assert_refused(&s, "the number of pages is out of bounds");
}

static void
test_start__refuses_what_would_be_too_much_to_read(void **state)
{
    static const struct {
        const char *start; /* magic, length, page, total */
        const char *what;
    } cases[] = {
        { "STKBNDL2\x40\0\0\0\0\x10\0\0\0\x10\0\0\0\0\0\0", "is no bundle" },
        { "STKBNDL1\x40\0\0\0\0\x20\0\0\0\x10\0\0\0\0\0\0", "4096" },
        { "STKBNDL1\x17\0\0\0\0\x10\0\0\0\x10\0\0\0\0\0\0", "its length" },
        { "STKBNDL1\1\0\0\1\0\x10\0\0\0\0\0\0\1\0\0\0", "its length" },
        { "STKBNDL1\x40\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\x80", "total" },
        { "STKBNDL1\x40\0\0\0\0\x10\0\0\x4d\0\0\0\0\0\0\0", "total" },
    };
    unsigned char start[STK_BUNDLE_START_BYTES];
    stk_refusal why;
    uint64_t total;
    size_t length;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        memcpy(start, cases[i].start, sizeof start);
        assert_int_equal(stk_bundle_header_start(&length, &total, start, &why),
                         -1);
        if (!strstr(why.message, cases[i].what))
            fail_msg("\"%s\" does not say \"%s\"", why.message, cases[i].what);
    }
    memcpy(start, cases[5].start, sizeof start);
    start[16] = 0x4e;
    assert_int_equal(stk_bundle_header_start(&length, &total, start, &why), 0);
    assert_int_equal(length, 0x40);
    assert_int_equal(total, 0x4e);
}

static void
test_holds__what_is_below_a_name_and_no_other(void **state)
{
    const char *names[] = { "a", "shop.cart", "shop2" };
    stk_bundle_header header = { .names = names, .n_names = 3 };

    (void)state;
    assert_true(stk_bundle_holds(&header, "a", 1));
    assert_true(stk_bundle_holds(&header, "a.b", 3));
    assert_true(stk_bundle_holds(&header, "shop.cart.x", 11));
    assert_true(stk_bundle_holds(&header, "shop2.x", 7));
    assert_false(stk_bundle_holds(&header, "shop", 4));
    assert_false(stk_bundle_holds(&header, "shop.cartx", 10));
    assert_false(stk_bundle_holds(&header, "A", 1));
    assert_false(stk_bundle_holds(&header, "ab", 2));
    assert_false(stk_bundle_holds(&header, "zoo", 3));
    assert_false(stk_bundle_holds(&header, "", 0));
}

static void
test_compare__by_bytes_the_shorter_first(void **state)
{
    (void)state;
    assert_true(stk_bundle_compare("a", 1, "b", 1) < 0);
    assert_true(stk_bundle_compare("a", 1, "a.b", 3) < 0);
    assert_true(stk_bundle_compare("a.b", 3, "a", 1) > 0);
    assert_int_equal(stk_bundle_compare("a", 1, "a", 1), 0);
    assert_true(stk_bundle_compare("", 0, "a", 1) < 0);
    assert_true(stk_bundle_compare("\377", 1, "a", 1) > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__reads_what_was_printed),
        cmocka_unit_test(test_parse__refuses_every_cut),
        cmocka_unit_test(test_parse__refuses_more_behind_it),
        cmocka_unit_test(test_parse__refuses_fields_out_of_bounds),
        cmocka_unit_test(test_parse__refuses_lists_that_are_not_sorted),
        cmocka_unit_test(test_parse__refuses_names_and_pythons_that_are_none),
        cmocka_unit_test(test_start__refuses_what_would_be_too_much_to_read),
        cmocka_unit_test(test_holds__what_is_below_a_name_and_no_other),
        cmocka_unit_test(test_compare__by_bytes_the_shorter_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
