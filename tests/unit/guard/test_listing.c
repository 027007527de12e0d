/* SPDX-License-Identifier: Apache-2.0 */
/* guard/listing.c: what is in a folder of a signed tree. */
#include "guard/listing.h"

#include "base/buffer.h"
#include "guard/place.h"
#include "sitebundle.h"
#include "sitetree.h"

/* "a b/ c": the entries of `path`, folders with a slash; "-" for none. */
static char *
list(void **state, stk_evidence_store *store, const stk_evidence *found,
     const char *path)
{
    stk_listing listing = STK_LISTING_INIT;
    stk_evidence why = STK_EVIDENCE_INIT;
    stk_buffer text = STK_BUFFER_INIT(4096);
    int result = stk_evidence_list(&listing, store, found,
                                   unit_path(state, path), &why);

    if (result == 0) {
        assert_trust(why, STK_TRUST_UNLISTED);
        assert_int_equal(listing.n, 0);
        stk_buffer_puts(&text, "-");
    }
    for (size_t i = 0; i < listing.n; i++)
        stk_buffer_printf(
            &text, "%s%s%s", i ? " " : "", listing.entries[i].name,
            listing.entries[i].kind == STK_ENTRY_FOLDER ? "/" : "");
    stk_listing_clear(&listing);
    stk_evidence_clear(&why);
    return stk_buffer_steal(&text);
}

static void
expect_list(void **state, stk_evidence_store *store, const stk_evidence *found,
            const char *path, const char *expected)
{
    char *text = list(state, store, found, path);

    assert_string_equal(text, expected);
    free(text);
}

static void
expect_kind(void **state, stk_evidence_store *store, const stk_evidence *found,
            const char *path, enum stk_entry_kind expected)
{
    stk_evidence why = STK_EVIDENCE_INIT;
    enum stk_entry_kind kind = STK_ENTRY_NONE;

    assert_int_equal(
        stk_evidence_kind(&kind, store, found, unit_path(state, path), &why),
        1);
    if (kind != expected)
        print_message("%s\n", path);
    assert_int_equal(kind, expected);
    stk_evidence_clear(&why);
}

static const stk_bundle_file many[] = {
    BUNDLE_FILE(STK_KIND_PACKAGE, "shop", "shop/__init__.py"),
    BUNDLE_FILE(STK_KIND_MODULE, "shop.cart", "shop/cart.py"),
    BUNDLE_FILE(STK_KIND_PACKAGE, "shop.in", "shop/in/__init__.py"),
    BUNDLE_FILE(STK_KIND_MODULE, "shop.in.a", "shop/in/a.py"),
    BUNDLE_FILE(STK_KIND_MODULE, "shop.in.b", "shop/in/b.py"),
    BUNDLE_FILE(STK_KIND_MODULE, "shop.inside", "shop/inside.py"),
    BUNDLE_FILE(STK_KIND_NAMESPACE, "shop.more", "shop/more"),
    BUNDLE_FILE(STK_KIND_MODULE, "shop.more.deep", "shop/more/deep.py"),
    BUNDLE_FILE(STK_KIND_EXTENSION, "shop.fast", "shop/fast.abi3.so"),
    BUNDLE_FILE(STK_KIND_MODULE, "shop.fast", "shop/fast.py"),
    BUNDLE_FILE(STK_KIND_DATA, "", "tool.txt"),
    BUNDLE_FILE(STK_KIND_DATA, "", "shop/a.txt"),
    BUNDLE_FILE(STK_KIND_DATA, "", "shop/in-x/y.txt"),
    BUNDLE_FILE(STK_KIND_DATA, "", "shop/in/z.txt"),
    BUNDLE_FILE(STK_KIND_DATA, "", "shop/texts/bye.txt"),
    BUNDLE_FILE(STK_KIND_DATA, "", "shop/texts/more/hello.txt"),
    BUNDLE_FILE(STK_KIND_DATA, "", "shop-1.dist-info/METADATA"),
};

static const struct {
    const char *path, *expected;
} folders[] = {
    { "", "shop/ shop-1.dist-info/ tool.txt" },
    { "shop", "__init__.py a.txt cart.py fast.abi3.so fast.py in/ in-x/ "
              "inside.py more/ texts/" },
    { "shop/in", "__init__.py a.py b.py z.txt" },
    { "shop/in-x", "y.txt" },
    { "shop/more", "deep.py" },
    { "shop/texts", "bye.txt more/" },
    { "shop/texts/more", "hello.txt" },
    { "shop-1.dist-info", "METADATA" },
    { "shop/cart.py", "-" },
    { "shop/nothing", "-" },
    { "sho", "-" },
    { "shop/i", "-" },
    { "shop/in/..", "-" },
    { "shop/", "-" },
};

static const struct {
    const char *path;
    enum stk_entry_kind kind;
} kinds[] = {
    { "shop", STK_ENTRY_FOLDER },           { "shop/cart.py", STK_ENTRY_FILE },
    { "shop/__init__.py", STK_ENTRY_FILE }, { "shop/more", STK_ENTRY_FOLDER },
    { "shop/a.txt", STK_ENTRY_FILE },       { "shop/texts", STK_ENTRY_FOLDER },
    { "shop/fast.py", STK_ENTRY_FILE },     { "shop/fast", STK_ENTRY_NONE },
    { "shop/cart", STK_ENTRY_NONE },        { "shop/in/..", STK_ENTRY_NONE },
    { "shop/te", STK_ENTRY_NONE },          { "policy.ini", STK_ENTRY_NONE },
    { "shop/CART.py", STK_ENTRY_NONE },     { "tool.txt", STK_ENTRY_FILE },
};

static void
expect_all(void **state, stk_evidence_store *store, const stk_evidence *found)
{
    for (size_t i = 0; i < UNIT_COUNT(folders); i++)
        expect_list(state, store, found, folders[i].path, folders[i].expected);
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++)
        expect_kind(state, store, found, kinds[i].path, kinds[i].kind);
}

static void
test_listing__a_bundle_lists_what_was_packed(void **state)
{
    stk_evidence_store *store;
    stk_evidence found;

    make_bundle_of(state, many, UNIT_COUNT(many));
    store = site_store(state, "", RULE);
    found = find_in_bundle(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    site_text(state, "shop/dropped.py", "evil = 1\n");
    expect_all(state, store, &found);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_listing__a_tree_lists_what_was_signed(void **state)
{
    stk_row rows[UNIT_COUNT(many)];
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    for (size_t i = 0; i < UNIT_COUNT(many); i++) {
        rows[i] =
            row_of(many[i].kind, many[i].name, many[i].path,
                   many[i].kind == STK_KIND_NAMESPACE ? NULL : many[i].data);
        if (many[i].kind != STK_KIND_NAMESPACE)
            site_text(state, many[i].path, many[i].data);
    }
    sign_rows(state, "", "", rows, UNIT_COUNT(rows));
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    site_text(state, "shop/dropped.py", "evil = 1\n");
    assert_int_equal(unlink(unit_path(state, "shop/a.txt")), 0);
    expect_all(state, store, &found);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_listing__beside_a_file_that_is_signed_alone_it_is_the_disk(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    site_module(state, "shop/__init__.py", STK_KIND_PACKAGE, "shop");
    site_text(state, "shop/a.txt", "a");
    site_text(state, "shop/a.minisig.txt", "a");
    site_text(state, "shop/a.txt.minisig.3", "none of them");
    site_text(state, "shop/more/b.txt", "b");
    site_text(state, "shop/__pycache__/c.pyc", "c");
    found = site_find(state, store, "shop");
    assert_trust(found, STK_TRUST_OK);
    expect_list(state, store, &found, "shop",
                "__init__.py a.minisig.txt a.txt more/");
    expect_list(state, store, &found, "shop/more", "b.txt");
    expect_list(state, store, &found, "", "-");
    expect_list(state, store, &found, "shop/../shop", "-");
    expect_list(state, store, &found, "shop/..", "-");
    expect_kind(state, store, &found, "shop", STK_ENTRY_FOLDER);
    expect_kind(state, store, &found, "shop/a.txt", STK_ENTRY_FILE);
    expect_kind(state, store, &found, "policy.ini", STK_ENTRY_NONE);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

/* The pages begin behind the header; a page that fails is no answer. */
static void
test_listing__a_damaged_page_lists_nothing(void **state)
{
    stk_evidence_store *store;
    stk_evidence found, why = STK_EVIDENCE_INIT;
    stk_listing listing = STK_LISTING_INIT;
    enum stk_entry_kind kind = STK_ENTRY_FILE;
    size_t header = make_bundle_of(state, many, UNIT_COUNT(many));
    FILE *file;

    store = site_store(state, "", RULE);
    file = fopen(unit_path(state, "shop.stk"), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)header + 40, SEEK_SET), 0);
    assert_int_equal(fputc(0x55, file), 0x55);
    assert_int_equal(fclose(file), 0);
    found = (stk_evidence)STK_EVIDENCE_INIT;
    found.place = stk_place_new(STK_PLACE_BUNDLE);
    found.place->packed = stk_packed_find(store, unit_path(state, "shop.stk"));
    assert_int_equal(stk_evidence_list(&listing, store, &found,
                                       unit_path(state, "shop"), &why),
                     0);
    assert_trust(why, STK_TRUST_HASH);
    assert_int_equal(listing.n, 0);
    stk_evidence_clear(&why);
    assert_int_equal(stk_evidence_kind(&kind, store, &found,
                                       unit_path(state, "shop"), &why),
                     0);
    assert_trust(why, STK_TRUST_HASH);
    assert_int_equal(kind, STK_ENTRY_NONE);
    stk_listing_clear(&listing);
    stk_evidence_clear(&why);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_listing__a_bundle_lists_what_was_packed),
        unit_test_in_folder(test_listing__a_tree_lists_what_was_signed),
        unit_test_in_folder(
            test_listing__beside_a_file_that_is_signed_alone_it_is_the_disk),
        unit_test_in_folder(test_listing__a_damaged_page_lists_nothing),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
