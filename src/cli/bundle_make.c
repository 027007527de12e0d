/* SPDX-License-Identifier: Apache-2.0 */
/* A tree to a bundle: walked, read, compiled, packed. */
#include "cli/bundle_make.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/compile.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/tree_manifest.h"
#include "trust/loadable.h"
#include "trust/manifest_rows.h"
#include "trust/naming.h"
#include "trust/sidecar.h"
#include "trust/tree.h"

#define LEVELS     3u
#define COMPLAINTS 10u /* of what does not compile, then a number */

typedef struct maker {
    const cli_bundle_plan *plan;
    const char *folder;
    cli_compiler *compilers[STK_BUNDLE_PYTHONS_MAX];
    size_t n_compilers;
    stk_bundle_python pythons[STK_BUNDLE_PYTHONS_MAX]; /* with their levels */
    size_t n_pythons;
    stk_tree tree;
    stk_inventory inventory;
    stk_bundle_writer *writer;
    cli_bundle_made *made;
    stk_error *err;
} maker;

static int
fail(const maker *m, const char *path, const char *what)
{
    stk_error_set(m->err, STK_E_INVALID, "%s", what);
    return stk_error_at(m->err, path, 0);
}

/* ---- the Pythons ---------------------------------------------------- */

/* Of one cache tag, one is enough; of two magic numbers, none is right. */
static int
is_known(maker *m, const cli_compiler_python *python)
{
    for (size_t i = 0; i < m->n_compilers; i++) {
        const cli_compiler_python *known = cli_compiler_of(m->compilers[i]);

        if (strcmp(known->cache_tag, python->cache_tag) != 0)
            continue;
        if (memcmp(known->magic, python->magic, sizeof known->magic) != 0)
            return stk_error_set(m->err, STK_E_INVALID,
                                 "%s and %s call themselves %s and make "
                                 "different code",
                                 known->file, python->file, known->cache_tag);
        return 1;
    }
    return 0;
}

static int
start_python(maker *m, const char *name)
{
    STK_CLEANUP(cli_compiler_freep) cli_compiler *compiler = NULL;
    const cli_compiler_python *python;
    int known = cli_compiler_new(&compiler, name, m->err);

    if (known == 0) {
        python = cli_compiler_of(compiler);
        known = is_known(m, python);
    }
    if (known != 0)
        return known < 0 ? known : 0;
    for (unsigned level = 0; level < LEVELS; level++) {
        stk_bundle_python *one = &m->pythons[m->n_pythons];

        if (!(m->plan->optimisations & 1u << level))
            continue;
        if (m->n_pythons == STK_BUNDLE_PYTHONS_MAX)
            return stk_error_set(m->err, STK_E_LIMIT,
                                 "a bundle has code for at most %u Pythons, "
                                 "each optimisation of one counted",
                                 STK_BUNDLE_PYTHONS_MAX);
        one->cache_tag = python->cache_tag;
        memcpy(one->magic, python->magic, sizeof one->magic);
        one->optimisation = level;
        m->n_pythons++;
    }
    m->compilers[m->n_compilers++] = STK_STEAL(compiler);
    return 0;
}

static int
start_pythons(maker *m)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < m->plan->n_pythons; i++)
        result = start_python(m, m->plan->pythons[i]);
    return result;
}

/* ---- what is left out ----------------------------------------------- */

bool
cli_bundle_excludes(const char *pattern, const char *path)
{
    bool whole = strchr(pattern, '/') != NULL;
    char part[STK_NAMING_MAX + 1];

    for (const char *begin = path, *end; *begin; begin = end) {
        const char *from = whole ? path : begin;

        end = begin + strcspn(begin, "/");
        snprintf(part, sizeof part, "%.*s", (int)(end - from), from);
        if (fnmatch(pattern, part, whole ? FNM_PATHNAME : 0) == 0)
            return true;
        end += *end == '/';
    }
    return false;
}

/* The manifest, a signature or the code of a tree within the tree: it says
 * what this bundle says. `*top` when the path itself is one. */
static bool
is_of_signed_tree(const char *path, bool *top)
{
    char part[STK_NAMING_MAX + 1];

    for (const char *begin = path, *end; *begin; begin = end) {
        end = begin + strcspn(begin, "/");
        snprintf(part, sizeof part, "%.*s", (int)(end - begin), begin);
        if (stk_naming_is_passed_over(part, true)) {
            *top = !*end;
            return true;
        }
        end += *end == '/';
    }
    return false;
}

/* A bundle that was made into its own tree is none of its files. */
static bool
is_output(const maker *m, const stk_entry *entry)
{
    struct stat ours, other;

    return m->plan->output && entry->kind == STK_ENTRY_FILE &&
           stat(m->plan->output, &ours) == 0 &&
           fstatat(m->tree.fd, entry->path, &other, AT_SYMLINK_NOFOLLOW) ==
               0 &&
           ours.st_dev == other.st_dev && ours.st_ino == other.st_ino;
}

/* A signature beside what it signs. */
static bool
is_sidecar(const maker *m, const stk_entry *entry)
{
    const char *tail = stk_sidecar_tail(entry->path);
    STK_CLEANUP(stk_freep) char *of = NULL;
    struct stat st;

    if (!tail || entry->kind != STK_ENTRY_FILE)
        return false;
    of = stk_text_printf("%.*s", (int)(tail - entry->path), entry->path);
    return of && fstatat(m->tree.fd, of, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
is_left_out(const maker *m, const stk_entry *entry)
{
    bool top;

    if (is_output(m, entry)) {
        cli_say("%s is left out: it is what is written", entry->path);
        return true;
    }
    if (is_of_signed_tree(entry->path, &top)) {
        if (top)
            cli_say("%s is left out: the bundle has signatures of its own",
                    entry->path);
        return true;
    }
    for (size_t i = 0; i < m->plan->n_excludes; i++)
        if (cli_bundle_excludes(m->plan->excludes[i], entry->path))
            return true;
    /* a distribution's library has links to what it puts elsewhere */
    return !m->plan->tree && entry->kind != STK_ENTRY_FILE &&
           entry->kind != STK_ENTRY_FOLDER;
}

static void
leave_out(maker *m)
{
    stk_tree *tree = &m->tree;
    size_t kept = 0, sidecars = 0;

    for (size_t i = 0; i < tree->n; i++) {
        bool out = is_left_out(m, &tree->entries[i]);

        if (!out && is_sidecar(m, &tree->entries[i])) {
            sidecars++;
            out = true;
        }
        if (!out) {
            tree->entries[kept++] = tree->entries[i];
            continue;
        }
        tree->total -= tree->entries[i].size;
        free(tree->entries[i].path);
    }
    tree->n = kept;
    if (sidecars)
        cli_say("%zu signature%s of files %s left out: the bundle has "
                "signatures of its own",
                sidecars, sidecars == 1 ? "" : "s",
                sidecars == 1 ? "is" : "are");
}

/* ---- files ---------------------------------------------------------- */

static int
read_file(maker *m, const stk_row *row, char **data, size_t *length)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    int result = stk_beneath_open(&fd, m->tree.fd, row->path, m->err);

    if (result == STK_BENEATH_FILE)
        result =
            stk_beneath_read(data, length, fd, STK_BUNDLE_BLOB_MAX, m->err);
    else if (result >= 0)
        return fail(m, row->path, "changed while it was read");
    return result < 0 ? stk_error_at(m->err, row->path, 0) : 0;
}

/* Where it is below the folder of sys.path that the prefix is in. */
static char *
virtual_path(const maker *m, const stk_row *row)
{
    const char *prefix = m->plan->prefix;
    char *path =
        stk_text_printf("%s%s%s", prefix, *prefix ? "/" : "", row->path);

    for (size_t i = 0; path && i < strlen(prefix); i++)
        if (path[i] == '.')
            path[i] = '/';
    return path;
}

/* The standard library's extensions stand in a folder of sys.path that is
 * its own, so that to the tree they are data. */
static void
take_dynload(const maker *m, const stk_row *row, stk_bundle_file *file,
             char name[STK_NAMING_MAX + 1])
{
    static const char dynload[] = "lib-dynload/";

    if (m->plan->tree || row->kind != STK_KIND_DATA ||
        strncmp(row->path, dynload, sizeof dynload - 1) != 0 ||
        stk_naming_of(name, row->path + sizeof dynload - 1, "") !=
            STK_KIND_EXTENSION)
        return;
    file->kind = STK_KIND_EXTENSION;
    file->name = name;
}

static void
complain(maker *m, const stk_error *why)
{
    if (m->made->uncompiled++ < COMPLAINTS)
        cli_say("no code for %s", why->message);
}

/* Its code for each Python, each level; 0, also when it does not compile. */
static int
compile_file(maker *m, const stk_bundle_file *file, stk_bundle_code_of *codes,
             size_t *n_codes)
{
    unsigned python = 0;

    for (size_t i = 0; i < m->n_compilers; i++)
        for (unsigned level = 0; level < LEVELS; level++) {
            stk_error why = STK_ERROR_INIT;
            void *code = NULL;
            size_t length;
            int result;

            if (!(m->plan->optimisations & 1u << level))
                continue;
            result = cli_compile(&code, &length, m->compilers[i], file->path,
                                 file->data, file->length, level, &why);
            if (result < 0) {
                *m->err = why;
                return result;
            }
            if (result > 0)
                complain(m, &why);
            else
                codes[(*n_codes)++] =
                    (stk_bundle_code_of){ python, code, length };
            python++;
        }
    return 0;
}

/* An extension without what a debugger reads of it: there once more, where
 * that is less to verify at each start. */
static void
cut_extension(const maker *m, stk_bundle_file *file, stk_bundle_code_of *start)
{
    *start = (stk_bundle_code_of){ 0, file->data,
                                   stk_loadable(file->data, file->length) };
    if (m->n_pythons > 0 && start->length < file->length / 8 * 7) {
        file->codes = start;
        file->n_codes = 1;
    }
}

static int
add_file(maker *m, stk_bundle_file *file)
{
    stk_bundle_code_of codes[STK_BUNDLE_PYTHONS_MAX], start;
    size_t n = 0;
    int result = 0;

    if (file->kind == STK_KIND_MODULE || file->kind == STK_KIND_PACKAGE)
        result = compile_file(m, file, codes, &n);
    file->codes = codes;
    file->n_codes = n;
    if (file->kind == STK_KIND_EXTENSION)
        cut_extension(m, file, &start);
    if (result == 0)
        result = stk_bundle_add(m->writer, file, m->err);
    m->made->files += file->kind != STK_KIND_NAMESPACE;
    m->made->modules += file->kind != STK_KIND_DATA;
    m->made->codes += n;
    for (size_t i = 0; i < n; i++)
        free((void *)codes[i].data);
    return result;
}

static int
add_row(maker *m, const stk_row *row)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    STK_CLEANUP(stk_freep) char *path = virtual_path(m, row);
    char name[STK_NAMING_MAX + 1];
    stk_bundle_file file = { row->kind, row->name, path, NULL, 0, NULL, 0 };
    int result = 0;

    if (!path)
        return stk_error_memory(m->err);
    if (row->kind != STK_KIND_NAMESPACE)
        result = read_file(m, row, &data, &file.length);
    file.data = data;
    take_dynload(m, row, &file, name);
    return result < 0 ? result : add_file(m, &file);
}

static int
add_rows(maker *m)
{
    cli_progress progress;
    int result = 0;

    cli_progress_start(&progress, stderr, "packing");
    for (size_t i = 0; result == 0 && i < m->inventory.n; i++) {
        cli_progress_tell(&progress, i, m->inventory.n);
        result = add_row(m, &m->inventory.rows[i]);
    }
    cli_progress_end(&progress);
    if (m->made->uncompiled > COMPLAINTS)
        cli_say("no code for %zu more", m->made->uncompiled - COMPLAINTS);
    return result;
}

/* ---- the bundle ----------------------------------------------------- */

/* Before the hour that it takes to read what comes before it. */
static int
check_sizes(const maker *m)
{
    for (size_t i = 0; i < m->inventory.n; i++)
        if (m->inventory.rows[i].size > STK_BUNDLE_BLOB_MAX) {
            stk_error_set(m->err, STK_E_LIMIT,
                          "is larger than %u MiB, the most that a file of a "
                          "bundle has; leave it out with --exclude, or sign "
                          "the tree",
                          STK_BUNDLE_BLOB_MAX >> 20);
            return stk_error_at(m->err, m->inventory.rows[i].path, 0);
        }
    return 0;
}

static int
walk(maker *m)
{
    int result = stk_tree_walk(&m->tree, m->folder, m->err);

    if (result < 0)
        return result;
    leave_out(m);
    result =
        stk_inventory_make(&m->inventory, &m->tree, m->plan->prefix, m->err);
    if (result == 0)
        result = check_sizes(m);
    if (result == 0)
        result = stk_manifest_check_paths(m->inventory.rows, m->inventory.n,
                                          m->err);
    return result < 0
               ? result
               : cli_tree_check_secrets(&m->tree, &m->inventory, m->err);
}

static int
make_all(maker *m, stk_buffer *out)
{
    stk_bundle_about about = m->plan->about;
    int result = start_pythons(m);

    if (result < 0)
        return result;
    m->folder = m->plan->tree ? m->plan->tree
                              : cli_compiler_of(m->compilers[0])->library;
    about.pythons = m->pythons;
    about.n_pythons = m->n_pythons;
    result = stk_bundle_writer_new(&m->writer, &about, m->err);
    if (result == 0)
        result = walk(m);
    if (result == 0)
        result = add_rows(m);
    if (result == 0)
        result = stk_bundle_finish(out, &m->made->header, m->writer,
                                   m->plan->prefix, m->err);
    return result;
}

int
cli_bundle_make(stk_buffer *out, cli_bundle_made *made,
                const cli_bundle_plan *plan, stk_error *err)
{
    maker m = { .plan = plan,
                .tree = STK_TREE_INIT,
                .inventory = STK_INVENTORY_INIT,
                .made = made,
                .err = err };
    int result;

    memset(made, 0, sizeof *made);
    result = make_all(&m, out);
    stk_bundle_writer_freep(&m.writer);
    stk_inventory_clear(&m.inventory);
    stk_tree_clear(&m.tree);
    for (size_t i = 0; i < m.n_compilers; i++)
        cli_compiler_freep(&m.compilers[i]);
    return result;
}
