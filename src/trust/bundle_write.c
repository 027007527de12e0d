/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a bundle: files packed, sorted, indexed, laid out. */
#include "trust/bundle_write.h"

#include <lz4.h>
#include <lz4hc.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "trust/bundle_page.h"
#include "trust/bytes.h"

/* A content, packed. */
typedef struct blob {
    unsigned char *stored; /* owned; NULL: there is none */
    uint32_t length, size;
    uint64_t offset;
    unsigned char digest[STK_DIGEST_BYTES];
} blob;

typedef struct entry {
    enum stk_kind kind;
    char *key; /* owned */
    size_t key_length;
    char *path; /* owned; NULL for data */
    size_t path_length;
    blob file;
    blob codes[STK_BUNDLE_PYTHONS_MAX]; /* by number of the sorted Pythons */
    size_t page;
} entry;

struct stk_bundle_writer {
    stk_bundle_header header;               /* its texts are owned here */
    unsigned order[STK_BUNDLE_PYTHONS_MAX]; /* given to sorted */
    entry **entries;
    size_t n, room;
};

static void
free_entry(entry *e)
{
    if (!e)
        return;
    free(e->key);
    free(e->path);
    free(e->file.stored);
    for (size_t i = 0; i < STK_BUNDLE_PYTHONS_MAX; i++)
        free(e->codes[i].stored);
    free(e);
}

static void
free_entryp(entry **e)
{
    free_entry(*e);
}

void
stk_bundle_writer_freep(stk_bundle_writer **writer)
{
    stk_bundle_writer *w = *writer;

    if (!w)
        return;
    for (size_t i = 0; i < w->n; i++)
        free_entry(w->entries[i]);
    free(w->entries);
    for (size_t i = 0; i < w->header.n_pythons; i++)
        free((char *)w->header.pythons[i].cache_tag);
    free((char *)w->header.context);
    free((char *)w->header.package);
    free((char *)w->header.version);
    free(w->header.pages);
    free(w);
    *writer = NULL;
}

/* ---- what it is ----------------------------------------------------- */

static int
compare_pythons(const void *a, const void *b)
{
    const stk_bundle_python *left = a, *right = b;
    int order = strcmp(left->cache_tag, right->cache_tag);

    if (order == 0)
        order = memcmp(left->magic, right->magic, sizeof left->magic);
    if (order == 0)
        order = (int)left->optimisation - (int)right->optimisation;
    return order;
}

static int
take_pythons(stk_bundle_writer *w, const stk_bundle_about *about,
             stk_error *err)
{
    stk_bundle_header *header = &w->header;

    if (about->n_pythons > STK_BUNDLE_PYTHONS_MAX)
        return stk_error_set(err, STK_E_LIMIT,
                             "a bundle has code for at most %u Pythons",
                             STK_BUNDLE_PYTHONS_MAX);
    for (size_t i = 0; i < about->n_pythons; i++) {
        header->pythons[i] = about->pythons[i];
        header->pythons[i].cache_tag =
            stk_text_dup(about->pythons[i].cache_tag);
        if (!header->pythons[i].cache_tag)
            return stk_error_memory(err);
        header->n_pythons++;
    }
    qsort(header->pythons, header->n_pythons, sizeof header->pythons[0],
          compare_pythons);
    for (size_t i = 0; i < about->n_pythons; i++)
        for (size_t k = 0; k < about->n_pythons; k++)
            if (!compare_pythons(&about->pythons[i], &header->pythons[k]))
                w->order[i] = (unsigned)k;
    return 0;
}

int
stk_bundle_writer_new(stk_bundle_writer **out, const stk_bundle_about *about,
                      stk_error *err)
{
    STK_CLEANUP(stk_bundle_writer_freep)
    stk_bundle_writer *w = calloc(1, sizeof *w);
    stk_bundle_header *header;

    if (!w || sodium_init() < 0)
        return stk_error_memory(err);
    header = &w->header;
    header->context = stk_text_dup(about->context ? about->context : "");
    header->package = stk_text_dup(about->package ? about->package : "");
    header->version = stk_text_dup(about->version ? about->version : "");
    if (!header->context || !header->package || !header->version)
        return stk_error_memory(err);
    header->sequence = about->sequence;
    header->signed_at = about->signed_at;
    header->expires = about->expires;
    if (take_pythons(w, about, err) < 0)
        return err ? -err->code : -STK_E_INVALID;
    *out = STK_STEAL(w);
    return 0;
}

/* ---- files ---------------------------------------------------------- */

static int
pack(blob *out, const void *data, size_t length, const char *path,
     stk_error *err)
{
    int most, n = 0;

    if (length > STK_BUNDLE_BLOB_MAX)
        return stk_error_set(err, STK_E_LIMIT,
                             "%s: is larger than %u MiB: leave it out", path,
                             STK_BUNDLE_BLOB_MAX >> 20);
    most = LZ4_compressBound((int)length);
    out->stored = malloc((size_t)most);
    if (!out->stored)
        return stk_error_memory(err);
    if (length) {
        n = LZ4_compress_HC(data, (char *)out->stored, (int)length, most,
                            LZ4HC_CLEVEL_DEFAULT);
        if (n <= 0)
            return stk_error_memory(err);
    }
    out->length = (uint32_t)n;
    out->size = (uint32_t)length;
    stk_digest_memory(out->digest, out->stored, out->length);
    return 0;
}

static int
pack_codes(stk_bundle_writer *w, entry *e, const stk_bundle_file *file,
           stk_error *err)
{
    for (size_t i = 0; i < file->n_codes; i++) {
        const stk_bundle_code_of *code = &file->codes[i];

        if (code->python >= w->header.n_pythons ||
            e->codes[w->order[code->python]].stored)
            return stk_error_set(err, STK_E_INVALID,
                                 "%s: code for no Python of the bundle",
                                 file->path);
        if (pack(&e->codes[w->order[code->python]], code->data, code->length,
                 file->path, err) < 0)
            return err ? -err->code : -STK_E_LIMIT;
    }
    return 0;
}

static int
keep_entry(stk_bundle_writer *w, entry *e, stk_error *err)
{
    if (w->n == w->room) {
        size_t room = w->room ? w->room * 2 : 256;
        entry **grown = realloc(w->entries, room * sizeof *grown);

        if (!grown)
            return stk_error_memory(err);
        w->entries = grown;
        w->room = room;
    }
    w->entries[w->n++] = e;
    return 0;
}

int
stk_bundle_add(stk_bundle_writer *w, const stk_bundle_file *file,
               stk_error *err)
{
    STK_CLEANUP(free_entryp) entry *e = calloc(1, sizeof *e);
    bool data = file->kind == STK_KIND_DATA;
    int failed = 0;

    if (!e)
        return stk_error_memory(err);
    e->kind = file->kind;
    e->key =
        data ? stk_text_printf("/%s", file->path) : stk_text_dup(file->name);
    e->path = data ? NULL : stk_text_dup(file->path);
    if (!e->key || (!data && !e->path))
        return stk_error_memory(err);
    e->key_length = strlen(e->key);
    e->path_length = data ? 0 : strlen(e->path);
    if (file->kind != STK_KIND_NAMESPACE)
        failed = pack(&e->file, file->data, file->length, file->path, err);
    if (failed == 0)
        failed = pack_codes(w, e, file, err);
    if (failed == 0)
        failed = keep_entry(w, e, err);
    if (failed == 0)
        STK_STEAL(e);
    return failed;
}

/* ---- pages ---------------------------------------------------------- */

static int
compare_entries(const void *a, const void *b)
{
    const entry *left = *(entry *const *)a, *right = *(entry *const *)b;
    int order = strcmp(left->key, right->key);

    return order ? order
                 : strcmp(left->path ? left->path : "",
                          right->path ? right->path : "");
}

/* Bytes of its row, with the offset that leads to it. */
static size_t
row_bytes(const entry *e)
{
    size_t n = 2 + STK_BUNDLE_ROW_BYTES + e->key_length + 1;

    if (e->kind != STK_KIND_DATA)
        n += e->path_length + 1;
    if (e->kind != STK_KIND_NAMESPACE)
        n += STK_BUNDLE_BLOB_BYTES;
    for (size_t i = 0; i < STK_BUNDLE_PYTHONS_MAX; i++)
        if (e->codes[i].stored)
            n += 1 + STK_BUNDLE_BLOB_BYTES;
    return n;
}

/* How many entries from `i` on have its key, and what they take. */
static size_t
run_of(const stk_bundle_writer *w, size_t i, size_t *bytes)
{
    size_t n = 0;

    *bytes = 0;
    while (i + n < w->n && !strcmp(w->entries[i]->key, w->entries[i + n]->key))
        *bytes += row_bytes(w->entries[i + n++]);
    return n;
}

/* Gives each entry its page, each page its first key. */
static int
paginate(stk_bundle_writer *w, stk_error *err)
{
    size_t used = STK_BUNDLE_PAGE, bytes, n;
    stk_bundle_header *header = &w->header;

    free(header->pages);
    header->n_pages = 0;
    header->pages = calloc(w->n + 1, sizeof *header->pages);
    if (!header->pages)
        return stk_error_memory(err);
    for (size_t i = 0; i < w->n; i += n) {
        n = run_of(w, i, &bytes);
        if (bytes > STK_BUNDLE_PAGE - 2)
            return stk_error_set(err, STK_E_LIMIT,
                                 "%s: its names, or the files of that name, "
                                 "are too many for a bundle",
                                 w->entries[i]->key);
        if (used + bytes > STK_BUNDLE_PAGE) {
            header->pages[header->n_pages].first = w->entries[i]->key;
            header->pages[header->n_pages].length = w->entries[i]->key_length;
            header->n_pages++;
            used = 2;
        }
        used += bytes;
        for (size_t k = 0; k < n; k++)
            w->entries[i + k]->page = header->n_pages - 1;
    }
    return 0;
}

static void
put_blob(stk_buffer *out, const blob *b)
{
    stk_bytes_put(out, b->offset, 8);
    stk_bytes_put(out, b->length, 4);
    stk_bytes_put(out, b->size, 4);
    stk_buffer_append(out, b->digest, sizeof b->digest);
}

static char
kind_letter(enum stk_kind kind)
{
    switch (kind) {
    case STK_KIND_MODULE:
        return 'm';
    case STK_KIND_PACKAGE:
        return 'p';
    case STK_KIND_NAMESPACE:
        return 'n';
    case STK_KIND_EXTENSION:
        return 'x';
    default:
        return 'd';
    }
}

static void
put_row(stk_buffer *out, const entry *e)
{
    unsigned n_codes = 0;

    for (size_t i = 0; i < STK_BUNDLE_PYTHONS_MAX; i++)
        n_codes += e->codes[i].stored != NULL;
    stk_bytes_put(out, (uint64_t)kind_letter(e->kind), 1);
    stk_bytes_put(out, n_codes, 1);
    stk_bytes_put(out, e->key_length, 2);
    stk_bytes_put(out, e->path_length, 2);
    stk_buffer_append(out, e->key, e->key_length + 1);
    if (e->path)
        stk_buffer_append(out, e->path, e->path_length + 1);
    if (e->kind != STK_KIND_NAMESPACE)
        put_blob(out, &e->file);
    for (unsigned i = 0; i < STK_BUNDLE_PYTHONS_MAX; i++) {
        if (!e->codes[i].stored)
            continue;
        stk_bytes_put(out, i, 1);
        put_blob(out, &e->codes[i]);
    }
}

/* The page of the `n` entries at `entries`. */
static void
put_page(stk_buffer *out, entry *const *entries, size_t n)
{
    static const char zeros[STK_BUNDLE_PAGE];
    size_t begin = out->length, at = 2 + 2 * n;

    stk_bytes_put(out, n, 2);
    for (size_t i = 0; i < n; i++) {
        stk_bytes_put(out, at, 2);
        at += row_bytes(entries[i]) - 2;
    }
    for (size_t i = 0; i < n; i++)
        put_row(out, entries[i]);
    if (!out->failed)
        stk_buffer_append(out, zeros, STK_BUNDLE_PAGE - (out->length - begin));
}

/* ---- the whole ------------------------------------------------------ */

static void
place_blob(blob *b, uint64_t *offset)
{
    b->offset = *offset;
    *offset += b->length;
}

/* Code first, Python by Python: what one program reads lies together. */
static void
place_blobs(stk_bundle_writer *w)
{
    uint64_t offset = stk_bundle_blobs(&w->header);

    for (size_t python = 0; python < w->header.n_pythons; python++)
        for (size_t i = 0; i < w->n; i++)
            if (w->entries[i]->codes[python].stored)
                place_blob(&w->entries[i]->codes[python], &offset);
    for (size_t i = 0; i < w->n; i++)
        if (w->entries[i]->file.stored)
            place_blob(&w->entries[i]->file, &offset);
    w->header.total = offset + STK_BUNDLE_END_BYTES;
}

static void
put_blobs(stk_buffer *out, const stk_bundle_writer *w)
{
    for (size_t python = 0; python < w->header.n_pythons; python++)
        for (size_t i = 0; i < w->n; i++)
            stk_buffer_append(out, w->entries[i]->codes[python].stored,
                              w->entries[i]->codes[python].length);
    for (size_t i = 0; i < w->n; i++)
        stk_buffer_append(out, w->entries[i]->file.stored,
                          w->entries[i]->file.length);
    stk_buffer_append(out, STK_BUNDLE_END, STK_BUNDLE_END_BYTES);
}

static int
put_pages(stk_buffer *out, const stk_bundle_writer *w, stk_error *err)
{
    size_t n;

    for (size_t i = 0; i < w->n; i += n) {
        for (n = 1;
             i + n < w->n && w->entries[i + n]->page == w->entries[i]->page;
             n++)
            ;
        put_page(out, w->entries + i, n);
    }
    return stk_buffer_check(out, err);
}

static int
digest_pages(unsigned char **digests, stk_bundle_header *header,
             const stk_buffer *pages, stk_error *err)
{
    *digests = malloc(header->n_pages * STK_DIGEST_BYTES);
    if (!*digests)
        return stk_error_memory(err);
    for (size_t i = 0; i < header->n_pages; i++) {
        unsigned char *digest = *digests + i * STK_DIGEST_BYTES;

        stk_digest_memory(digest, pages->data + i * STK_BUNDLE_PAGE,
                          STK_BUNDLE_PAGE);
        header->pages[i].digest = digest;
    }
    return 0;
}

/* As a reader would, so that nothing is signed that nobody reads. */
static int
check_written(const stk_buffer *out, size_t length, stk_error *err)
{
    const unsigned char *data = (const unsigned char *)out->data;
    stk_bundle_header header;
    stk_refusal why;
    int failed = stk_bundle_header_parse(&header, data, length, &why);

    for (size_t i = 0; failed == 0 && i < header.n_pages; i++)
        failed = stk_bundle_page_check(data + length + i * STK_BUNDLE_PAGE,
                                       &header, i, &why);
    if (failed < 0)
        stk_error_set(err, STK_E_INVALID, "no bundle can hold this: %s",
                      why.message);
    stk_bundle_header_clear(&header);
    return failed < 0 ? -STK_E_INVALID : 0;
}

static int
lay_out(stk_buffer *out, stk_bundle_writer *w, stk_error *err)
{
    STK_CLEANUP(stk_freep) unsigned char *digests = NULL;
    STK_CLEANUP(stk_buffer_clear)
    stk_buffer pages =
        STK_BUFFER_INIT((size_t)STK_BUNDLE_PAGES_MAX * STK_BUNDLE_PAGE);
    int failed = paginate(w, err);

    if (failed < 0)
        return failed;
    w->header.n_rows = (uint32_t)w->n;
    w->header.length = stk_bundle_header_measure(&w->header);
    place_blobs(w);
    failed = put_pages(&pages, w, err);
    if (failed == 0)
        failed = digest_pages(&digests, &w->header, &pages, err);
    if (failed < 0)
        return failed;
    stk_bundle_header_print(out, &w->header);
    stk_buffer_append(out, pages.data, pages.length);
    put_blobs(out, w);
    return stk_buffer_check(out, err);
}

/* The first labels of all modules, which are sorted; `text` has room for
 * them. */
static void
take_names(stk_bundle_writer *w, char *text)
{
    const char *before = NULL;

    for (size_t i = 0; i < w->n; i++) {
        size_t n = strcspn(w->entries[i]->key, ".");

        if (w->entries[i]->kind == STK_KIND_DATA)
            continue;
        memcpy(text, w->entries[i]->key, n);
        text[n] = '\0';
        if (before && !strcmp(before, text))
            continue;
        before = w->header.names[w->header.n_names++] = text;
        text += n + 1;
    }
}

/* Names that are freed by free(), with their texts; and a package that has
 * the name of all. */
static int
name_all(stk_bundle_writer *w, char **text, const char *prefix, stk_error *err)
{
    size_t room = strlen(prefix) + 1;

    for (size_t i = 0; i < w->n; i++)
        room += w->entries[i]->key_length + 1;
    *text = malloc(room);
    w->header.names = calloc(w->n + 1, sizeof *w->header.names);
    w->header.n_names = 0;
    if (!*text || !w->header.names)
        return stk_error_memory(err);
    if (*prefix)
        w->header.names[w->header.n_names++] = prefix;
    else
        take_names(w, *text);
    if (w->header.n_names == 1 && !w->header.package[0]) {
        free((char *)w->header.package);
        w->header.package = stk_text_printf(
            "%.*s", (int)strcspn(w->header.names[0], "."), w->header.names[0]);
        if (!w->header.package)
            return stk_error_memory(err);
    }
    if (w->header.n_names > UINT16_MAX)
        return stk_error_set(err, STK_E_LIMIT,
                             "a bundle has at most %u top-level names",
                             UINT16_MAX);
    return 0;
}

int
stk_bundle_finish(stk_buffer *out, size_t *header, stk_bundle_writer *w,
                  const char *prefix, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    int failed;

    if (w->n == 0)
        return stk_error_set(err, STK_E_INVALID, "there is nothing to bundle");
    qsort(w->entries, w->n, sizeof *w->entries, compare_entries);
    failed = name_all(w, &text, prefix, err);
    if (failed == 0)
        failed = lay_out(out, w, err);
    if (failed == 0)
        failed = check_written(out, w->header.length, err);
    free((void *)w->header.names);
    w->header.names = NULL;
    *header = w->header.length;
    return failed;
}
