/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a bundle is told, wherever it is. */
#include "trust/bundle_check.h"

#include "bundled.h"
#include "trust/bytes.h"

typedef struct told {
    size_t good, wrong;
    char path[64]; /* of the last one that is wrong; "" for a page */
    int python;
    stk_refusal why;
} told;

static void
tell(void *payload, const stk_bundle_row *row, int python,
     const stk_refusal *why)
{
    told *t = payload;

    if (!why) {
        t->good++;
        return;
    }
    t->wrong++;
    t->python = python;
    t->why = *why;
    snprintf(t->path, sizeof t->path, "%s", row ? row->path : "");
}

static stk_bundle_checked
check(void **state, const stk_buffer *out, told *t)
{
    stk_bundle *bundle =
        bundled_open(unit_write(state, "shop.stk", out->data, out->length));
    stk_bundle_checked checked;
    stk_refusal why;

    memset(t, 0, sizeof *t);
    assert_int_equal(stk_bundle_check(&checked, bundle, NULL, tell, t, &why),
                     0);
    assert_int_equal(checked.wrong, t->wrong);
    assert_int_equal(checked.files + checked.codes, t->good);
    assert_int_equal(
        stk_bundle_check(&checked, bundle, NULL, NULL, NULL, &why), 0);
    assert_int_equal(checked.wrong, t->wrong);
    stk_bundle_free(bundle);
    return checked;
}

static stk_buffer
build(size_t *header)
{
    return bundled_build(bundled_files, UNIT_COUNT(bundled_files), header);
}

static void
test_check__counts_what_is_good(void **state)
{
    size_t header;
    stk_buffer out = build(&header);
    stk_bundle_checked checked;
    told t;

    checked = check(state, &out, &t);
    assert_int_equal(checked.wrong, 0);
    assert_int_equal(checked.files, UNIT_COUNT(bundled_files) - 1);
    assert_int_equal(checked.codes, 2);
    assert_int_equal(checked.bytes, 167);
    stk_buffer_clear(&out);
}

static void
test_check__tells_which_content_is_wrong(void **state)
{
    size_t header;
    stk_buffer out = build(&header);
    size_t first = header + STK_BUNDLE_PAGE;
    stk_bundle_checked checked;
    told t;

    out.data[first]++; /* code lies first, Python by Python */
    checked = check(state, &out, &t);
    assert_int_equal(checked.wrong, 1);
    assert_int_equal(checked.codes, 1);
    assert_string_equal(t.path, "shop/cart.py");
    assert_int_equal(t.python, 0);
    assert_int_equal(t.why.trust, STK_TRUST_HASH);
    out.data[first]--;
    out.data[out.length - strlen(BUNDLED_SIGNATURE) - STK_BUNDLE_END_BYTES -
             1]++;
    checked = check(state, &out, &t);
    assert_int_equal(checked.wrong, 1);
    assert_string_equal(t.path, "shop/space/deep.py");
    assert_int_equal(t.python, -1);
    stk_buffer_clear(&out);
}

static void
test_check__tells_which_page_is_wrong(void **state)
{
    size_t header;
    stk_buffer out = build(&header);
    told t;

    out.data[header + 100]++;
    assert_int_equal(check(state, &out, &t).wrong, 1);
    assert_string_equal(t.path, "");
    assert_non_null(strstr(t.why.message, "page 0"));
    stk_buffer_clear(&out);
}

/* Signs the header of a page that was changed. */
static void
sign_page(stk_buffer *out, size_t header)
{
    stk_bundle_header parsed;
    size_t at;

    assert_int_equal(stk_bundle_header_parse(&parsed,
                                             (const unsigned char *)out->data,
                                             header, NULL),
                     0);
    at = (size_t)(parsed.pages[0].digest - (const unsigned char *)out->data);
    stk_bundle_header_clear(&parsed);
    stk_digest_memory((unsigned char *)out->data + at, out->data + header,
                      STK_BUNDLE_PAGE);
}

/* A signer who does not use this writer could leave room for anything. */
static void
test_check__refuses_gaps_and_overlaps(void **state)
{
    static const char empty[] = "shop/__init__.py";
    size_t header;
    stk_buffer out = build(&header);
    char *blob = memmem(out.data, out.length, empty, sizeof empty);
    told t;

    /* the empty file's: without bytes, and yet not where it belongs */
    blob += sizeof empty;
    blob[0] = (char)(blob[0] + 1);
    sign_page(&out, header);
    assert_int_equal(check(state, &out, &t).wrong, 1);
    assert_int_equal(t.why.trust, STK_TRUST_MALFORMED);
    assert_non_null(strstr(t.why.message, "do not fill the bundle"));
    stk_buffer_clear(&out);
}

static void
test_check__refuses_another_number_of_rows(void **state)
{
    size_t header;
    stk_buffer out = build(&header);
    told t;

    out.data[52]++; /* the rows of the header */
    assert_int_equal(check(state, &out, &t).wrong, 1);
    assert_non_null(strstr(t.why.message, "do not fill the bundle"));
    stk_buffer_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_check__counts_what_is_good),
        unit_test_in_folder(test_check__tells_which_content_is_wrong),
        unit_test_in_folder(test_check__tells_which_page_is_wrong),
        unit_test_in_folder(test_check__refuses_gaps_and_overlaps),
        unit_test_in_folder(test_check__refuses_another_number_of_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
