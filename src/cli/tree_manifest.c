/* SPDX-License-Identifier: Apache-2.0 */
/* STOCKADE.manifest and STOCKADE.code of a tree, from what lies in it. */
#include "cli/tree_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/compile.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/tree_code.h"
#include "trust/secret.h"
#include "trust/tree.h"

#define LEVELS     3u
#define SOURCE_MAX ((size_t)STK_CODE_MAX)
#define COMPLAINTS 10u /* of what does not compile, then a number */

typedef struct maker {
    const cli_tree *what;
    stk_tree tree;
    stk_inventory inventory;
    cli_code_folder folder;
    stk_code *codes; /* `per_row` of each row */
    size_t per_row;
    char (*tags)[STK_TAG_MAX + 1]; /* of the Pythons, in their order */
    unsigned levels;
    cli_tree_made made;
    stk_error *err;
} maker;

/* ---- the name of a tree --------------------------------------------- */

static int
fail(stk_error *err, const char *path, const char *what)
{
    stk_error_set(err, STK_E_INVALID, "%s", what);
    return stk_error_at(err, path, 0);
}

static int
resolve(char real[PATH_MAX], const char *path, stk_error *err)
{
    if (realpath(path, real))
        return 0;
    stk_error_set_errno(err, STK_E_IO, errno, "cannot open");
    return stk_error_at(err, path, 0);
}

/* The path of `real` below `root`; NULL when it is not there. */
static const char *
below_root(const char *real, const char *root)
{
    size_t n = strlen(root);

    if (n == 1) /* "/" */
        return real + 1;
    if (strncmp(real, root, n) != 0)
        return NULL;
    if (!real[n])
        return real + n;
    return real[n] == '/' ? real + n + 1 : NULL;
}

static bool
is_package(const char *real)
{
    STK_CLEANUP(stk_freep)
    char *init = stk_text_printf("%s/__init__.py", real);

    return init && access(init, F_OK) == 0;
}

int
cli_tree_prefix(char prefix[STK_NAMING_MAX + 1], const char *path,
                const char *root, stk_error *err)
{
    char real[PATH_MAX], real_root[PATH_MAX];
    const char *name = "";

    if (resolve(real, path, err) < 0 ||
        (root && resolve(real_root, root, err) < 0))
        return -STK_E_IO;
    if (root)
        name = below_root(real, real_root);
    else if (is_package(real))
        name = strrchr(real, '/') + 1;
    if (!name)
        return fail(err, path, "is not below the root that was given");
    if (strlen(name) > STK_NAMING_MAX)
        return fail(err, path, "is too deep below the root");
    strcpy(prefix, name);
    for (char *c = prefix; *c; c++)
        if (*c == '/')
            *c = '.';
        else if (*c == '.')
            return fail(err, path,
                        "has a name that no module has; --root "
                        "says which folder is on sys.path");
    if (*prefix && !stk_naming_is_name(prefix))
        return fail(err, path,
                    "has a name that no module has; --root says "
                    "which folder is on sys.path");
    return 0;
}

/* ---- code ----------------------------------------------------------- */

/* The bytes whose digest is in the row, and no others. */
static int
read_source(maker *m, const stk_row *row, char **source, size_t *length)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    unsigned char digest[STK_DIGEST_BYTES];
    int result = stk_beneath_open(&fd, m->tree.fd, row->path, m->err);

    if (result < 0)
        return result;
    if (result != STK_BENEATH_FILE)
        return fail(m->err, row->path, "changed while it was signed");
    result = stk_beneath_read(source, length, fd, SOURCE_MAX, m->err);
    if (result < 0)
        return stk_error_at(m->err, row->path, 0);
    stk_digest_memory(digest, *source, *length);
    if (memcmp(digest, row->digest, sizeof digest) != 0)
        return fail(m->err, row->path, "changed while it was signed");
    return 0;
}

/*
 * co_filename is the path below the folder of sys.path: where the tree will
 * lie is not known yet. The loader puts the path that it found in its place,
 * as importlib does with a .pyc that was moved.
 */
static char *
code_filename(const stk_row *row)
{
    char *name = stk_text_printf("%s%s", row->name,
                                 row->kind == STK_KIND_PACKAGE ? ".__init__.py"
                                                               : ".py");

    for (char *c = name; c && *c && strcmp(c, ".py"); c++)
        if (*c == '.')
            *c = '/';
    return name;
}

static void
complain(maker *m, const stk_error *why)
{
    if (m->made.uncompiled++ < COMPLAINTS)
        cli_say("no code for %s", why->message);
}

static int
put_code(maker *m, stk_row *row, const cli_compiler_python *python,
         const char *tag, unsigned level, const void *data, size_t length)
{
    stk_code *code = (stk_code *)row->codes + row->n_codes;
    STK_CLEANUP(stk_freep) char *path = NULL;

    if (length > STK_CODE_MAX)
        return fail(m->err, row->path, "has more code than a manifest holds");
    code->tag = tag;
    memcpy(code->magic, python->magic, sizeof code->magic);
    code->optimisation = level;
    code->size = length;
    stk_digest_memory(code->digest, data, length);
    row->n_codes++;
    m->made.codes++;
    path = stk_row_code_path(row, code);
    if (!path)
        return stk_error_memory(m->err);
    return cli_code_folder_put(&m->folder, path, data, length, m->err);
}

static int
compile_row(maker *m, stk_row *row, cli_compiler *compiler, const char *tag)
{
    STK_CLEANUP(stk_freep) char *source = NULL;
    STK_CLEANUP(stk_freep) char *file = code_filename(row);
    size_t length;
    int result = file ? read_source(m, row, &source, &length)
                      : stk_error_memory(m->err);

    for (unsigned level = 0; result == 0 && level < LEVELS; level++) {
        STK_CLEANUP(stk_freep) void *code = NULL;
        stk_error why = STK_ERROR_INIT;
        size_t n;

        if (!(m->levels & 1u << level))
            continue;
        result = cli_compile(&code, &n, compiler, file, source, length, level,
                             &why);
        if (result > 0) {
            complain(m, &why);
            return 0;
        }
        if (result < 0 && m->err)
            *m->err = why;
        if (result == 0)
            result = put_code(m, row, cli_compiler_of(compiler), tag, level,
                              code, n);
    }
    return result;
}

/* What imports look for by this tag is one code: that of the first. */
static bool
is_known(const maker *m, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (!strcmp(m->tags[k], m->tags[i]))
            return true;
    return false;
}

static int
compile_all(maker *m, size_t i)
{
    STK_CLEANUP(cli_compiler_freep) cli_compiler *compiler = NULL;
    stk_inventory *inventory = &m->inventory;
    cli_progress progress;
    char label[STK_TAG_MAX + 32];
    int result = cli_compiler_new(&compiler, m->what->pythons[i], m->err);

    if (result < 0)
        return result;
    snprintf(m->tags[i], sizeof m->tags[i], "%s",
             cli_compiler_of(compiler)->cache_tag);
    if (is_known(m, i))
        return 0;
    snprintf(label, sizeof label, "compiling for %s", m->tags[i]);
    cli_progress_start(&progress, stderr, label);
    for (size_t k = 0; result == 0 && k < inventory->n; k++) {
        stk_row *row = &inventory->rows[k];

        cli_progress_tell(&progress, k, inventory->n);
        if (row->kind == STK_KIND_MODULE || row->kind == STK_KIND_PACKAGE)
            result = compile_row(m, row, compiler, m->tags[i]);
    }
    cli_progress_end(&progress);
    return result;
}

static int
compare_codes(const void *a, const void *b)
{
    const stk_code *left = a, *right = b;
    int order = strcmp(left->tag, right->tag);

    return order ? order : (int)left->optimisation - (int)right->optimisation;
}

static int
make_codes(maker *m)
{
    stk_inventory *inventory = &m->inventory;
    size_t n = m->what->n_pythons;
    int result = 0;

    m->per_row = n * LEVELS;
    m->codes = calloc(inventory->n * m->per_row + 1, sizeof *m->codes);
    m->tags = calloc(n + 1, sizeof *m->tags);
    if (!m->codes || !m->tags)
        return stk_error_memory(m->err);
    for (size_t k = 0; k < inventory->n; k++)
        inventory->rows[k].codes = m->codes + k * m->per_row;
    for (size_t i = 0; result == 0 && i < n; i++)
        result = compile_all(m, i);
    if (m->made.uncompiled > COMPLAINTS)
        cli_say("no code for %zu more", m->made.uncompiled - COMPLAINTS);
    for (size_t k = 0; k < inventory->n; k++)
        qsort(m->codes + k * m->per_row, inventory->rows[k].n_codes,
              sizeof *m->codes, compare_codes);
    return result;
}

/* ---- secrets -------------------------------------------------------- */

/* 1 with the text when it is a secret key. */
static int
read_secret(stk_secret_text *text, const stk_tree *tree, const stk_row *row,
            stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    STK_CLEANUP(stk_freep) char *data = NULL;
    size_t length;
    int result = stk_beneath_open(&fd, tree->fd, row->path, err);

    if (result != STK_BENEATH_FILE)
        return result < 0 ? result
                          : fail(err, row->path, "changed while it was read");
    result = stk_beneath_read(&data, &length, fd, STK_KEY_FILE_MAX, err);
    if (result < 0)
        return result;
    return stk_secret_text_take(text, data, length, err);
}

static int
check_secret(const stk_tree *tree, const stk_row *row, stk_error *err)
{
    STK_CLEANUP(stk_secret_text_clear)
    stk_secret_text text = { NULL, 0, false };
    int result = read_secret(&text, tree, row, err);

    if (result <= 0)
        return result;
    if (!stk_secret_text_is_encrypted(&text))
        return fail(err, row->path,
                    "is a secret key: who gets it, signs with it; move it "
                    "out of the tree");
    cli_say("%s is a secret key: who gets it has its passphrase to guess",
            row->path);
    return 0;
}

int
cli_tree_check_secrets(const stk_tree *tree, const stk_inventory *inventory,
                       stk_error *err)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < inventory->n; i++) {
        const stk_row *row = &inventory->rows[i];

        if (row->kind == STK_KIND_DATA && row->size > 0 &&
            row->size <= STK_KEY_FILE_MAX)
            result = check_secret(tree, row, err);
    }
    return result;
}

/* ---- the manifest --------------------------------------------------- */

/* Rows that cannot be in one tree are told before the hour that it takes to
 * read and compile them. */
static int
check_rows(maker *m)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    size_t length;

    return stk_manifest_print(&text, &length, &m->what->head,
                              m->inventory.rows, m->inventory.n, m->err);
}

static int
read_tree(maker *m)
{
    cli_progress progress;
    const stk_tree_watch watch = { cli_progress_tell, &progress,
                                   cli_interrupt_waits };
    const char *prefix = m->what->head.prefix;
    int result;

    result = stk_inventory_make(&m->inventory, &m->tree, prefix, m->err);
    if (result == 0)
        result = cli_tree_check_secrets(&m->tree, &m->inventory, m->err);
    if (result == 0)
        result = check_rows(m);
    if (result < 0)
        return result;
    cli_progress_start(&progress, stderr, "reading");
    result = stk_inventory_digest(&m->inventory, &m->tree, &watch, m->err);
    cli_progress_end(&progress);
    return result;
}

static int
write_manifest(maker *m)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    STK_CLEANUP(stk_freep)
    char *path = stk_path_join(m->what->path, STK_MANIFEST_FILE);
    size_t length;
    int result;

    if (!path)
        return stk_error_memory(m->err);
    result = stk_manifest_print(&text, &length, &m->what->head,
                                m->inventory.rows, m->inventory.n, m->err);
    /* only now: a manifest that cannot be leaves all as it was */
    if (result == 0)
        result = cli_code_folder_commit(&m->folder, m->err);
    if (result == 0)
        result = stk_file_replace(path, text, length, 0644, m->err);
    if (result == 0) {
        m->made.text = STK_STEAL(text);
        m->made.length = length;
    }
    return result;
}

static void
count_rows(maker *m)
{
    for (size_t i = 0; i < m->inventory.n; i++) {
        m->made.files += m->inventory.rows[i].kind != STK_KIND_NAMESPACE;
        m->made.modules += *m->inventory.rows[i].name != '\0';
        m->made.compiled += m->inventory.rows[i].n_codes > 0;
    }
}

/* First the folder of code, so that what a killed run left is gone; empty,
 * it is nothing that the walk sees. */
static int
make_all(maker *m, int folder)
{
    int result = cli_code_folder_open(&m->folder, folder, m->err);

    if (result == 0)
        result = stk_tree_walk(&m->tree, m->what->path, m->err);
    if (result == 0)
        result = read_tree(m);
    if (result == 0)
        result = make_codes(m);
    if (result == 0)
        result = write_manifest(m);
    count_rows(m);
    cli_code_folder_clear(&m->folder);
    return result;
}

int
cli_tree_make(cli_tree_made *out, const cli_tree *tree, stk_error *err)
{
    STK_CLEANUP(stk_closep)
    int folder = open(tree->path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    maker m = { .what = tree,
                .tree = STK_TREE_INIT,
                .folder = { -1, -1, 0 },
                .inventory = STK_INVENTORY_INIT,
                .err = err };
    int result;

    if (folder < 0) {
        stk_error_set_errno(err, STK_E_IO, errno, "cannot open");
        return stk_error_at(err, tree->path, 0);
    }
    m.levels = tree->optimisations ? tree->optimisations : 1u;
    result = make_all(&m, folder);
    if (result == 0)
        *out = m.made;
    stk_inventory_clear(&m.inventory);
    stk_tree_clear(&m.tree);
    free(m.codes);
    free((void *)m.tags);
    return result;
}
