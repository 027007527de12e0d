/* SPDX-License-Identifier: Apache-2.0 */
/* The signed header of a bundle, read and written. */
#include "trust/bundle_header.h"

#include <stdlib.h>
#include <string.h>

#include "trust/bytes.h"
#include "trust/naming.h"

#define LEAST_NAME 4u                      /* bytes of the shortest text */
#define LEAST_PAGE (3u + STK_DIGEST_BYTES) /* an entry's, likewise */

static int
refuse(stk_refusal *why, const char *what)
{
    return stk_refuse(why, STK_TRUST_MALFORMED, "the bundle's header: %s",
                      what);
}

const char *
stk_bundle_module(const stk_bundle_header *header)
{
    return header->n_names == 1 ? header->names[0] : "-";
}

uint64_t
stk_bundle_blobs(const stk_bundle_header *header)
{
    return header->length + (uint64_t)header->n_pages * STK_BUNDLE_PAGE;
}

uint64_t
stk_bundle_ends(const stk_bundle_header *header)
{
    return header->total - STK_BUNDLE_END_BYTES;
}

int
stk_bundle_compare(const char *a, size_t a_length, const char *b,
                   size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

    if (order == 0)
        order = (a_length > b_length) - (a_length < b_length);
    return order;
}

bool
stk_bundle_holds(const stk_bundle_header *header, const char *name,
                 size_t length)
{
    size_t low = 0, high = header->n_names;

    /* the last one that is not behind `name`: names are no one's prefix, so
     * that no other can hold it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *at = header->names[middle];

        if (stk_bundle_compare(at, strlen(at), name, length) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0) {
        const char *at = header->names[low - 1];
        size_t n = strlen(at);

        return n <= length && !memcmp(at, name, n) &&
               (n == length || name[n] == '.');
    }
    return false;
}

/* ---- reading -------------------------------------------------------- */

static const char *
take_text(stk_bytes *bytes, size_t *length)
{
    size_t n = stk_bytes_number(bytes, 2);
    const char *text = (const char *)stk_bytes_run(bytes, n + 1);

    if (!text || text[n] || memchr(text, '\0', n)) {
        bytes->bad = true;
        text = "";
        n = 0;
    }
    if (length)
        *length = n;
    return text;
}

/* Printable ASCII: these stand in messages and in the trusted comment. */
static const char *
take_word(stk_bytes *bytes)
{
    const char *text = take_text(bytes, NULL);

    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at > '~')
            bytes->bad = true;
    if (strlen(text) > STK_BUNDLE_WORD_MAX)
        bytes->bad = true;
    return text;
}

int
stk_bundle_header_start(size_t *length, uint64_t *total,
                        const unsigned char start[STK_BUNDLE_START_BYTES],
                        stk_refusal *why)
{
    stk_bytes bytes = { start, STK_BUNDLE_START_BYTES, false };

    if (memcmp(stk_bytes_run(&bytes, STK_BUNDLE_MAGIC_BYTES), STK_BUNDLE_MAGIC,
               STK_BUNDLE_MAGIC_BYTES) != 0)
        return stk_refuse(why, STK_TRUST_MALFORMED,
                          "is no bundle that this version reads");
    *length = stk_bytes_number(&bytes, 4);
    if (stk_bytes_number(&bytes, 4) != STK_BUNDLE_PAGE)
        return refuse(why, "pages are not of 4096 bytes");
    *total = stk_bytes_number(&bytes, 8);
    if (*length < STK_BUNDLE_START_BYTES || *length > STK_BUNDLE_HEADER_MAX)
        return refuse(why, "its length is out of bounds");
    if (*total > INT64_MAX || *total < *length + STK_BUNDLE_END_BYTES)
        return refuse(why, "the total length is out of bounds");
    return 0;
}

static int
compare_pythons(const stk_bundle_python *a, const stk_bundle_python *b)
{
    int order = strcmp(a->cache_tag, b->cache_tag);

    if (order == 0)
        order = memcmp(a->magic, b->magic, sizeof a->magic);
    if (order == 0)
        order = (int)a->optimisation - (int)b->optimisation;
    return order;
}

static int
take_pythons(stk_bundle_header *out, stk_bytes *bytes, stk_refusal *why)
{
    for (size_t i = 0; i < out->n_pythons; i++) {
        stk_bundle_python *python = &out->pythons[i];
        const unsigned char *magic;

        python->cache_tag = take_word(bytes);
        magic = stk_bytes_run(bytes, sizeof python->magic);
        if (magic)
            memcpy(python->magic, magic, sizeof python->magic);
        python->optimisation = (unsigned)stk_bytes_number(bytes, 1);
        if (bytes->bad || !python->cache_tag[0] ||
            strlen(python->cache_tag) > STK_BUNDLE_TAG_MAX ||
            python->optimisation > 2)
            return refuse(why, "a Python that is none");
        if (i && compare_pythons(python - 1, python) >= 0)
            return refuse(why, "its Pythons are not sorted");
    }
    return 0;
}

static bool
is_below(const char *name, const char *top)
{
    size_t n = strlen(top);

    return !strncmp(name, top, n) && (name[n] == '.' || !name[n]);
}

static int
take_names(stk_bundle_header *out, size_t n, stk_bytes *bytes,
           stk_refusal *why)
{
    if (n > bytes->left / LEAST_NAME)
        return refuse(why, "it is cut");
    out->names = calloc(n + 1, sizeof *out->names);
    if (!out->names)
        return stk_refuse_memory(why);
    for (size_t i = 0; i < n; i++) {
        out->names[i] = take_text(bytes, NULL);
        if (bytes->bad || !stk_naming_is_name(out->names[i]))
            return refuse(why, "a name that is none");
        if (i && (strcmp(out->names[i - 1], out->names[i]) >= 0 ||
                  is_below(out->names[i], out->names[i - 1])))
            return refuse(why, "its names are not sorted");
    }
    out->n_names = n;
    return 0;
}

static int
take_pages(stk_bundle_header *out, size_t n, stk_bytes *bytes,
           stk_refusal *why)
{
    if (n == 0 || n > STK_BUNDLE_PAGES_MAX || n > bytes->left / LEAST_PAGE)
        return refuse(why, "the number of pages is out of bounds");
    out->pages = calloc(n, sizeof *out->pages);
    if (!out->pages)
        return stk_refuse_memory(why);
    for (size_t i = 0; i < n; i++) {
        stk_bundle_page_entry *page = &out->pages[i];

        page->first = take_text(bytes, &page->length);
        page->digest = stk_bytes_run(bytes, STK_DIGEST_BYTES);
        if (bytes->bad)
            return refuse(why, "it is cut");
        if (i && stk_bundle_compare(page[-1].first, page[-1].length,
                                    page->first, page->length) >= 0)
            return refuse(why, "its pages are not sorted");
    }
    out->n_pages = n;
    return 0;
}

static int
parse(stk_bundle_header *out, const unsigned char *data, size_t length,
      stk_refusal *why)
{
    stk_bytes bytes = { data, length, false };
    size_t n_pages, n_names;

    if (length < STK_BUNDLE_START_BYTES)
        return refuse(why, "it is cut");
    if (stk_bundle_header_start(&out->length, &out->total, data, why) < 0)
        return -1;
    if (out->length != length)
        return refuse(why, "its length is another");
    stk_bytes_run(&bytes, STK_BUNDLE_START_BYTES);
    out->sequence = stk_bytes_number(&bytes, 8);
    out->signed_at = (int64_t)stk_bytes_number(&bytes, 8);
    out->expires = (int64_t)stk_bytes_number(&bytes, 8);
    n_pages = stk_bytes_number(&bytes, 4);
    out->n_rows = (uint32_t)stk_bytes_number(&bytes, 4);
    out->n_pythons = stk_bytes_number(&bytes, 2);
    n_names = stk_bytes_number(&bytes, 2);
    out->context = take_word(&bytes);
    out->package = take_word(&bytes);
    out->version = take_word(&bytes);
    if (bytes.bad || out->signed_at < 0 || out->expires < 0 ||
        out->n_pythons > STK_BUNDLE_PYTHONS_MAX)
        return refuse(why, "a field is out of bounds");
    if (take_pythons(out, &bytes, why) < 0 ||
        take_names(out, n_names, &bytes, why) < 0 ||
        take_pages(out, n_pages, &bytes, why) < 0)
        return -1;
    if (bytes.left)
        return refuse(why, "there is more behind it");
    if (stk_bundle_blobs(out) > stk_bundle_ends(out))
        return refuse(why, "the total length is out of bounds");
    return 0;
}

int
stk_bundle_header_parse(stk_bundle_header *out, const unsigned char *data,
                        size_t length, stk_refusal *why)
{
    memset(out, 0, sizeof *out);
    if (parse(out, data, length, why) == 0)
        return 0;
    stk_bundle_header_clear(out);
    return -1;
}

void
stk_bundle_header_clear(stk_bundle_header *header)
{
    free(header->names);
    free(header->pages);
    memset(header, 0, sizeof *header);
}

/* ---- writing -------------------------------------------------------- */

static void
put_text(stk_buffer *out, const char *text, size_t length)
{
    stk_bytes_put(out, length, 2);
    stk_buffer_append(out, text, length);
    stk_buffer_append(out, "", 1);
}

static size_t
text_bytes(const char *text)
{
    return 3 + strlen(text);
}

size_t
stk_bundle_header_measure(const stk_bundle_header *header)
{
    size_t n = STK_BUNDLE_START_BYTES + 3 * 8 + 2 * 4 + 2 * 2;

    n += text_bytes(header->context) + text_bytes(header->package) +
         text_bytes(header->version);
    for (size_t i = 0; i < header->n_pythons; i++)
        n += text_bytes(header->pythons[i].cache_tag) + 5;
    for (size_t i = 0; i < header->n_names; i++)
        n += text_bytes(header->names[i]);
    for (size_t i = 0; i < header->n_pages; i++)
        n += 3 + header->pages[i].length + STK_DIGEST_BYTES;
    return n;
}

static void
put_fields(stk_buffer *out, const stk_bundle_header *header)
{
    stk_buffer_append(out, STK_BUNDLE_MAGIC, STK_BUNDLE_MAGIC_BYTES);
    stk_bytes_put(out, header->length, 4);
    stk_bytes_put(out, STK_BUNDLE_PAGE, 4);
    stk_bytes_put(out, header->total, 8);
    stk_bytes_put(out, header->sequence, 8);
    stk_bytes_put(out, (uint64_t)header->signed_at, 8);
    stk_bytes_put(out, (uint64_t)header->expires, 8);
    stk_bytes_put(out, header->n_pages, 4);
    stk_bytes_put(out, header->n_rows, 4);
    stk_bytes_put(out, header->n_pythons, 2);
    stk_bytes_put(out, header->n_names, 2);
    put_text(out, header->context, strlen(header->context));
    put_text(out, header->package, strlen(header->package));
    put_text(out, header->version, strlen(header->version));
}

void
stk_bundle_header_print(stk_buffer *out, const stk_bundle_header *header)
{
    put_fields(out, header);
    for (size_t i = 0; i < header->n_pythons; i++) {
        const stk_bundle_python *python = &header->pythons[i];

        put_text(out, python->cache_tag, strlen(python->cache_tag));
        stk_buffer_append(out, python->magic, 4);
        stk_bytes_put(out, python->optimisation, 1);
    }
    for (size_t i = 0; i < header->n_names; i++)
        put_text(out, header->names[i], strlen(header->names[i]));
    for (size_t i = 0; i < header->n_pages; i++) {
        const stk_bundle_page_entry *page = &header->pages[i];

        put_text(out, page->first, page->length);
        stk_buffer_append(out, page->digest, STK_DIGEST_BYTES);
    }
}
