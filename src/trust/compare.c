/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between a tree and its manifest, file by file. */
#include "trust/compare.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/error.h"

/* Text files are smaller: what is larger was not changed by an editor. */
#define TEXT_MAX (16u << 20)

/* What should be there: a row, or the code of one. */
typedef struct expected {
    const char *path;
    char *owned; /* the same, of a code */
    bool folder;
    uint64_t size;
    const unsigned char *digest;
} expected;

typedef struct comparer {
    const stk_tree *tree;
    const stk_compare *how;
    expected *wanted;
    size_t n_wanted;
    size_t found;
    uint64_t done;
    stk_error *err;
} comparer;

const char *
stk_difference_name(enum stk_difference_kind kind)
{
    static const char *const names[] = {
        [STK_DIFFERENCE_ADDED] = "added",
        [STK_DIFFERENCE_MISSING] = "missing",
        [STK_DIFFERENCE_CHANGED] = "changed",
        [STK_DIFFERENCE_KIND] = "kind",
        [STK_DIFFERENCE_UNREADABLE] = "unreadable",
    };
    size_t i = (size_t)kind;

    return i < sizeof names / sizeof names[0] && names[i] ? names[i] : "";
}

static void
tell(comparer *c, enum stk_difference_kind kind, const char *path,
     const char *detail)
{
    const stk_difference difference = { kind, path, detail };

    c->found++;
    if (c->how->tell)
        c->how->tell(c->how->payload, &difference);
}

/* ---- what should be there ------------------------------------------- */

static int
compare_wanted(const void *a, const void *b)
{
    return stk_tree_order(((const expected *)a)->path,
                          ((const expected *)b)->path);
}

static int
want_codes(comparer *c, const stk_row *row)
{
    for (size_t i = 0; i < row->n_codes; i++) {
        const stk_code *code = &row->codes[i];
        expected *e = &c->wanted[c->n_wanted];

        e->owned = stk_row_code_path(row, code);
        if (!e->owned)
            return stk_error_memory(c->err);
        e->path = e->owned;
        e->size = code->size;
        e->digest = code->digest;
        c->n_wanted++;
    }
    return 0;
}

static int
want_all(comparer *c, const stk_manifest *m)
{
    size_t n = m->n_rows;

    for (size_t i = 0; i < m->n_rows; i++)
        n += m->rows[i].n_codes;
    c->wanted = calloc(n + 1, sizeof *c->wanted);
    if (!c->wanted)
        return stk_error_memory(c->err);
    for (size_t i = 0; i < m->n_rows; i++) {
        const stk_row *row = &m->rows[i];
        expected *e = &c->wanted[c->n_wanted++];

        e->path = row->path;
        e->folder = row->kind == STK_KIND_NAMESPACE;
        e->size = row->size;
        e->digest = row->digest;
        if (want_codes(c, row) < 0)
            return -STK_E_MEMORY;
    }
    qsort(c->wanted, c->n_wanted, sizeof *c->wanted, compare_wanted);
    return 0;
}

/* ---- why bytes differ ----------------------------------------------- */

/* The text with every end of line as LF, or as CR and LF. */
static size_t
convert_ends(char *out, const char *text, size_t length, bool to_crlf)
{
    size_t n = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\r' && i + 1 < length && text[i + 1] == '\n')
            continue;
        if (text[i] == '\n' && to_crlf)
            out[n++] = '\r';
        out[n++] = text[i];
    }
    return n;
}

static bool
is_same_text(const expected *e, const char *text, size_t length)
{
    STK_CLEANUP(stk_freep) char *other = malloc(2 * length + 1);
    unsigned char digest[STK_DIGEST_BYTES];

    for (int to_crlf = 0; other && to_crlf < 2; to_crlf++) {
        size_t n = convert_ends(other, text, length, to_crlf);

        if (n != e->size)
            continue;
        stk_digest_memory(digest, other, n);
        if (!memcmp(digest, e->digest, sizeof digest))
            return true;
    }
    return false;
}

/* Checking out with core.autocrlf does this, and it is hard to see. */
static bool
do_ends_differ(comparer *c, const expected *e)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    STK_CLEANUP(stk_closep) int fd = -1;
    size_t length;

    return stk_beneath_open(&fd, c->tree->fd, e->path, NULL) ==
               STK_BENEATH_FILE &&
           stk_beneath_read(&text, &length, fd, TEXT_MAX, NULL) == 0 &&
           is_same_text(e, text, length);
}

static void
tell_changed(comparer *c, const expected *e, uint64_t size)
{
    char detail[96] = "";

    if (do_ends_differ(c, e))
        snprintf(detail, sizeof detail,
                 "line endings differ, all else is as "
                 "signed");
    else if (size != e->size)
        snprintf(detail, sizeof detail, "%llu bytes, signed were %llu",
                 (unsigned long long)size, (unsigned long long)e->size);
    else
        snprintf(detail, sizeof detail, "same size, other bytes");
    tell(c, STK_DIFFERENCE_CHANGED, e->path, detail);
}

/* ---- one path ------------------------------------------------------- */

static const char *
name_entry(enum stk_entry_kind kind)
{
    switch (kind) {
    case STK_ENTRY_FILE:
        return "a file";
    case STK_ENTRY_FOLDER:
        return "a folder";
    case STK_ENTRY_LINK:
        return "a link";
    default:
        return "neither file nor folder";
    }
}

static void
compare_file(comparer *c, const expected *e)
{
    unsigned char digest[STK_DIGEST_BYTES];
    stk_error err = STK_ERROR_INIT;
    uint64_t size = 0;

    if (stk_tree_digest(digest, &size, c->tree, e->path, &err) < 0)
        tell(c, STK_DIFFERENCE_UNREADABLE, e->path, err.message);
    else if (size != e->size || memcmp(digest, e->digest, sizeof digest) != 0)
        tell_changed(c, e, size);
    c->done += size;
}

static void
compare_both(comparer *c, const expected *e, const stk_entry *entry)
{
    enum stk_entry_kind kind = e->folder ? STK_ENTRY_FOLDER : STK_ENTRY_FILE;
    char detail[96];

    if (entry->kind != kind) {
        snprintf(detail, sizeof detail, "is %s, signed was %s",
                 name_entry(entry->kind), name_entry(kind));
        tell(c, STK_DIFFERENCE_KIND, e->path, detail);
    } else if (!e->folder) {
        compare_file(c, e);
    }
}

/* A folder is nothing by itself: what is in it is told. */
static void
tell_added(comparer *c, const stk_entry *entry)
{
    if (entry->kind == STK_ENTRY_FOLDER)
        return;
    tell(c, STK_DIFFERENCE_ADDED, entry->path,
         entry->kind == STK_ENTRY_FILE ? "" : name_entry(entry->kind));
}

/* ---- all ------------------------------------------------------------ */

static void
compare_all(comparer *c)
{
    const stk_tree *tree = c->tree;
    const stk_tree_watch *watch = c->how->watch;
    size_t at = 0, i = 0;

    while (at < tree->n || i < c->n_wanted) {
        int order = at == tree->n      ? 1
                    : i == c->n_wanted ? -1
                                       : stk_tree_order(tree->entries[at].path,
                                                        c->wanted[i].path);

        if (watch)
            watch->tell(watch->payload, c->done, tree->total);
        if (order < 0)
            tell_added(c, &tree->entries[at++]);
        else if (order > 0)
            tell(c, STK_DIFFERENCE_MISSING, c->wanted[i++].path, "");
        else
            compare_both(c, &c->wanted[i++], &tree->entries[at++]);
    }
    if (watch)
        watch->tell(watch->payload, tree->total, tree->total);
}

int
stk_tree_compare(size_t *n, const stk_tree *tree, const stk_manifest *manifest,
                 const stk_compare *how, stk_error *err)
{
    comparer c = { .tree = tree, .how = how, .err = err };
    int result = want_all(&c, manifest);

    if (result == 0) {
        compare_all(&c);
        *n = c.found;
    }
    for (size_t i = 0; i < c.n_wanted; i++)
        free(c.wanted[i].owned);
    free(c.wanted);
    return result;
}
