/* SPDX-License-Identifier: Apache-2.0 */
/* All of a bundle verified at once: pages, contents, and what is between. */
#include "trust/bundle_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "trust/digest.h"

typedef struct extent {
    uint64_t offset, length;
} extent;

typedef struct checker {
    stk_bundle *bundle;
    const stk_keyring *ring; /* or NULL */
    stk_bundle_checked *out;
    stk_bundle_tell *tell;
    void *payload;
    extent *extents;
    size_t n, room;
    size_t rows;
} checker;

static void
tell_wrong(checker *c, const stk_bundle_row *row, int python,
           const stk_refusal *why)
{
    c->out->wrong++;
    if (c->tell)
        c->tell(c->payload, row, python, why);
}

static int
keep_extent(checker *c, const stk_bundle_blob *blob, stk_refusal *why)
{
    if (c->n == c->room) {
        size_t room = c->room ? c->room * 2 : 256;
        extent *grown = realloc(c->extents, room * sizeof *grown);

        if (!grown)
            return stk_refuse_memory(why);
        c->extents = grown;
        c->room = room;
    }
    c->extents[c->n].offset = blob->offset;
    c->extents[c->n++].length = blob->stored;
    return 0;
}

/* As an import has it: of the file as it is unpacked, not of its code. */
static bool
is_revoked(const checker *c, int python, const void *content, size_t size)
{
    unsigned char digest[STK_DIGEST_BYTES];

    if (!c->ring || python >= 0)
        return false;
    stk_digest_memory(digest, content, size);
    return stk_keyring_is_revoked(c->ring, digest);
}

static int
check_blob(checker *c, const stk_bundle_row *row, int python,
           const stk_bundle_blob *blob, stk_refusal *why)
{
    STK_CLEANUP(stk_freep) void *content = malloc(blob->size + 1u);

    if (!content || keep_extent(c, blob, why) < 0)
        return stk_refuse_memory(why);
    if (stk_bundle_read(c->bundle, blob, content, why) < 0) {
        if (why->trust == STK_TRUST_NONE)
            return -1;
        tell_wrong(c, row, python, why);
        return 0;
    }
    if (is_revoked(c, python, content, blob->size)) {
        stk_refuse(why, STK_TRUST_HASH_REVOKED,
                   "the policy has revoked this content");
        c->out->revoked++;
        tell_wrong(c, row, python, why);
        return 0;
    }
    c->out->files += python < 0;
    c->out->codes += python >= 0;
    c->out->bytes += blob->size;
    if (c->tell)
        c->tell(c->payload, row, python, NULL);
    return 0;
}

static int
check_row(checker *c, const stk_bundle_row *row, stk_refusal *why)
{
    const stk_bundle_header *header = stk_bundle_head(c->bundle);
    stk_bundle_blob code;

    c->rows++;
    if (row->kind != STK_KIND_NAMESPACE &&
        check_blob(c, row, -1, &row->file, why) < 0)
        return -1;
    for (int python = 0; python < (int)header->n_pythons; python++)
        if (stk_bundle_code(&code, row, python) &&
            check_blob(c, row, python, &code, why) < 0)
            return -1;
    return 0;
}

static int
check_rows(checker *c, stk_refusal *why)
{
    const stk_bundle_header *header = stk_bundle_head(c->bundle);
    stk_bundle_cursor cursor = { 0, 0 };
    stk_bundle_row row;

    while (cursor.page < header->n_pages) {
        int next = stk_bundle_next(&row, c->bundle, &cursor, why);

        if (next == 0)
            break;
        if (next < 0 && why->trust == STK_TRUST_NONE)
            return -1;
        if (next < 0) {
            tell_wrong(c, NULL, -1, why);
            cursor.page++;
            cursor.row = 0;
        } else if (check_row(c, &row, why) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
compare_extents(const void *a, const void *b)
{
    const extent *left = a, *right = b;

    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    return (left->length > right->length) - (left->length < right->length);
}

/* What no digest is of could be anything, and what two rows share is not
 * what a signer meant. */
static void
check_layout(checker *c)
{
    const stk_bundle_header *header = stk_bundle_head(c->bundle);
    uint64_t at = stk_bundle_blobs(header);
    bool fits = c->rows == header->n_rows;
    stk_refusal why;

    if (c->n)
        qsort(c->extents, c->n, sizeof *c->extents, compare_extents);
    for (size_t i = 0; i < c->n && fits; i++) {
        fits = c->extents[i].offset == at;
        at += c->extents[i].length;
    }
    if (fits && at == stk_bundle_ends(header))
        return;
    stk_refuse(&why, STK_TRUST_MALFORMED,
               "the contents do not fill the bundle, or overlap");
    tell_wrong(c, NULL, -1, &why);
}

int
stk_bundle_check(stk_bundle_checked *out, stk_bundle *bundle,
                 const stk_keyring *ring, stk_bundle_tell *tell, void *payload,
                 stk_refusal *why)
{
    checker c = { bundle, ring, out, tell, payload, NULL, 0, 0, 0 };
    int failed;

    memset(out, 0, sizeof *out);
    failed = check_rows(&c, why);
    /* of a page that is not known, neither is where its contents lie */
    if (failed == 0 && out->wrong == 0)
        check_layout(&c);
    free(c.extents);
    return failed;
}
