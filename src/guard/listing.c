/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a folder of a signed tree. */
#include "guard/listing.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "guard/place.h"
#include "trust/naming.h"

#define ENTRIES_MAX (1u << 20)

/* ---- a listing ------------------------------------------------------- */

void
stk_listing_clear(stk_listing *listing)
{
    for (size_t i = 0; i < listing->n; i++)
        free(listing->entries[i].name);
    free(listing->entries);
    *listing = (stk_listing)STK_LISTING_INIT;
}

/* Rows of one folder come one after the other, mostly. */
static bool
is_last(const stk_listing *out, const char *name, size_t length)
{
    const char *last = out->n ? out->entries[out->n - 1].name : NULL;

    return last && !strncmp(last, name, length) && !last[length];
}

static void
add_entry(stk_listing *out, const char *name, size_t length,
          enum stk_entry_kind kind)
{
    char *copy;

    if (out->failed || is_last(out, name, length))
        return;
    if (out->n == out->size) {
        size_t size = out->size ? out->size * 2 : 16;
        stk_entry *more =
            size > ENTRIES_MAX
                ? NULL
                : realloc(out->entries, size * sizeof *out->entries);

        out->failed = !more;
        if (!more)
            return;
        out->entries = more;
        out->size = size;
    }
    copy = strndup(name, length);
    out->failed = !copy;
    if (copy)
        out->entries[out->n++] = (stk_entry){ copy, kind };
}

static int
compare_entries(const void *a, const void *b)
{
    return strcmp(((const stk_entry *)a)->name, ((const stk_entry *)b)->name);
}

/* A folder has come in once for each of its rows. */
static void
sort_entries(stk_listing *out)
{
    size_t kept = 0;

    if (out->n)
        qsort(out->entries, out->n, sizeof *out->entries, compare_entries);
    for (size_t i = 0; i < out->n; i++) {
        if (kept && !strcmp(out->entries[kept - 1].name, out->entries[i].name))
            free(out->entries[i].name);
        else
            out->entries[kept++] = out->entries[i];
    }
    out->n = kept;
}

/* ---- a folder below a root ------------------------------------------- */

typedef struct folder {
    const char *path; /* below the root, "" for the root */
    size_t length;
    bool one; /* one entry is enough */
} folder;

/* What of a row's path is below the folder; NULL when it is elsewhere. */
static const char *
rest_of(const folder *at, const char *path, size_t length)
{
    if (!at->length)
        return path;
    if (length <= at->length + 1 || memcmp(path, at->path, at->length) != 0 ||
        path[at->length] != '/')
        return NULL;
    return path + at->length + 1;
}

/* Adds what leads to the row; returns the length of that, 0 for nothing. */
static size_t
add_row(stk_listing *out, const folder *at, enum stk_kind kind,
        const char *path, size_t length)
{
    const char *rest = rest_of(at, path, length);
    size_t left = rest ? length - (size_t)(rest - path) : 0;
    const char *slash = left ? memchr(rest, '/', left) : NULL;

    if (!left)
        return 0;
    if (slash)
        left = (size_t)(slash - rest);
    add_entry(out, rest, left,
              slash || kind == STK_KIND_NAMESPACE ? STK_ENTRY_FOLDER
                                                  : STK_ENTRY_FILE);
    return slash ? left : 0;
}

/* ---- a tree ---------------------------------------------------------- */

static void
list_tree(stk_listing *out, const stk_tree *tree, const folder *at)
{
    const stk_manifest *manifest = tree->manifest;

    for (size_t i = 0; i < manifest->n_rows && !(at->one && out->n); i++) {
        const stk_row *row = manifest->by_path[i];

        add_row(out, at, row->kind, row->path, strlen(row->path));
    }
}

/* ---- a bundle -------------------------------------------------------- */

/* Keys in a bundle: the name of a module, '/' and the path of data. */
typedef struct key_range {
    char text[STK_NAMING_MAX + 3]; /* they begin with it */
    size_t length;
    char end; /* what comes behind the last character of a folder's keys */
} key_range;

static int
skip_folder(stk_bundle *bundle, const key_range *range, const char *entry,
            stk_bundle_cursor *cursor, stk_refusal *why)
{
    char key[2 * STK_NAMING_MAX + 4];
    int length = snprintf(key, sizeof key, "%.*s%s%c", (int)range->length,
                          range->text, entry, range->end);

    return stk_bundle_seek(cursor, bundle, key, (size_t)length, why);
}

static bool
in_range(const stk_bundle_row *row, const key_range *range)
{
    bool is_data = row->kind == STK_KIND_DATA;

    if (is_data != (range->text[0] == '/'))
        return false;
    if (is_data)
        return row->path_length + 1 > range->length &&
               !memcmp(row->path, range->text + 1, range->length - 1);
    return row->name_length > range->length &&
           !memcmp(row->name, range->text, range->length);
}

/* From `start` on, which is `range->text` but for the names of the root. */
static int
list_range(stk_listing *out, stk_bundle *bundle, const folder *at,
           const key_range *range, const char *start, stk_refusal *why)
{
    stk_bundle_cursor cursor;
    stk_bundle_row row;
    int result = stk_bundle_seek(&cursor, bundle, start, strlen(start), why);

    while (result >= 0 && !(at->one && out->n)) {
        result = stk_bundle_next(&row, bundle, &cursor, why);
        if (result <= 0 || !in_range(&row, range))
            return result < 0 ? -1 : 0;
        if (add_row(out, at, row.kind, row.path, row.path_length) &&
            !out->failed)
            result = skip_folder(bundle, range, out->entries[out->n - 1].name,
                                 &cursor, why);
    }
    return result < 0 ? -1 : 0;
}

/* The package itself, whose name is not behind its own dot. */
static int
list_package(stk_listing *out, stk_bundle *bundle, const folder *at,
             const char *name, stk_refusal *why)
{
    stk_bundle_row row;
    int found = stk_bundle_find(&row, bundle, name, strlen(name), why);

    while (found > 0) {
        add_row(out, at, row.kind, row.path, row.path_length);
        found = stk_bundle_more(&row);
    }
    return found;
}

static int
list_bundle(stk_listing *out, stk_bundle *bundle, const folder *at,
            stk_refusal *why)
{
    key_range data = { "/", 1, '/' + 1 }, names = { "", 0, '.' + 1 };

    if (at->length > STK_NAMING_MAX)
        return 0;
    if (at->length) {
        data.length =
            (size_t)snprintf(data.text, sizeof data.text, "/%s/", at->path);
        names.length =
            (size_t)snprintf(names.text, sizeof names.text, "%s", at->path);
        for (char *c = names.text; *c; c++)
            *c = *c == '/' ? '.' : *c;
        if (list_package(out, bundle, at, names.text, why) < 0)
            return -1;
        names.text[names.length++] = '.';
        names.text[names.length] = '\0';
    }
    if (list_range(out, bundle, at, &data, data.text, why) < 0)
        return -1;
    /* of the root: all names, which are behind all data */
    return list_range(out, bundle, at, &names, names.length ? names.text : "0",
                      why);
}

/* ---- a folder on the disk -------------------------------------------- */

static void
list_disk(stk_listing *out, DIR *stream)
{
    for (const struct dirent *entry; (entry = readdir(stream));) {
        struct stat status;

        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            stk_naming_is_passed_over(entry->d_name, true) ||
            stk_sidecar_tail(entry->d_name) ||
            fstatat(dirfd(stream), entry->d_name, &status, 0) < 0)
            continue;
        add_entry(out, entry->d_name, strlen(entry->d_name),
                  S_ISDIR(status.st_mode) ? STK_ENTRY_FOLDER : STK_ENTRY_FILE);
    }
}

static bool
goes_up(const char *path)
{
    size_t length = strlen(path);

    return strstr(path, "/../") ||
           (length >= 3 && !strcmp(path + length - 3, "/.."));
}

/* In the folder of the module, or below it. */
static bool
is_beside(const stk_evidence *found, const char *path)
{
    const char *slash = found->path ? strrchr(found->path, '/') : NULL;
    size_t length = slash ? (size_t)(slash - found->path) : 0;

    return slash && !strncmp(found->path, path, length) &&
           (!path[length] || path[length] == '/') && !goes_up(path);
}

/* ---- a bundle itself ------------------------------------------------- */

static int
fill_root(stk_evidence *out, const stk_packed *packed)
{
    out->trust = packed->bundle ? STK_TRUST_OK : packed->proof.trust;
    out->kind = STK_KIND_PACKAGE;
    out->in_bundle = true;
    out->path = stk_text_dup(packed->root);
    out->folder = stk_text_dup(packed->root);
    out->place = stk_place_new(STK_PLACE_BUNDLE);
    if (!out->path || !out->folder || !out->place)
        return -STK_E_MEMORY;
    out->place->packed = packed;
    return 1;
}

int
stk_evidence_bundle(stk_evidence *out, stk_evidence_store *store, size_t i)
{
    int result = 0;

    pthread_mutex_lock(&store->lock);
    if (i < store->n_packed)
        result = fill_root(out, &store->packed[i]);
    pthread_mutex_unlock(&store->lock);
    return result;
}

/* ---- any ------------------------------------------------------------- */

static int
refuse_unlisted(const char *path, stk_evidence *why)
{
    return stk_evidence_refuse(why, STK_TRUST_UNLISTED,
                               "%s is not in the signed tree", path);
}

static int
refuse_page(const stk_refusal *refusal, stk_evidence *why)
{
    if (refusal->trust == STK_TRUST_NONE)
        return -STK_E_MEMORY;
    return stk_evidence_refuse(why, refusal->trust, "%s", refusal->message);
}

/* What is in the folder, in any order. 1, 0, or -STK_E_MEMORY. */
static int
collect(stk_listing *out, const stk_place *place, const char *path, bool one,
        stk_evidence *why)
{
    const stk_packed *packed = place->packed;
    const char *rest =
        stk_path_below(packed ? packed->root : place->tree->folder, path);
    folder at = { rest, rest ? strlen(rest) : 0, one };
    stk_refusal refusal;

    if (!rest)
        return refuse_unlisted(path, why);
    if (!packed)
        list_tree(out, place->tree, &at);
    else if (!packed->bundle)
        return stk_evidence_refuse(why, packed->proof.trust, "%s",
                                   packed->proof.message);
    else if (list_bundle(out, packed->bundle, &at, &refusal) < 0)
        return refuse_page(&refusal, why);
    return out->failed ? -STK_E_MEMORY : 1;
}

static int
collect_disk(stk_listing *out, const stk_evidence *found, const char *path,
             stk_evidence *why)
{
    DIR *stream = is_beside(found, path) ? opendir(path) : NULL;

    if (!stream)
        return refuse_unlisted(path, why);
    list_disk(out, stream);
    closedir(stream);
    return out->failed ? -STK_E_MEMORY : 1;
}

static bool
is_on_disk(const stk_evidence *found)
{
    return !found->place || found->place->kind == STK_PLACE_FOLDER;
}

int
stk_evidence_list(stk_listing *out, stk_evidence_store *store,
                  const stk_evidence *found, const char *path,
                  stk_evidence *why)
{
    int result;

    if (is_on_disk(found)) {
        result = collect_disk(out, found, path, why);
    } else {
        pthread_mutex_lock(&store->lock);
        result = collect(out, found->place, path, false, why);
        pthread_mutex_unlock(&store->lock);
        if (result > 0 && !out->n)
            result = refuse_unlisted(path, why);
    }
    sort_entries(out);
    return result;
}

static int
kind_in_bundle(enum stk_entry_kind *out, const stk_packed *packed,
               const char *path, stk_evidence *why)
{
    stk_refusal refusal;
    int found = stk_packed_has(packed, path, &refusal);

    if (found < 0)
        return refuse_page(&refusal, why);
    if (found)
        *out = STK_ENTRY_FILE;
    return 1;
}

static void
kind_on_disk(enum stk_entry_kind *out, const stk_evidence *found,
             const char *path)
{
    struct stat status;

    if (is_beside(found, path) && stat(path, &status) == 0)
        *out = S_ISDIR(status.st_mode)   ? STK_ENTRY_FOLDER
               : S_ISREG(status.st_mode) ? STK_ENTRY_FILE
                                         : STK_ENTRY_NONE;
}

/* A folder is what has one row below it. */
static int
kind_in_place(enum stk_entry_kind *out, const stk_place *place,
              const char *path, stk_evidence *why)
{
    stk_listing listing = STK_LISTING_INIT;
    int result = 1;

    if (place->kind == STK_PLACE_TREE)
        *out =
            stk_tree_file(place->tree, path) ? STK_ENTRY_FILE : STK_ENTRY_NONE;
    else if (place->packed->bundle)
        result = kind_in_bundle(out, place->packed, path, why);
    if (result <= 0 || *out != STK_ENTRY_NONE)
        return result;
    result = collect(&listing, place, path, true, why);
    if (listing.n)
        *out = STK_ENTRY_FOLDER;
    stk_listing_clear(&listing);
    return result == 0 && why->trust == STK_TRUST_UNLISTED ? 1 : result;
}

int
stk_evidence_kind(enum stk_entry_kind *out, stk_evidence_store *store,
                  const stk_evidence *found, const char *path,
                  stk_evidence *why)
{
    int result = 1;

    *out = STK_ENTRY_NONE;
    if (is_on_disk(found)) {
        kind_on_disk(out, found, path);
    } else {
        pthread_mutex_lock(&store->lock);
        result = kind_in_place(out, found->place, path, why);
        pthread_mutex_unlock(&store->lock);
    }
    return result;
}
