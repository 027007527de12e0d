/* SPDX-License-Identifier: Apache-2.0 */
/* One tree in one text: what is read, and that nothing else is. */
#include "trust/manifest.h"

#include "manifest_text.h"

static void
test_parse__reads_the_head(void **state)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = parse_good(GOOD);

    (void)state;
    assert_string_equal(m->head.package, "shop");
    assert_string_equal(m->head.version, "2.4.1");
    assert_string_equal(m->head.context, "corp/prod");
    assert_string_equal(m->head.prefix, "shop");
    assert_int_equal(m->head.sequence, 317);
    assert_int_equal(m->head.signed_at, 1763760000);
    assert_int_equal(m->head.expires, 0);
    assert_int_equal(m->n_rows, 8);
    assert_int_equal(m->total, 115);
}

static void
test_parse__a_dash_is_nothing(void **state)
{
    STK_CLEANUP(stk_manifest_freep)
    stk_manifest *m =
        parse_good("stockade-manifest 1\npackage: -\nversion: -\n"
                   "sequence: 9223372036854775807\ncontext: -\n"
                   "signed: 0\nexpires: 9223372036854775807\n"
                   "prefix: -\ncount: 0\ntotal: 0\nend 0\n");

    (void)state;
    assert_string_equal(m->head.package, "");
    assert_string_equal(m->head.version, "");
    assert_string_equal(m->head.context, "");
    assert_string_equal(m->head.prefix, "");
    assert_true(m->head.sequence == INT64_MAX);
    assert_true(m->head.expires == INT64_MAX);
    assert_int_equal(m->n_rows, 0);
}

static void
test_parse__any_prefix_of_it_is_refused(void **state)
{
    size_t whole = strlen(GOOD);

    (void)state;
    for (size_t length = 0; length < whole; length++) {
        /* as long as the piece: reading behind it is found */
        char *piece = malloc(length ? length : 1);
        stk_manifest *m = NULL;
        stk_error err = STK_ERROR_INIT;

        memcpy(piece, GOOD, length);
        assert_int_equal(stk_manifest_parse(&m, piece, length, "m", &err),
                         -STK_E_INVALID);
        assert_null(m);
        free(piece);
    }
}

/* What is changed and still read says something else. */
static void
assert_own_tree(const char *text)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = NULL;
    STK_CLEANUP(stk_freep) char *printed = NULL;
    size_t length;

    if (stk_manifest_parse(&m, text, strlen(text), "m", NULL) < 0)
        return;
    assert_int_equal(stk_manifest_print(&printed, &length, &m->head, m->rows,
                                        m->n_rows, NULL),
                     0);
    assert_string_equal(printed, text);
}

static void
test_parse__no_two_texts_are_one_tree(void **state)
{
    static const char bytes[] = "0a \n-./%=";
    size_t length = strlen(GOOD);
    char *text = malloc(length + 2);

    (void)state;
    for (size_t at = 0; at < length; at++) {
        /* a byte is missing, is another one, or is put in */
        memcpy(text, GOOD, at);
        strcpy(text + at, GOOD + at + 1);
        assert_own_tree(text);
        for (size_t i = 0; bytes[i]; i++) {
            strcpy(text, GOOD);
            text[at] = bytes[i];
            assert_own_tree(text);
            strcpy(text + at + 1, GOOD + at);
            assert_own_tree(text);
        }
    }
    free(text);
}

static void
test_parse__rows_are_counted_and_sorted(void **state)
{
    (void)state;
    assert_malformed(HEAD("-", "1", "0") "end 1      \n", 11, "is no kind");
    assert_malformed(HEAD("-", "0", "0") "n a a 0 -\nend 1\n", 11,
                     "\"end 0\" is missing");
    assert_malformed(HEAD("-", "1", "0") "n a a 0 -\nend 2\n", 12,
                     "\"end 1\" is missing");
    assert_malformed(HEAD("-", "1", "0") "n a a 0 -\nend 01\n", 12,
                     "\"end 1\" is missing");
    assert_malformed(HEAD("-", "2", "0") "n b b 0 -\nn a a 0 -\nend 2\n", 12,
                     "not behind the one before");
    assert_malformed(HEAD("-", "2", "0") "n a a 0 -\nn a a 0 -\nend 2\n", 12,
                     "not behind the one before");
    assert_malformed(HEAD("-", "1", "0") "n a a 0 -\nend 1\n\n", 13,
                     "something follows");
    assert_malformed(HEAD("-", "1", "0") "n a a 0 -\nend 1\nn b b 0 -\n", 13,
                     "something follows");
    assert_malformed(HEAD("-", "1", "1") "n a a 0 -\nend 1\n", 12,
                     "total is not the sum");
}

static void
test_parse__sums_do_not_wrap(void **state)
{
    (void)state;
    assert_malformed(HEAD("-", "2", "0") "d - a 1099511627776 " ZEROS "\n"
                                         "d - b 1 " ZEROS "\nend 2\n",
                     12, "the tree is too large");
    assert_malformed(HEAD("-", "1", "0") "d - a 1099511627777 " ZEROS "\n", 11,
                     "is no size");
    assert_malformed(HEAD("-", "1", "0") "d - a 18446744073709551616 " ZEROS
                                         "\n",
                     11, "is no size");
}

static void
test_parse__lies_about_its_size_cost_nothing(void **state)
{
    char *text = malloc(1000);

    (void)state;
    assert_malformed(HEAD("-", "67108864", "0") "n a a 0 -\nend 1\n", 10,
                     "more than there are rows");
    assert_malformed(HEAD("-", "67108865", "0") "n a a 0 -\nend 1\n", 9,
                     "count is a number");
    strcpy(text, HEAD("-", "1", "0"));
    memset(text + strlen(text), '=', 500);
    text[strlen(HEAD("-", "1", "0")) + 500] = '\0';
    assert_malformed(text, 10, "not where a code is");
    free(text);
}

static void
test_parse__the_head_has_one_form(void **state)
{
    static const char *const heads[] = {
        "stockade-manifest 2\n",
        "stockade-manifest 1 \n",
        " stockade-manifest 1\n",
        "\nstockade-manifest 1\n",
        "stockade-manifest 1\nversion: 1\n",
        "stockade-manifest 1\npackage:shop\n",
        "stockade-manifest 1\npackage: \n",
        "stockade-manifest 1\npackage: a b\n",
        "stockade-manifest 1\npackage: shop\npackage: shop\n",
        "stockade-manifest 1\npackage: -\nversion: -\nsequence: -1\n",
        "stockade-manifest 1\npackage: -\nversion: -\nsequence: +1\n",
        "stockade-manifest 1\npackage: -\nversion: -\nsequence: 01\n",
        "stockade-manifest 1\npackage: -\nversion: -\nsequence: \n",
        "stockade-manifest 1\npackage: -\nversion: -\n"
        "sequence: 9223372036854775808\n",
        "stockade-manifest 1\npackage: -\nversion: -\nsequence: 0\n"
        "context: -\nsigned: 9223372036854775808\n",
        "stockade-manifest 1\npackage: -\nversion: -\nsequence: 0\n"
        "context: -\nsigned: 0\nexpires: 0\nprefix: a..b\n",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(heads); i++) {
        stk_manifest *m = NULL;

        if (stk_manifest_parse(&m, heads[i], strlen(heads[i]), "m", NULL) !=
            -STK_E_INVALID)
            fail_msg("%s", heads[i]);
    }
}

static void
test_parse__a_word_has_an_end(void **state)
{
    char word[STK_FIELD_MAX + 2], *text = NULL;

    (void)state;
    memset(word, 'a', sizeof word);
    word[STK_FIELD_MAX + 1] = '\0';
    assert_true(asprintf(&text, "stockade-manifest 1\npackage: %s\n", word) >
                0);
    assert_malformed(text, 2, "package is a word");
    free(text);
    word[STK_FIELD_MAX] = '\0';
    assert_true(asprintf(&text, "stockade-manifest 1\npackage: %s\n", word) >
                0);
    assert_malformed(text, 3, "cut off");
    free(text);
}

static void
test_parse__other_bytes_are_refused(void **state)
{
    static const char with_nul[] = "stockade-manifest 1\n\0";
    stk_manifest *m = NULL;
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_malformed("stockade-manifest 1\r\n", 1, "byte 0x0d");
    assert_malformed("stockade-manifest 1\npackage:\tshop\n", 2, "byte 0x09");
    assert_malformed("\xef\xbb\xbfstockade-manifest 1\n", 1, "byte 0xef");
    assert_malformed(HEAD("-", "1", "0") "d - caf\xc3\xa9 0 " ZEROS "\n", 11,
                     "byte 0xc3");
    assert_malformed(HEAD("-", "1", "0") "d - a\x7f 0 " ZEROS "\n", 11,
                     "byte 0x7f");
    assert_int_equal(
        stk_manifest_parse(&m, with_nul, sizeof with_nul, "m", &err),
        -STK_E_INVALID);
    assert_non_null(strstr(err.message, "byte 0x00"));
}

static void
test_parse__has_a_maximum(void **state)
{
    stk_manifest *m = NULL;
    stk_error err = STK_ERROR_INIT;

    (void)state;
    /* the length is looked at before the bytes are */
    assert_int_equal(
        stk_manifest_parse(&m, "", STK_MANIFEST_MAX + 1, "m", &err),
        -STK_E_LIMIT);
    assert_string_equal(err.file, "m");
}

static void
test_find__gives_all_rows_of_a_module(void **state)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = parse_good(GOOD);
    const stk_row *row;
    size_t n;

    (void)state;
    row = stk_manifest_find(m, "shop.cart", &n);
    assert_int_equal(n, 1);
    assert_int_equal(row->kind, STK_KIND_MODULE);
    assert_string_equal(row->path, "cart.py");
    assert_int_equal(row->size, 20);
    assert_int_equal(row->digest[0], 0xab);
    assert_int_equal(row->digest[31], 0xcd);
    row = stk_manifest_find(m, "shop.fast", &n);
    assert_int_equal(n, 3);
    assert_string_equal(row[0].path, "fast.abi3.so");
    assert_string_equal(row[2].path, "fast.py");
    row = stk_manifest_find(m, "shop", &n);
    assert_int_equal(n, 1);
    assert_int_equal(row->kind, STK_KIND_PACKAGE);
    row = stk_manifest_find(m, "shop.data", &n);
    assert_int_equal(row->kind, STK_KIND_NAMESPACE);
}

static void
test_find__takes_names_as_they_are(void **state)
{
    static const char *const names[] = {
        "",           "-",          "shop.Cart",      "SHOP",    "shop.",
        "shop.cart ", "shop..cart", "shop/cart",      "cart",    "a",
        "zzz",        "shop.car",   "shop.cart.more", "shop.zz", "data/a",
    };
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = parse_good(GOOD);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        size_t n = 99;

        assert_null(stk_manifest_find(m, names[i], &n));
        assert_int_equal(n, 0);
    }
}

static void
test_find_path__knows_each_file(void **state)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = parse_good(GOOD);

    (void)state;
    for (size_t i = 0; i < m->n_rows; i++)
        assert_ptr_equal(stk_manifest_find_path(m, m->rows[i].path),
                         &m->rows[i]);
    assert_non_null(stk_manifest_find_path(m, "data/a b=c%.txt"));
    assert_null(stk_manifest_find_path(m, "data/a%20b%3Dc%25.txt"));
    assert_null(stk_manifest_find_path(m, "Cart.py"));
    assert_null(stk_manifest_find_path(m, ""));
    assert_null(stk_manifest_find_path(m, "zzz"));
}

static void
test_code__is_for_exactly_one_python(void **state)
{
    static const unsigned char of_311[4] = { 0xa7, 0x0d, 0x0d, 0x0a };
    static const unsigned char of_313[4] = { 0xf3, 0x0d, 0x0d, 0x0a };
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = parse_good(GOOD);
    const stk_row *cart = stk_manifest_find_path(m, "cart.py");
    const stk_code *code = stk_row_code(cart, "cpython-311", of_311, 0);
    char *path;

    (void)state;
    assert_non_null(code);
    assert_int_equal(code->size, 120);
    assert_int_equal(code->digest[0], 0xab);
    path = stk_row_code_path(cart, code);
    assert_string_equal(path, "STOCKADE.code/cpython-311/cart.code");
    free(path);
    assert_null(stk_row_code(cart, "cpython-311", of_311, 1));
    assert_null(stk_row_code(cart, "cpython-311", of_313, 0));
    assert_null(stk_row_code(cart, "cpython-312", of_311, 0));
    code = stk_row_code(cart, "cpython-313", of_313, 2);
    assert_non_null(code);
    path = stk_row_code_path(cart, code);
    assert_string_equal(path, "STOCKADE.code/cpython-313/cart.opt-2.code");
    free(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__reads_the_head),
        cmocka_unit_test(test_parse__a_dash_is_nothing),
        cmocka_unit_test(test_parse__any_prefix_of_it_is_refused),
        cmocka_unit_test(test_parse__no_two_texts_are_one_tree),
        cmocka_unit_test(test_parse__rows_are_counted_and_sorted),
        cmocka_unit_test(test_parse__sums_do_not_wrap),
        cmocka_unit_test(test_parse__lies_about_its_size_cost_nothing),
        cmocka_unit_test(test_parse__the_head_has_one_form),
        cmocka_unit_test(test_parse__a_word_has_an_end),
        cmocka_unit_test(test_parse__other_bytes_are_refused),
        cmocka_unit_test(test_parse__has_a_maximum),
        cmocka_unit_test(test_find__gives_all_rows_of_a_module),
        cmocka_unit_test(test_find__takes_names_as_they_are),
        cmocka_unit_test(test_find_path__knows_each_file),
        cmocka_unit_test(test_code__is_for_exactly_one_python),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
