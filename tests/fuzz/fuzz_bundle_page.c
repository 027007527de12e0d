/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of a bundle's index. Of what is taken, each row is found by its key
 * and lies within the page, each content within the bundle.
 */
#include <stdlib.h>
#include <string.h>

#include "trust/bundle_page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TOTAL 100000u

static void
check_blob(const stk_bundle_blob *blob, const stk_bundle_header *header)
{
    if (blob->offset < stk_bundle_blobs(header) ||
        blob->offset + blob->stored > stk_bundle_ends(header) ||
        blob->size > STK_BUNDLE_BLOB_MAX)
        abort();
}

static void
check_row(const unsigned char *page, unsigned i,
          const stk_bundle_header *header)
{
    const char *end = (const char *)page + STK_BUNDLE_PAGE;
    stk_bundle_row row;
    stk_bundle_blob code;
    const char *key;
    size_t length;
    unsigned at;

    stk_bundle_page_row(&row, page, i);
    if (row.path + row.path_length >= end || row.path[row.path_length] ||
        row.name[row.name_length])
        abort();
    key = row.kind == STK_KIND_DATA ? row.path - 1 : row.name;
    length = row.kind == STK_KIND_DATA ? row.path_length + 1 : row.name_length;
    at = stk_bundle_page_seek(page, key, length);
    if (at > i || !stk_bundle_page_has(page, at, key, length))
        abort();
    if (row.kind != STK_KIND_NAMESPACE)
        check_blob(&row.file, header);
    for (int python = 0; python < 2; python++)
        if (stk_bundle_code(&code, &row, python))
            check_blob(&code, header);
    while (stk_bundle_more(&row))
        ;
}

/* The key of the first row if there is one: the header would have it. */
static void
take_first(stk_bundle_page_entry *entry, const unsigned char *page)
{
    size_t at = page[2] | (size_t)page[3] << 8;

    entry->first = "";
    entry->length = 0;
    if (at + STK_BUNDLE_ROW_BYTES >= STK_BUNDLE_PAGE)
        return;
    entry->length = page[at + 2] | (size_t)page[at + 3] << 8;
    if (entry->length > STK_BUNDLE_PAGE - at - STK_BUNDLE_ROW_BYTES)
        entry->length = 0;
    entry->first = (const char *)page + at + STK_BUNDLE_ROW_BYTES;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *names[] = { "shop" };
    unsigned char *page = calloc(1, STK_BUNDLE_PAGE);
    stk_bundle_page_entry entry = { "", 0, NULL };
    stk_bundle_header header = { .length = 100, .total = TOTAL };

    if (!page)
        return 0;
    memcpy(page, data, size < STK_BUNDLE_PAGE ? size : STK_BUNDLE_PAGE);
    take_first(&entry, page);
    header.n_pythons = 2;
    header.names = names;
    header.n_names = 1;
    header.pages = &entry;
    header.n_pages = 1;
    if (stk_bundle_page_check(page, &header, 0, NULL) == 0)
        for (unsigned i = 0; i < stk_bundle_page_rows(page); i++)
            check_row(page, i, &header);
    free(page);
    return 0;
}
