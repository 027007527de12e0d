/* SPDX-License-Identifier: Apache-2.0 */
/* What was bundled is found and read; nothing else is, and no byte less. */
#include "trust/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "bundled.h"

static stk_bundle *
open_small(void **state)
{
    return bundled_open(bundled_write(state, "shop.stk"));
}

static stk_bundle_row
find(stk_bundle *bundle, const char *key)
{
    stk_bundle_row row;
    stk_refusal why;
    int found = stk_bundle_find(&row, bundle, key, strlen(key), &why);

    if (found != 1)
        fail_msg("%s: %d: %s", key, found, found < 0 ? why.message : "");
    return row;
}

static void
assert_content(stk_bundle *bundle, const stk_bundle_blob *blob,
               const char *expected)
{
    char *text = malloc(blob->size + 1);
    stk_refusal why;

    if (stk_bundle_read(bundle, blob, text, &why) < 0)
        fail_msg("%s: %s", stk_trust_name(why.trust), why.message);
    text[blob->size] = '\0';
    assert_string_equal(text, expected);
    free(text);
}

/* ---- finding -------------------------------------------------------- */

static void
test_find__what_was_bundled(void **state)
{
    stk_bundle *bundle = open_small(state);

    for (size_t i = 0; i < UNIT_COUNT(bundled_files); i++) {
        const stk_bundle_file *file = &bundled_files[i];
        bool data = file->kind == STK_KIND_DATA;
        stk_bundle_row row =
            find(bundle, data ? "/shop/list.json" : file->name);

        while (row.kind != file->kind)
            assert_true(stk_bundle_more(&row));
        assert_string_equal(row.name, file->name);
        assert_int_equal(row.name_length, strlen(file->name));
        assert_string_equal(row.path, file->path);
        assert_int_equal(row.path_length, strlen(file->path));
        assert_int_equal(row.file.size, file->length);
        if (file->length)
            assert_content(bundle, &row.file, file->data);
    }
    stk_bundle_free(bundle);
}

static void
test_find__proves_that_a_name_is_not_there(void **state)
{
    static const char *const names[] = {
        "",     "shop.car", "shop.cart.x", "sho",   "shopx",
        "Shop", "zoo",      "json",        "shop.", "/shop/list.jso",
        "/",    "/shop",    "shop/cart",   ".",     "\377",
    };
    stk_bundle *bundle = open_small(state);
    stk_bundle_row row;
    stk_refusal why;

    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        assert_int_equal(
            stk_bundle_find(&row, bundle, names[i], strlen(names[i]), &why),
            0);
    assert_int_equal(stk_bundle_find(&row, bundle, "shop\0x", 6, &why), 0);
    stk_bundle_free(bundle);
}

static void
test_find__a_module_in_several_files_has_several_rows(void **state)
{
    stk_bundle *bundle = open_small(state);
    stk_bundle_row row = find(bundle, "shop.fast");

    assert_int_equal(row.kind, STK_KIND_EXTENSION);
    assert_true(stk_bundle_more(&row));
    assert_int_equal(row.kind, STK_KIND_MODULE);
    assert_false(stk_bundle_more(&row));
    row = find(bundle, "shop.cart");
    assert_false(stk_bundle_more(&row));
    stk_bundle_free(bundle);
}

static void
test_code__is_for_exactly_one_python(void **state)
{
    static const unsigned char magic[] = { 0xa7, 0x0d, 0x0d, 0x0a };
    static const unsigned char other[] = { 0xa8, 0x0d, 0x0d, 0x0a };
    stk_bundle *bundle = open_small(state);
    stk_bundle_row row = find(bundle, "shop.cart");
    int python = stk_bundle_python_of(bundle, "cpython-311", magic, 0);
    stk_bundle_blob code;

    assert_true(python >= 0);
    assert_true(stk_bundle_code(&code, &row, python));
    assert_content(bundle, &code, BUNDLED_CODE "!");
    assert_false(stk_bundle_code(&code, &row, -1));
    assert_true(stk_bundle_python_of(bundle, "cpython-311", other, 0) < 0);
    assert_true(stk_bundle_python_of(bundle, "cpython-311", magic, 1) < 0);
    assert_true(stk_bundle_python_of(bundle, "cpython-312", magic, 0) < 0);
    row = find(bundle, "shop");
    assert_false(stk_bundle_code(&code, &row, python));
    stk_bundle_free(bundle);
}

static void
test_head__is_what_was_signed(void **state)
{
    stk_bundle *bundle = open_small(state);
    const stk_bundle_header *head = stk_bundle_head(bundle);

    assert_string_equal(head->context, "corp/prod");
    assert_string_equal(head->package, "shop");
    assert_string_equal(head->version, "2.4.1");
    assert_int_equal(head->sequence, 317);
    assert_int_equal(head->signed_at, 1700000000);
    assert_int_equal(head->expires, 1900000000);
    assert_int_equal(head->n_rows, UNIT_COUNT(bundled_files));
    assert_int_equal(head->n_names, 1);
    assert_string_equal(head->names[0], "shop");
    stk_bundle_free(bundle);
}

static void
test_next__walks_all_rows_in_order(void **state)
{
    static const char *const paths[] = {
        "shop/list.json",     "shop/__init__.py", "shop/cart.py",
        "shop/fast.abi3.so",  "shop/fast.py",     "shop/space",
        "shop/space/deep.py",
    };
    stk_bundle *bundle = open_small(state);
    stk_bundle_cursor cursor = { 0, 0 };
    stk_bundle_row row;

    for (size_t i = 0; i < UNIT_COUNT(paths); i++) {
        assert_int_equal(stk_bundle_next(&row, bundle, &cursor, NULL), 1);
        assert_string_equal(row.path, paths[i]);
    }
    assert_int_equal(stk_bundle_next(&row, bundle, &cursor, NULL), 0);
    assert_int_equal(stk_bundle_seek(&cursor, bundle, "shop.d", 6, NULL), 0);
    assert_int_equal(stk_bundle_next(&row, bundle, &cursor, NULL), 1);
    assert_string_equal(row.path, "shop/fast.abi3.so");
    assert_int_equal(stk_bundle_seek(&cursor, bundle, "", 0, NULL), 0);
    assert_int_equal(stk_bundle_next(&row, bundle, &cursor, NULL), 1);
    assert_string_equal(row.path, "shop/list.json");
    assert_int_equal(stk_bundle_seek(&cursor, bundle, "zoo", 3, NULL), 0);
    assert_int_equal(stk_bundle_next(&row, bundle, &cursor, NULL), 0);
    stk_bundle_free(bundle);
}

/* ---- many pages ----------------------------------------------------- */

#define MANY 2000

static void
test_find__in_many_pages(void **state)
{
    static char names[MANY][32], paths[MANY][32];
    static stk_bundle_file files[MANY];
    stk_bundle *bundle;
    stk_bundle_row row;
    stk_buffer out;
    size_t header;

    for (int i = 0; i < MANY; i++) {
        /* not in order: 7 and 2000 have no factor in common */
        snprintf(names[i], sizeof names[i], "shop.m%04d", i * 7 % MANY * 2);
        snprintf(paths[i], sizeof paths[i], "shop/m%04d.py", i * 7 % MANY * 2);
        files[i] =
            (stk_bundle_file){ STK_KIND_MODULE,  names[i], paths[i], names[i],
                               strlen(names[i]), NULL,     0 };
    }
    out = bundled_build(files, MANY, &header);
    bundle = bundled_open(unit_write(state, "many.stk", out.data, out.length));
    stk_buffer_clear(&out);
    assert_true(stk_bundle_head(bundle)->n_pages > 10);
    for (int i = 0; i < MANY * 2; i++) {
        char name[32];
        int n = snprintf(name, sizeof name, "shop.m%04d", i);

        assert_int_equal(stk_bundle_find(&row, bundle, name, (size_t)n, NULL),
                         i % 2 == 0);
        if (i % 2 == 0)
            assert_content(bundle, &row.file, name);
    }
    stk_bundle_free(bundle);
}

/* ---- what is not what was signed ------------------------------------ */

static bool
reads_all(stk_bundle *bundle)
{
    stk_bundle_cursor cursor = { 0, 0 };
    stk_bundle_row row;
    stk_bundle_blob code;
    stk_refusal why;
    char content[256];
    int next;

    while ((next = stk_bundle_next(&row, bundle, &cursor, &why)) == 1) {
        assert_true(row.file.size <= sizeof content);
        if (row.file.size &&
            stk_bundle_read(bundle, &row.file, content, &why) < 0)
            return false;
        for (int python = 0; python < 2; python++)
            if (stk_bundle_code(&code, &row, python) &&
                stk_bundle_read(bundle, &code, content, &why) < 0)
                return false;
    }
    return next == 0;
}

/* Whether anything says that these bytes are not what was signed. */
static bool
is_refused(void **state, const stk_buffer *out, bundled_judged *judged)
{
    const char *path =
        unit_write(state, "flipped.stk", out->data, out->length);
    stk_bundle *bundle = NULL;
    stk_refusal why = { STK_TRUST_NONE, "" };
    bool good;

    if (stk_bundle_open_judged(&bundle, path, bundled_judge, judged, &why) <
        0) {
        assert_int_not_equal(why.trust, STK_TRUST_NONE);
        assert_true(why.message[0]);
        return true;
    }
    good = reads_all(bundle);
    stk_bundle_free(bundle);
    return !good;
}

static void
test_every_byte__is_verified(void **state)
{
    bundled_judged judged = { { 0 }, 0 };
    size_t header;
    stk_buffer out =
        bundled_build(bundled_files, UNIT_COUNT(bundled_files), &header);

    assert_false(is_refused(state, &out, &judged));
    stk_digest_memory(judged.header, out.data, header);
    assert_false(is_refused(state, &out, &judged));
    for (size_t i = 0; i < out.length; i++) {
        out.data[i] ^= (char)(1 << i % 8);
        if (!is_refused(state, &out, &judged))
            fail_msg("byte %zu of %zu may be anything", i, out.length);
        out.data[i] ^= (char)(1 << i % 8);
    }
    stk_buffer_clear(&out);
}

static void
test_every_cut__is_refused(void **state)
{
    bundled_judged judged = { { 0 }, 0 };
    size_t header, length;
    stk_buffer out =
        bundled_build(bundled_files, UNIT_COUNT(bundled_files), &header);

    length = out.length;
    for (out.length = 0; out.length < length; out.length += 7)
        assert_true(is_refused(state, &out, &judged));
    out.length = length - 1;
    assert_true(is_refused(state, &out, &judged));
    out.length = length;
    assert_false(is_refused(state, &out, &judged));
    stk_buffer_puts(&out, "more\n");
    assert_true(is_refused(state, &out, &judged));
    stk_buffer_clear(&out);
}

static void
assert_open_refused(const char *path, enum stk_trust trust, const char *what)
{
    stk_bundle *bundle = NULL;
    stk_refusal why = { STK_TRUST_NONE, "" };

    assert_int_equal(
        stk_bundle_open_judged(&bundle, path, bundled_judge, NULL, &why), -1);
    assert_null(bundle);
    assert_string_equal(stk_trust_name(why.trust), stk_trust_name(trust));
    if (!strstr(why.message, what))
        fail_msg("\"%s\" does not say \"%s\"", why.message, what);
}

static void
test_open__says_what_is_no_bundle(void **state)
{
    const char *fifo = unit_path(state, "fifo");
    size_t header;
    stk_buffer out =
        bundled_build(bundled_files, UNIT_COUNT(bundled_files), &header);

    assert_open_refused(unit_path(state, "none"), STK_TRUST_IO,
                        "cannot open: No such file");
    assert_open_refused(*state, STK_TRUST_IO, "is no regular file");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_open_refused(fifo, STK_TRUST_IO, "is no regular file");
    assert_open_refused(unit_write(state, "empty", "", 0), STK_TRUST_MALFORMED,
                        "is shorter");
    assert_open_refused(
        unit_write(state, "text", "no bundle, but long enough to be one", 36),
        STK_TRUST_MALFORMED, "text: is no bundle that this version reads");
    out.length -= strlen(BUNDLED_SIGNATURE);
    assert_open_refused(unit_write(state, "bare", out.data, out.length),
                        STK_TRUST_UNSIGNED, "is not signed");
    stk_buffer_puts(&out, STK_BUNDLE_UNTRUSTED "b\nc\n");
    assert_open_refused(unit_write(state, "three", out.data, out.length),
                        STK_TRUST_MALFORMED, "four lines");
    out.length -= strlen(STK_BUNDLE_UNTRUSTED) + 4;
    stk_buffer_puts(&out, "untrusted comment: any\nb\nc\nd\n");
    assert_open_refused(unit_write(state, "comment", out.data, out.length),
                        STK_TRUST_MALFORMED, "four lines");
    stk_buffer_clear(&out);
}

static void
test_open__shows_the_judge_every_signature(void **state)
{
    bundled_judged judged = { { 0 }, 0 };
    size_t header;
    stk_buffer out =
        bundled_build(bundled_files, UNIT_COUNT(bundled_files), &header);

    for (size_t n = 1; n <= STK_SIGNATURES_MAX; n++) {
        assert_false(is_refused(state, &out, &judged));
        assert_int_equal(judged.n, n);
        stk_buffer_puts(&out, BUNDLED_SIGNATURE);
    }
    assert_true(is_refused(state, &out, &judged));
    stk_buffer_clear(&out);
}

static void
test_find__a_page_that_fails_is_an_error(void **state)
{
    size_t header;
    stk_buffer out =
        bundled_build(bundled_files, UNIT_COUNT(bundled_files), &header);
    stk_bundle *bundle;
    stk_bundle_row row;
    stk_refusal why;

    out.data[header + STK_BUNDLE_PAGE - 1] = 1;
    bundle = bundled_open(unit_write(state, "page.stk", out.data, out.length));
    assert_int_equal(stk_bundle_find(&row, bundle, "shop.none", 9, &why), -1);
    assert_int_equal(why.trust, STK_TRUST_HASH);
    assert_non_null(strstr(why.message, "page 0 of its index"));
    assert_int_equal(stk_bundle_find(&row, bundle, "shop", 4, &why), -1);
    assert_int_equal(
        stk_bundle_next(&row, bundle, &(stk_bundle_cursor){ 0, 0 }, &why), -1);
    stk_bundle_free(bundle);
    stk_buffer_clear(&out);
}

/* ---- the descriptor ------------------------------------------------- */

static void
test_read__what_replaces_the_file_is_not_looked_at(void **state)
{
    const char *path = bundled_write(state, "shop.stk");
    stk_bundle *bundle = bundled_open(path);

    assert_int_equal(rename(unit_write(state, "evil", "evil", 4), path), 0);
    assert_true(reads_all(bundle));
    stk_bundle_free(bundle);
}

static void
test_read__what_is_written_into_the_file_is_refused(void **state)
{
    const char *path = bundled_write(state, "shop.stk");
    stk_bundle *bundle = bundled_open(path);
    stk_bundle_row row = find(bundle, "shop.cart");
    char content[256];
    stk_refusal why;
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_int_equal(pwrite(fd, "x", 1, (off_t)row.file.offset), 1);
    assert_int_equal(stk_bundle_read(bundle, &row.file, content, &why), -1);
    assert_int_equal(why.trust, STK_TRUST_HASH);
    assert_int_equal(ftruncate(fd, 100), 0);
    assert_int_equal(stk_bundle_read(bundle, &row.file, content, &why), -1);
    close(fd);
    stk_bundle_free(bundle);
}

/* The number of the newest descriptor of this program. */
static int
newest_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    close(fd);
    return fd - 1;
}

static void
test_read__a_daemon_that_closed_our_descriptor_reads_on(void **state)
{
    stk_bundle *bundle = open_small(state);
    int fd = newest_descriptor(), other;

    close(fd);
    other = open(unit_write(state, "other", "other", 5), O_RDONLY | O_CLOEXEC);
    assert_int_equal(other, fd);
    assert_true(reads_all(bundle));
    stk_bundle_free(bundle);
    assert_int_equal(fcntl(other, F_GETFD), FD_CLOEXEC);
    close(other);
}

static void
test_free__leaves_a_descriptor_that_is_not_ours(void **state)
{
    stk_bundle *bundle = open_small(state);
    int fd = newest_descriptor(), other;

    close(fd);
    other = open(unit_write(state, "other", "other", 5), O_RDONLY | O_CLOEXEC);
    assert_int_equal(other, fd);
    stk_bundle_free(bundle);
    assert_int_equal(fcntl(other, F_GETFD), FD_CLOEXEC);
    close(other);
    stk_bundle_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_find__what_was_bundled),
        unit_test_in_folder(test_find__proves_that_a_name_is_not_there),
        unit_test_in_folder(
            test_find__a_module_in_several_files_has_several_rows),
        unit_test_in_folder(test_code__is_for_exactly_one_python),
        unit_test_in_folder(test_head__is_what_was_signed),
        unit_test_in_folder(test_next__walks_all_rows_in_order),
        unit_test_in_folder(test_find__in_many_pages),
        unit_test_in_folder(test_every_byte__is_verified),
        unit_test_in_folder(test_every_cut__is_refused),
        unit_test_in_folder(test_open__says_what_is_no_bundle),
        unit_test_in_folder(test_open__shows_the_judge_every_signature),
        unit_test_in_folder(test_find__a_page_that_fails_is_an_error),
        unit_test_in_folder(
            test_read__what_replaces_the_file_is_not_looked_at),
        unit_test_in_folder(
            test_read__what_is_written_into_the_file_is_refused),
        unit_test_in_folder(
            test_read__a_daemon_that_closed_our_descriptor_reads_on),
        unit_test_in_folder(test_free__leaves_a_descriptor_that_is_not_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
