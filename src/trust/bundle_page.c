/* SPDX-License-Identifier: Apache-2.0 */
/* One index page of a bundle: checked whole, then searched. */
#include "trust/bundle_page.h"

#include <lz4.h>
#include <string.h>

#include "trust/bytes.h"
#include "trust/naming.h"

/* A row as it lies in the page. */
typedef struct raw_row {
    enum stk_kind kind;
    unsigned n_codes;
    const char *key;
    size_t key_length;
    const char *path;
    size_t path_length;
    const unsigned char *file;  /* its blob; NULL for a namespace */
    const unsigned char *codes; /* n_codes of CODE_BYTES */
} raw_row;

#define CODE_BYTES (1u + STK_BUNDLE_BLOB_BYTES)

static enum stk_kind
kind_of(unsigned char letter)
{
    switch (letter) {
    case 'm':
        return STK_KIND_MODULE;
    case 'p':
        return STK_KIND_PACKAGE;
    case 'n':
        return STK_KIND_NAMESPACE;
    case 'x':
        return STK_KIND_EXTENSION;
    case 'd':
        return STK_KIND_DATA;
    default:
        return (enum stk_kind)0;
    }
}

static void
get_blob(stk_bundle_blob *out, const unsigned char *at)
{
    out->offset = stk_bytes_at(at, 8);
    out->stored = (uint32_t)stk_bytes_at(at + 8, 4);
    out->size = (uint32_t)stk_bytes_at(at + 12, 4);
    out->digest = at + 16;
}

/* ---- checking ------------------------------------------------------- */

static const char *
take_text(stk_bytes *bytes, size_t length)
{
    const char *text = (const char *)stk_bytes_run(bytes, length + 1);

    if (text && !text[length] && !memchr(text, '\0', length))
        return text;
    bytes->bad = true;
    return "";
}

static void
take_row(raw_row *out, stk_bytes *bytes)
{
    out->kind = kind_of((unsigned char)stk_bytes_number(bytes, 1));
    out->n_codes = (unsigned)stk_bytes_number(bytes, 1);
    out->key_length = stk_bytes_number(bytes, 2);
    out->path_length = stk_bytes_number(bytes, 2);
    out->key = take_text(bytes, out->key_length);
    if (out->kind == STK_KIND_DATA) {
        if (out->path_length || out->key[0] != '/')
            bytes->bad = true;
        out->path = out->key + 1;
    } else {
        out->path = take_text(bytes, out->path_length);
    }
    out->file = NULL;
    if (out->kind != STK_KIND_NAMESPACE)
        out->file = stk_bytes_run(bytes, STK_BUNDLE_BLOB_BYTES);
    out->codes = stk_bytes_run(bytes, (size_t)out->n_codes * CODE_BYTES);
    if (!out->kind)
        bytes->bad = true;
}

/* Within the bounds that the header was signed with; sums cannot overflow:
 * both parts are below 2^63. */
static bool
is_blob(const unsigned char *at, const stk_bundle_header *header)
{
    stk_bundle_blob blob;

    get_blob(&blob, at);
    if (blob.offset < stk_bundle_blobs(header) ||
        blob.offset > stk_bundle_ends(header) ||
        blob.stored > stk_bundle_ends(header) - blob.offset)
        return false;
    if (blob.size > STK_BUNDLE_BLOB_MAX || !blob.size != !blob.stored)
        return false;
    return blob.stored <= (uint32_t)LZ4_COMPRESSBOUND(blob.size);
}

static bool
are_codes(const raw_row *row, const stk_bundle_header *header)
{
    if (row->n_codes && row->kind != STK_KIND_MODULE &&
        row->kind != STK_KIND_PACKAGE && row->kind != STK_KIND_EXTENSION)
        return false;
    if (row->n_codes > 1 && row->kind == STK_KIND_EXTENSION)
        return false;
    for (unsigned i = 0; i < row->n_codes; i++) {
        const unsigned char *at = row->codes + (size_t)i * CODE_BYTES;

        if (at[0] >= header->n_pythons || !is_blob(at + 1, header) ||
            (i && at[0] <= at[-(int)CODE_BYTES]))
            return false;
    }
    return true;
}

/* The standard library's extensions stand in a folder of sys.path of their
 * own, beside which there is no other. */
static bool
fits(const raw_row *row)
{
    static const char dynload[] = "lib-dynload/";
    const char *path = row->path;

    if (row->kind == STK_KIND_EXTENSION &&
        !strncmp(path, dynload, sizeof dynload - 1))
        path += sizeof dynload - 1;
    return stk_naming_fits(row->kind, row->key, path, "");
}

static bool
is_named(const raw_row *row, const stk_bundle_header *header)
{
    if (row->kind == STK_KIND_DATA)
        return stk_naming_is_path(row->path);
    return fits(row) && stk_bundle_holds(header, row->key, row->key_length);
}

/* Sorted by key, then path. */
static bool
follows(const raw_row *row, const raw_row *before)
{
    int order = stk_bundle_compare(before->key, before->key_length, row->key,
                                   row->key_length);

    return order < 0 || (order == 0 && row->kind != STK_KIND_DATA &&
                         strcmp(before->path, row->path) < 0);
}

static bool
is_zero(const stk_bytes *bytes)
{
    for (size_t i = 0; i < bytes->left; i++)
        if (bytes->at[i])
            return false;
    return true;
}

/* Its keys are those between the page's first, in the header, and the next
 * page's: another page that is signed, too, does not serve in its place. */
static bool
is_in_place(const raw_row *first, const raw_row *last,
            const stk_bundle_header *header, size_t index)
{
    const stk_bundle_page_entry *entry = &header->pages[index];

    if (stk_bundle_compare(entry->first, entry->length, first->key,
                           first->key_length) != 0)
        return false;
    return index + 1 == header->n_pages ||
           stk_bundle_compare(last->key, last->key_length, entry[1].first,
                              entry[1].length) < 0;
}

static const char *
find_fault(const unsigned char *page, const stk_bundle_header *header,
           size_t index)
{
    stk_bytes bytes = { page, STK_BUNDLE_PAGE, false };
    size_t n = stk_bytes_number(&bytes, 2);
    const unsigned char *offsets = stk_bytes_run(&bytes, 2 * n);
    raw_row row = { 0 }, first = { 0 }, before;

    if (n == 0 || !offsets)
        return "has no rows";
    for (size_t i = 0; i < n; i++) {
        before = row;
        if (stk_bytes_at(offsets + 2 * i, 2) != (size_t)(bytes.at - page))
            return "has a row that is elsewhere";
        take_row(&row, &bytes);
        if (bytes.bad)
            return "has a row that is none";
        if (i == 0)
            first = row;
        else if (!follows(&row, &before))
            return "has rows that are not sorted";
        if (!is_named(&row, header))
            return "has a row whose name and path do not fit";
        if ((row.file && !is_blob(row.file, header)) ||
            !are_codes(&row, header))
            return "has a row with a content that is out of bounds";
    }
    if (!is_zero(&bytes))
        return "has more than its rows";
    if (!is_in_place(&first, &row, header, index))
        return "has the rows of another";
    return NULL;
}

int
stk_bundle_page_check(const unsigned char page[STK_BUNDLE_PAGE],
                      const stk_bundle_header *header, size_t index,
                      stk_refusal *why)
{
    const char *fault = find_fault(page, header, index);

    if (!fault)
        return 0;
    return stk_refuse(why, STK_TRUST_MALFORMED,
                      "page %zu of the bundle's index %s", index, fault);
}

/* ---- searching ------------------------------------------------------ */

static const unsigned char *
row_at(const unsigned char *page, unsigned i)
{
    return page + stk_bytes_at(page + 2 + 2 * (size_t)i, 2);
}

static int
compare_row(const unsigned char *row, const char *key, size_t length)
{
    return stk_bundle_compare((const char *)row + STK_BUNDLE_ROW_BYTES,
                              stk_bytes_at(row + 2, 2), key, length);
}

unsigned
stk_bundle_page_rows(const unsigned char page[STK_BUNDLE_PAGE])
{
    return (unsigned)stk_bytes_at(page, 2);
}

unsigned
stk_bundle_page_seek(const unsigned char page[STK_BUNDLE_PAGE],
                     const char *key, size_t length)
{
    unsigned low = 0, high = stk_bundle_page_rows(page);

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (compare_row(row_at(page, middle), key, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool
stk_bundle_page_has(const unsigned char page[STK_BUNDLE_PAGE], unsigned i,
                    const char *key, size_t length)
{
    return i < stk_bundle_page_rows(page) &&
           compare_row(row_at(page, i), key, length) == 0;
}

void
stk_bundle_page_row(stk_bundle_row *out,
                    const unsigned char page[STK_BUNDLE_PAGE], unsigned i)
{
    const unsigned char *row = row_at(page, i);
    size_t key_length = stk_bytes_at(row + 2, 2);
    const unsigned char *at = row + STK_BUNDLE_ROW_BYTES + key_length + 1;

    out->kind = kind_of(row[0]);
    out->n_codes = row[1];
    out->name = (const char *)row + STK_BUNDLE_ROW_BYTES;
    out->name_length = key_length;
    if (out->kind == STK_KIND_DATA) {
        out->path = out->name + 1;
        out->path_length = key_length - 1;
        out->name = "";
        out->name_length = 0;
    } else {
        out->path = (const char *)at;
        out->path_length = stk_bytes_at(row + 4, 2);
        at += out->path_length + 1;
    }
    memset(&out->file, 0, sizeof out->file);
    if (out->kind != STK_KIND_NAMESPACE) {
        get_blob(&out->file, at);
        at += STK_BUNDLE_BLOB_BYTES;
    }
    out->codes = at;
    out->page = page;
    out->index = i;
}

bool
stk_bundle_more(stk_bundle_row *row)
{
    stk_bundle_row next;

    if (row->kind == STK_KIND_DATA ||
        !stk_bundle_page_has(row->page, row->index + 1, row->name,
                             row->name_length))
        return false;
    stk_bundle_page_row(&next, row->page, row->index + 1);
    *row = next;
    return true;
}

void
stk_bundle_loaded(stk_bundle_blob *out, const stk_bundle_row *row)
{
    *out = row->file;
    if (row->kind == STK_KIND_EXTENSION && row->n_codes)
        get_blob(out, row->codes + 1);
}

bool
stk_bundle_code(stk_bundle_blob *out, const stk_bundle_row *row, int python)
{
    const unsigned char *at = row->codes;

    for (unsigned i = 0; i < row->n_codes; i++, at += CODE_BYTES) {
        if (at[0] != python)
            continue;
        get_blob(out, at + 1);
        return true;
    }
    return false;
}
