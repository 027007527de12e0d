/* SPDX-License-Identifier: Apache-2.0 */
/* A signed tree on disk: its manifest, and the files that it lists. */
#include "guard/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

/* ---- opening --------------------------------------------------------- */

/* One that was verified already, and still is what lies there. */
static stk_tree *
find_known(const stk_evidence_store *store, const char *folder,
           const char *prefix, const struct stat *now)
{
    for (stk_tree *at = store->trees; at; at = at->next)
        if (!strcmp(at->folder, folder) &&
            stk_stat_is_unchanged(&at->seen, now) &&
            !strcmp(at->manifest->head.prefix, prefix))
            return at;
    return NULL;
}

/* What lay there before goes, where nothing holds it any more. */
static void
keep_tree(stk_evidence_store *store, stk_tree *tree)
{
    stk_tree **link = &store->trees;

    while (*link && strcmp((*link)->folder, tree->folder) != 0)
        link = &(*link)->next;
    if (*link) {
        stk_tree *old = *link;

        *link = old->next;
        stk_tree_free(old);
    }
    tree->next = store->trees;
    store->trees = tree;
    atomic_fetch_add(&tree->refs, 1);
}

static int
verify_manifest(const stk_search *search, stk_tree *tree, const char *prefix,
                const stk_text *text, stk_evidence *out)
{
    stk_claim claim = { .kind = STK_KIND_MANIFEST,
                        .module = prefix[0] ? prefix : "-",
                        .basename = STK_MANIFEST_FILE,
                        .data = text->data,
                        .length = text->length };
    stk_evidence_store *store = search->store;
    stk_sidecars set;
    int result = stk_signatures_read(&set, tree->root, STK_MANIFEST_FILE, out);

    if (result > 0 && set.n == 0) {
        result = stk_evidence_refuse(
            out, STK_TRUST_UNSIGNED,
            "%s has no signature; run: stockade sign --key FILE %s", out->path,
            tree->folder);
    } else if (result > 0) {
        stk_keyring_verify(&tree->proof, store->ring, &claim, set.texts, set.n,
                           search->now);
        stk_evidence_accept(store, &tree->proof);
        result = stk_evidence_prove(out, &tree->proof);
    }
    stk_sidecars_clear(&set);
    return result;
}

static bool
is_one_story(const stk_search *search, const stk_tree *tree)
{
    const stk_manifest_head *head = &tree->manifest->head;
    const stk_story story = { head->package, head->version, head->context,
                              head->sequence, head->expires };

    return stk_keyring_agrees(search->store->ring, &tree->proof, &story);
}

/* Nothing is parsed that was not verified. Its prefix is the one that was
 * signed for and asked for. */
static int
parse_manifest(const stk_search *search, stk_tree *tree, const char *prefix,
               const stk_text *text, stk_evidence *out)
{
    stk_error err = STK_ERROR_INIT;
    char told[1400];
    int result = stk_manifest_parse(&tree->manifest, text->data, text->length,
                                    out->path, &err);

    if (result == -STK_E_MEMORY)
        return result;
    if (result < 0)
        return stk_evidence_refuse(out, STK_TRUST_MALFORMED, "%s",
                                   stk_error_text(&err, told, sizeof told));
    if (strcmp(tree->manifest->head.prefix, prefix) != 0)
        return stk_evidence_refuse(
            out, STK_TRUST_NAME, "%s is of the tree \"%s\", not of \"%s\"",
            out->path, tree->manifest->head.prefix, prefix);
    if (!is_one_story(search, tree))
        return stk_evidence_refuse(
            out, STK_TRUST_MALFORMED,
            "the head of %s is not what its signature says; sign the tree "
            "again",
            out->path);
    return 1;
}

/* 1: the tree is good. */
static int
read_tree(const stk_search *search, stk_tree *tree, int fd, const char *prefix,
          stk_evidence *out)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    stk_text text;
    size_t length = 0;
    int result = stk_evidence_read(out, fd, &data, &length);

    if (result <= 0)
        return result;
    text = (stk_text){ data, length };
    result = verify_manifest(search, tree, prefix, &text, out);
    return result > 0 ? parse_manifest(search, tree, prefix, &text, out)
                      : result;
}

/* NULL with a refusal, or without one for want of memory. */
static stk_tree *
new_tree(const char *folder, int root, stk_evidence *out)
{
    stk_tree *tree = calloc(1, sizeof *tree);
    struct stat st;

    if (!tree)
        return NULL;
    tree->refs = 1;
    tree->folder = stk_text_dup(folder);
    tree->root = fcntl(root, F_DUPFD_CLOEXEC, 3);
    if (tree->root < 0)
        stk_evidence_refuse(out, STK_TRUST_IO, "%s: cannot open: %s", folder,
                            strerror(errno));
    if (tree->root >= 0 && fstat(tree->root, &st) == 0) {
        tree->device = st.st_dev;
        tree->inode = st.st_ino;
        if (tree->folder)
            return tree;
    }
    stk_tree_free(tree);
    return NULL;
}

static int
open_manifest(stk_tree **out_tree, const stk_search *search, const char *at,
              const char *prefix, int root, int fd, stk_evidence *out)
{
    struct stat now;
    stk_tree *tree;
    int result;

    if (fstat(fd, &now) < 0)
        return stk_evidence_refuse(out, STK_TRUST_IO, "%s: cannot stat",
                                   out->path);
    tree = find_known(search->store, at, prefix, &now);
    if (tree) {
        atomic_fetch_add(&tree->refs, 1);
        *out_tree = tree;
        return 0;
    }
    tree = new_tree(at, root, out);
    if (!tree)
        return out->trust == STK_TRUST_IO ? 0 : -STK_E_MEMORY;
    tree->seen = now;
    result = read_tree(search, tree, fd, prefix, out);
    if (result <= 0) {
        stk_tree_free(tree);
        return result;
    }
    keep_tree(search->store, tree);
    *out_tree = tree;
    return 0;
}

int
stk_tree_open(stk_tree **tree, const stk_search *search, const char *at,
              const char *prefix, stk_evidence *out)
{
    STK_CLEANUP(stk_closep) int root = -1;
    STK_CLEANUP(stk_closep) int fd = -1;
    stk_error err = STK_ERROR_INIT;
    int kind, result;

    root = stk_beneath_folder(at);
    if (root < 0)
        return stk_folder_unopened(errno, at, out);
    kind = stk_beneath_open(&fd, root, STK_MANIFEST_FILE, &err);
    if (kind == STK_BENEATH_MISSING)
        return 0;
    free(out->path);
    out->path = stk_path_join(at, STK_MANIFEST_FILE);
    if (!out->path)
        return -STK_E_MEMORY;
    result = stk_evidence_opened(out, kind, &err);
    if (result <= 0)
        return result;
    return open_manifest(tree, search, at, prefix, root, fd, out);
}

/* ---- files ----------------------------------------------------------- */

/* Where the bytes of a row, or of its code, are, and what they must be. */
typedef struct signed_file {
    const char *path; /* below the root */
    uint64_t size;
    const unsigned char *digest;
} signed_file;

static int
refuse_content(const stk_tree *tree, const signed_file *file,
               stk_evidence *out)
{
    return stk_evidence_refuse(out, STK_TRUST_HASH,
                               "%s/%s is not what was signed; run: stockade "
                               "verify --policy POLICY %s",
                               tree->folder, file->path, tree->folder);
}

static bool
is_too_large(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_size > (off_t)STK_CONTENT_MAX;
}

static int
refuse_size(const stk_tree *tree, const signed_file *file, stk_evidence *out)
{
    return stk_evidence_refuse(out, STK_TRUST_TOO_LARGE,
                               "%s/%s is larger than %u bytes", tree->folder,
                               file->path, STK_CONTENT_MAX);
}

/* 1 with the verified bytes, 0 with a refusal, or -STK_E_MEMORY. */
static int
read_verified(const stk_tree *tree, const signed_file *file, int fd,
              stk_evidence *out, char **data)
{
    STK_CLEANUP(stk_freep) char *bytes = NULL;
    unsigned char digest[STK_DIGEST_BYTES];
    stk_error err = STK_ERROR_INIT;
    int result;

    if (file->size > STK_CONTENT_MAX)
        return refuse_size(tree, file, out);
    result = stk_beneath_read_sized(&bytes, fd, (size_t)file->size, &err);
    if (result == -STK_E_MEMORY)
        return result;
    if (result < 0)
        return stk_evidence_refuse(out, STK_TRUST_IO, "%s/%s: %s",
                                   tree->folder, file->path, err.message);
    if (result == 0)
        return is_too_large(fd) ? refuse_size(tree, file, out)
                                : refuse_content(tree, file, out);
    stk_digest_memory(digest, bytes, (size_t)file->size);
    if (memcmp(digest, file->digest, sizeof digest) != 0)
        return refuse_content(tree, file, out);
    *data = STK_STEAL(bytes);
    return 1;
}

static int
refuse_missing(const stk_tree *tree, const signed_file *file,
               stk_evidence *out)
{
    return stk_evidence_refuse(out, STK_TRUST_IO,
                               "%s/%s is in the signed tree and is missing",
                               tree->folder, file->path);
}

/* The same by its path below the root, which stk_tree_root() has seen to;
 * STK_TRUST_NONE where it is not there. */
static int
open_verified(const stk_tree *tree, const signed_file *file, stk_evidence *out,
              char **data)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    stk_error err = STK_ERROR_INIT;
    int kind = stk_beneath_open(&fd, tree->root, file->path, &err);

    if (kind < 0)
        return stk_evidence_refuse(out, STK_TRUST_IO, "%s/%s: %s",
                                   tree->folder, file->path, err.message);
    if (kind == STK_BENEATH_MISSING) {
        out->trust = STK_TRUST_NONE;
        return 0;
    }
    if (kind != STK_BENEATH_FILE)
        return stk_evidence_refuse(out, STK_TRUST_PATH,
                                   "%s/%s is a link or no regular file",
                                   tree->folder, file->path);
    return read_verified(tree, file, fd, out, data);
}

static int
read_signed(const stk_tree *tree, const signed_file *file, stk_evidence *out,
            char **data, size_t *length)
{
    int result = open_verified(tree, file, out, data);

    if (result == 0 && out->trust == STK_TRUST_NONE)
        return refuse_missing(tree, file, out);
    *length = (size_t)file->size;
    return result;
}

/* ---- modules --------------------------------------------------------- */

/* As CPython takes them: the extension whose suffix comes first in its own
 * list, then the source. */
static const stk_row *
choose_row(const stk_search *search, const stk_row *rows, size_t n)
{
    const stk_python *python = search->sought->python;
    const stk_row *source = NULL;

    for (size_t s = 0; s < python->n_suffixes; s++)
        for (size_t i = 0; i < n; i++)
            if (rows[i].kind == STK_KIND_EXTENSION &&
                stk_search_is_extension(search, rows[i].path,
                                        strlen(rows[i].path),
                                        python->suffixes[s]))
                return &rows[i];
    for (size_t i = 0; i < n && !source; i++)
        if (rows[i].kind != STK_KIND_EXTENSION)
            source = &rows[i];
    return source;
}

/* The code for this very Python, when it was signed and is there. 1, 0 with
 * a refusal, or -STK_E_MEMORY. */
static int
take_code(const stk_search *search, stk_tree *tree, const stk_row *row,
          stk_evidence *out)
{
    const stk_python *python = search->sought->python;
    const stk_code *code = stk_row_code(row, python->cache_tag, python->magic,
                                        python->optimisation);
    STK_CLEANUP(stk_freep) char *path = NULL;
    enum stk_trust trust = out->trust;
    signed_file file;
    int result;

    if (!code)
        return 1;
    path = stk_row_code_path(row, code);
    if (!path)
        return -STK_E_MEMORY;
    file = (signed_file){ path, code->size, code->digest };
    result = open_verified(tree, &file, out, &out->code);
    out->code_length = (size_t)code->size;
    if (result != 0 || out->trust != STK_TRUST_NONE)
        return result;
    /* the folder of code may be left out: the source is signed, too */
    out->trust = trust;
    return 1;
}

static int
take_bytes(const stk_search *search, stk_tree *tree, const stk_row *row,
           stk_evidence *out)
{
    signed_file file = { row->path, row->size, row->digest };
    int result = 1;

    stk_tree_root(tree);
    if (row->kind != STK_KIND_EXTENSION)
        result = take_code(search, tree, row, out);
    if (result <= 0)
        return result;
    /* beside the code, too: what tracebacks and inspect show is what runs */
    result = read_signed(tree, &file, out, &out->source, &out->source_length);
    if (result > 0 && out->code) {
        free(out->source);
        out->source = NULL;
    }
    return result;
}

/* "a/__init__.py" is in "a". */
static char *
folder_of(const stk_tree *tree, const stk_row *row)
{
    const char *slash = strrchr(row->path, '/');

    if (row->kind == STK_KIND_NAMESPACE)
        return stk_path_join(tree->folder, row->path);
    return slash ? stk_text_printf("%s/%.*s", tree->folder,
                                   (int)(slash - row->path), row->path)
                 : stk_text_dup(tree->folder);
}

static int
set_places(stk_tree *tree, const stk_row *row, stk_evidence *out)
{
    free(out->path);
    out->path = stk_path_join(tree->folder, row->path);
    if (row->kind != STK_KIND_MODULE && row->kind != STK_KIND_EXTENSION) {
        out->folder = folder_of(tree, row);
        if (!out->folder)
            return -STK_E_MEMORY;
    }
    out->place = stk_place_new(STK_PLACE_TREE);
    if (!out->path || !out->place)
        return -STK_E_MEMORY;
    atomic_fetch_add(&tree->refs, 1);
    out->place->tree = tree;
    return 0;
}

static int
take_row(const stk_search *search, stk_tree *tree, const stk_row *row,
         stk_evidence *out)
{
    stk_keyring *ring = search->store->ring;
    stk_proof proof;

    out->kind = row->kind;
    if (set_places(tree, row, out) < 0)
        return -STK_E_MEMORY;
    stk_keyring_covers(&proof, ring, &tree->proof, row->kind,
                       search->sought->name, search->now);
    if (!stk_evidence_prove(out, &proof) || row->kind == STK_KIND_NAMESPACE)
        return 0;
    memcpy(out->digest, row->digest, sizeof out->digest);
    out->has_digest = true;
    if (stk_keyring_is_revoked(ring, row->digest))
        return stk_evidence_refuse_revoked(out);
    return take_bytes(search, tree, row, out) < 0 ? -STK_E_MEMORY : 0;
}

/* The folder where import would look for it; freed by free(). */
static char *
parent_folder(const stk_search *search, const stk_tree *tree)
{
    size_t prefix = strlen(tree->manifest->head.prefix);
    const char *rest = search->parent + prefix;
    char *folder;

    if (prefix > strlen(search->parent) || !*rest)
        return stk_text_dup(tree->folder);
    folder = stk_text_printf("%s/%s", tree->folder,
                             rest + (prefix && *rest == '.'));
    for (char *at = folder ? folder + strlen(tree->folder) : NULL; at && *at;
         at++)
        if (*at == '.')
            *at = '/';
    return folder;
}

int
stk_tree_search(const stk_search *search, stk_tree *tree, stk_evidence *out)
{
    STK_CLEANUP(stk_freep) char *folder = NULL;
    size_t n = 0;
    const stk_row *rows =
        stk_manifest_find(tree->manifest, search->sought->name, &n);
    const stk_row *row = rows ? choose_row(search, rows, n) : NULL;

    free(out->path);
    out->path = NULL;
    out->trust = STK_TRUST_NONE;
    if (row)
        return take_row(search, tree, row, out);
    folder = parent_folder(search, tree);
    return folder ? stk_folder_unlisted(search, folder, out) : -STK_E_MEMORY;
}

const stk_row *
stk_tree_file(const stk_tree *tree, const char *path)
{
    const char *rest = stk_path_below(tree->folder, path);
    const stk_row *row =
        rest ? stk_manifest_find_path(tree->manifest, rest) : NULL;

    return row && row->kind != STK_KIND_NAMESPACE ? row : NULL;
}

bool
stk_tree_identity(const stk_tree *tree, const char *path,
                  unsigned char identity[32])
{
    const stk_row *row = stk_tree_file(tree, path);

    if (row)
        memcpy(identity, row->digest, sizeof row->digest);
    return row != NULL;
}

int
stk_tree_read(stk_evidence_store *store, stk_tree *tree, const char *path,
              stk_evidence *out, char **data, size_t *length)
{
    const stk_row *row = stk_tree_file(tree, path);
    signed_file file;

    if (!row)
        return stk_evidence_refuse(out, STK_TRUST_UNLISTED,
                                   "%s is not in the signed tree %s", path,
                                   tree->folder);
    if (stk_keyring_is_revoked(store->ring, row->digest))
        return stk_evidence_refuse_revoked(out);
    file = (signed_file){ row->path, row->size, row->digest };
    stk_tree_root(tree);
    return read_signed(tree, &file, out, data, length);
}
