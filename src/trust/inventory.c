/* SPDX-License-Identifier: Apache-2.0 */
/* A walked tree as the rows of a manifest: what an import could reach. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "trust/tree.h"

#define PATH_SIZE (STK_NAMING_MAX + 32)

typedef struct maker {
    const stk_tree *tree;
    const char *prefix;
    stk_inventory *out;
    const char **files; /* names of modules that are files, sorted */
    size_t n_files;
    /* per depth, whether an import looks into the folder that is open */
    bool open[STK_NAMING_LABELS_MAX + 2];
    stk_error *err;
} maker;

static bool
is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);

    return !strncmp(path, folder, n) && path[n] == '/';
}

static size_t
depth_of(const char *path)
{
    size_t depth = 0;

    while ((path = strchr(path, '/'))) {
        path++;
        depth++;
    }
    return depth;
}

static bool
has_init(const stk_tree *tree, const char *path, size_t length)
{
    char init[PATH_SIZE];
    const stk_entry *found;

    snprintf(init, sizeof init, "%.*s%s__init__.py", (int)length, path,
             length ? "/" : "");
    found = stk_tree_find(tree, init);
    return found && found->kind == STK_ENTRY_FILE;
}

static int
add_row(maker *m, enum stk_kind kind, const char *name, const stk_entry *entry)
{
    stk_inventory *out = m->out;
    char *copy = stk_text_dup(name);
    stk_row *row = &out->rows[out->n];

    if (!copy)
        return stk_error_memory(m->err);
    out->names[out->n++] = copy;
    row->kind = kind;
    row->name = copy;
    row->path = entry->path;
    row->size = entry->size;
    return 0;
}

/* ---- folders -------------------------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_file_too(const maker *m, const char *name)
{
    return m->n_files && bsearch(&name, (const void *)m->files, m->n_files,
                                 sizeof name, compare_names);
}

static bool
holds_file(const stk_tree *tree, const stk_entry *folder)
{
    const stk_entry *end = tree->entries + tree->n;

    for (const stk_entry *at = folder + 1;
         at < end && is_below(at->path, folder->path); at++)
        if (at->kind == STK_ENTRY_FILE)
            return true;
    return false;
}

/*
 * A folder is a package, or a namespace where CPython finds nothing else by
 * its name, or holds data alone.
 */
static int
take_folder(maker *m, const stk_entry *entry, size_t depth)
{
    char init[PATH_SIZE], name[STK_NAMING_MAX + 1];
    bool package = has_init(m->tree, entry->path, strlen(entry->path));

    snprintf(init, sizeof init, "%s/__init__.py", entry->path);
    m->open[depth + 1] =
        m->open[depth] &&
        stk_naming_of(name, init, m->prefix) == STK_KIND_PACKAGE &&
        (package || !is_file_too(m, name));
    if (package || !m->open[depth + 1] || !holds_file(m->tree, entry))
        return 0;
    return add_row(m, STK_KIND_NAMESPACE, name, entry);
}

/* ---- files ---------------------------------------------------------- */

/* shop/cart.py beside shop/cart/__init__.py, which is what is imported */
static bool
is_hidden(const stk_tree *tree, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;

    return has_init(tree, path, (size_t)(file - path) + strcspn(file, "."));
}

static int
take_file(maker *m, const stk_entry *entry, size_t depth)
{
    char name[STK_NAMING_MAX + 1];
    enum stk_kind kind = stk_naming_of(name, entry->path, m->prefix);

    if (kind != STK_KIND_DATA &&
        (!m->open[depth] ||
         (kind != STK_KIND_PACKAGE && is_hidden(m->tree, entry->path)))) {
        kind = STK_KIND_DATA;
        name[0] = '\0';
    }
    return add_row(m, kind, name, entry);
}

static int
refuse_entry(const maker *m, const stk_entry *entry)
{
    stk_error_set(m->err, STK_E_INVALID,
                  "is %s, which cannot be signed; put a file in its place",
                  entry->kind == STK_ENTRY_LINK ? "a link"
                                                : "neither file nor folder");
    return stk_error_at(m->err, entry->path, 0);
}

static int
refuse_name(const maker *m, const stk_entry *entry)
{
    stk_error_set(m->err, STK_E_INVALID,
                  "has a name that cannot be signed: it is not UTF-8, too "
                  "deep or too long, or has control characters, a backslash "
                  "or blanks around a part; rename it");
    return stk_error_at(m->err, entry->path, 0);
}

/* ---- the tree ------------------------------------------------------- */

static bool
is_ours(const stk_entry *entry)
{
    return !strcmp(entry->path, STK_CODE_FOLDER) ||
           is_below(entry->path, STK_CODE_FOLDER);
}

/* All that a file by its name alone would be, for is_file_too(). */
static int
list_files(maker *m)
{
    char name[STK_NAMING_MAX + 1];

    for (size_t i = 0; i < m->tree->n; i++) {
        const stk_entry *entry = &m->tree->entries[i];
        enum stk_kind kind = entry->kind == STK_ENTRY_FILE
                                 ? stk_naming_of(name, entry->path, m->prefix)
                                 : STK_KIND_DATA;

        if (kind != STK_KIND_MODULE && kind != STK_KIND_EXTENSION)
            continue;
        m->files[m->n_files] = stk_text_dup(name);
        if (!m->files[m->n_files])
            return stk_error_memory(m->err);
        m->n_files++;
    }
    if (m->n_files)
        qsort((void *)m->files, m->n_files, sizeof *m->files, compare_names);
    return 0;
}

static int
take_all(maker *m)
{
    int result = list_files(m);

    m->open[0] = true;
    for (size_t i = 0; result == 0 && i < m->tree->n; i++) {
        const stk_entry *entry = &m->tree->entries[i];
        size_t depth = depth_of(entry->path);

        if (is_ours(entry))
            continue;
        if (entry->kind == STK_ENTRY_FILE && !stk_naming_is_path(entry->path))
            result = refuse_name(m, entry);
        else if (entry->kind == STK_ENTRY_FILE)
            result = take_file(m, entry, depth);
        else if (entry->kind == STK_ENTRY_FOLDER)
            result = take_folder(m, entry, depth);
        else
            result = refuse_entry(m, entry);
    }
    return result;
}

int
stk_inventory_make(stk_inventory *out, const stk_tree *tree,
                   const char *prefix, stk_error *err)
{
    STK_CLEANUP(stk_inventory_clear)
    stk_inventory made = STK_INVENTORY_INIT;
    maker m = { .tree = tree, .prefix = prefix, .out = &made, .err = err };
    int result;

    if (*prefix && !has_init(tree, "", 0))
        return stk_error_set(err, STK_E_INVALID,
                             "has no __init__.py: it is no package");
    made.rows = calloc(tree->n + 1, sizeof *made.rows);
    made.names = calloc(tree->n + 1, sizeof *made.names);
    m.files = calloc(tree->n + 1, sizeof *m.files);
    result = made.rows && made.names && m.files ? take_all(&m)
                                                : stk_error_memory(err);
    for (size_t i = 0; i < m.n_files; i++)
        free((void *)m.files[i]);
    free((void *)m.files);
    if (result < 0)
        return result;
    *out = made;
    made = (stk_inventory)STK_INVENTORY_INIT;
    return 0;
}

void
stk_inventory_clear(stk_inventory *inventory)
{
    for (size_t i = 0; i < inventory->n; i++)
        free(inventory->names[i]);
    free(inventory->names);
    free(inventory->rows);
    *inventory = (stk_inventory)STK_INVENTORY_INIT;
}

int
stk_inventory_digest(stk_inventory *inventory, const stk_tree *tree,
                     const stk_tree_watch *watch, stk_error *err)
{
    uint64_t done = 0;

    for (size_t i = 0; i < inventory->n; i++) {
        stk_row *row = &inventory->rows[i];
        int result;

        if (row->kind == STK_KIND_NAMESPACE)
            continue;
        if (watch && watch->ends && watch->ends())
            return stk_error_set(err, STK_E_IO, "interrupted");
        if (watch)
            watch->tell(watch->payload, done, tree->total);
        result =
            stk_tree_digest(row->digest, &row->size, tree, row->path, err);
        if (result < 0)
            return result;
        done += row->size;
    }
    if (watch)
        watch->tell(watch->payload, done, done);
    return 0;
}
