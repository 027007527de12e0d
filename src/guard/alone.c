/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is opened by its path: as the module that it is below a folder
 * of sys.path, or as the program, an archive, a .pth file, which no name
 * leads to. What it says of itself counts for nothing here.
 */
#include "guard/place.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

/* ---- as a module ----------------------------------------------------- */

static bool
is_placed(stk_evidence_store *store, const char *name)
{
    bool placed;

    pthread_mutex_lock(&store->lock);
    placed = stk_place_find(store, name, strlen(name)) != NULL;
    pthread_mutex_unlock(&store->lock);
    return placed;
}

/* The folder below `root` where import looks for the module whose first
 * `length` bytes of name are `name`. NULL: no memory. */
static char *
folder_for(const char *root, const char *name, size_t length)
{
    char *folder = stk_text_printf("%s/%.*s", root, (int)length, name);
    char *last = folder ? folder + strlen(root) : NULL;

    for (char *at = last; at && *at; at++)
        if (*at == '.')
            *(last = at) = '/';
    if (last)
        *last = '\0';
    return folder;
}

/* Looks for the first `length` bytes of the name where they would be. */
static int
find_part(stk_evidence_store *store, const stk_sought *sought, size_t length,
          stk_evidence *out, stk_error *err)
{
    const char *root = sought->folders[0];
    STK_CLEANUP(stk_freep)
    char *folder = folder_for(root, sought->name, length);
    STK_CLEANUP(stk_freep)
    char *name = stk_text_printf("%.*s", (int)length, sought->name);
    const char *const folders[] = { folder };
    stk_sought part = *sought;

    if (!folder || !name)
        return stk_error_memory(err);
    part.name = name;
    part.folders = folders;
    part.n_folders = 1;
    /* what is looked at and not loaded is nobody's package */
    part.unsettled = length == strlen(sought->name);
    return stk_evidence_find(store, &part, out, err);
}

/* A package that was not imported yet has no place, and the tree that it
 * lies in is not known. One that does not hold is no place: its modules are
 * judged by themselves, for it need not be signed. */
static int
place_parents(stk_evidence_store *store, const stk_sought *sought,
              stk_error *err)
{
    const char *name = sought->name;
    int result = 0;

    for (const char *dot = strchr(name, '.'); dot && result == 0;
         dot = strchr(dot + 1, '.')) {
        STK_CLEANUP(stk_freep)
        char *parent = stk_text_printf("%.*s", (int)(dot - name), name);
        stk_evidence found = STK_EVIDENCE_INIT;

        if (!parent)
            return stk_error_memory(err);
        if (!is_placed(store, parent))
            result =
                find_part(store, sought, (size_t)(dot - name), &found, err);
        stk_evidence_clear(&found);
    }
    return result;
}

static int
fill_source(stk_evidence_store *store, stk_evidence *out, stk_error *err)
{
    stk_evidence why = STK_EVIDENCE_INIT;
    int result;

    if (out->trust != STK_TRUST_OK || out->source ||
        out->kind == STK_KIND_NAMESPACE)
        return 0;
    result = stk_evidence_source(store, out, &why, &out->source,
                                 &out->source_length, err);
    if (result == 0)
        stk_evidence_refuse(out, why.trust, "%s", stk_evidence_message(&why));
    stk_evidence_clear(&why);
    return result < 0 ? result : 0;
}

int
stk_evidence_beneath(stk_evidence_store *store, const stk_sought *sought,
                     stk_evidence *out, stk_error *err)
{
    int result = 0;

    if (!store)
        return stk_evidence_find(store, sought, out, err);
    if (!sought->bundle)
        result = place_parents(store, sought, err);
    if (result == 0)
        result = find_part(store, sought, strlen(sought->name), out, err);
    return result < 0 ? result : fill_source(store, out, err);
}

/* ---- by itself ------------------------------------------------------- */

typedef struct lone_file {
    stk_evidence_store *store;
    const stk_python *python;
    const char *path;
    char *folder;     /* owned */
    const char *name; /* in `path` */
    int fd;           /* owned: the folder */
} lone_file;

static bool
ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length > tail && !strcmp(text + length - tail, end);
}

/* CPython looks at the first two bytes alone (maybe_pyc_file()). */
static bool
is_bytecode(const lone_file *file, const stk_evidence *out)
{
    return out->source_length >= 2 &&
           !memcmp(out->source, file->python->magic, 2);
}

/* As zipimport finds it: the end record, 22 bytes and a comment. */
static bool
is_archive(const stk_evidence *out)
{
    static const char mark[] = { 'P', 'K', 5, 6 };
    size_t tail = 22 + 65535, skip;

    if (out->source_length < 22)
        return false;
    skip = out->source_length > tail ? out->source_length - tail : 0;
    return memmem(out->source + skip, out->source_length - skip, mark,
                  sizeof mark) != NULL;
}

static int
read_lone(const lone_file *file, stk_evidence *out)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    stk_error err = STK_ERROR_INIT;
    int kind = stk_beneath_open(&fd, file->fd, file->name, &err);
    int result = stk_evidence_opened(out, kind, &err);

    if (result <= 0)
        return result;
    return stk_evidence_read(out, fd, &out->source, &out->source_length);
}

static void
prove_as(const lone_file *file, const stk_sidecars *set, enum stk_kind kind,
         const char *module, stk_evidence *out)
{
    stk_claim claim = { .kind = kind,
                        .module = module,
                        .basename = file->name,
                        .data = out->source,
                        .length = out->source_length };
    stk_keyring *ring = file->store->ring;
    stk_proof proof;

    stk_keyring_verify(&proof, ring, &claim, set->texts, set->n, time(NULL));
    stk_evidence_accept(file->store, &proof);
    if (!stk_evidence_prove(out, &proof))
        return;
    out->kind = kind;
    memcpy(out->digest, proof.digest, sizeof out->digest);
    out->has_digest = true;
}

/* "x" of x.py, "tool" of tool: what `stockade sign` calls it. */
static char *
stem_of(const char *name)
{
    const char *dot = strrchr(name, '.');

    return stk_text_printf("%.*s", (int)(dot ? dot - name : (int)strlen(name)),
                           name);
}

/* A program is signed as the module that it is, or as `__main__`; what is no
 * source, as the data that it is. */
static int
prove_lone(const lone_file *file, const stk_sidecars *set, stk_evidence *out)
{
    STK_CLEANUP(stk_freep) char *stem = stem_of(file->name);
    enum stk_trust first;
    STK_CLEANUP(stk_freep) char *message = NULL;

    if (!stem)
        return -STK_E_MEMORY;
    if (is_archive(out) || ends_with(file->name, ".pth")) {
        prove_as(file, set, STK_KIND_DATA, file->name, out);
        return 0;
    }
    prove_as(file, set, STK_KIND_MODULE, stem, out);
    if (out->trust != STK_TRUST_NAME)
        return 0;
    first = out->trust;
    message = STK_STEAL(out->message);
    prove_as(file, set, STK_KIND_MODULE, "__main__", out);
    if (out->trust == STK_TRUST_NAME)
        stk_evidence_refuse(out, first, "%s", message ? message : "");
    return 0;
}

static int
take_lone(const lone_file *file, stk_evidence *out)
{
    stk_sidecars set;
    int result = read_lone(file, out);

    if (result <= 0)
        return result;
    if (is_bytecode(file, out))
        return stk_evidence_refuse(out, STK_TRUST_BYTECODE,
                                   "%s is bytecode; run its source",
                                   out->path);
    result = stk_signatures_read(&set, file->fd, file->name, out);
    if (result > 0 && set.n == 0)
        stk_evidence_refuse(
            out, STK_TRUST_UNSIGNED,
            "%s has no signature; run: stockade sign --key FILE %s", out->path,
            out->path);
    else if (result > 0)
        result = prove_lone(file, &set, out);
    stk_sidecars_clear(&set);
    return result < 0 ? result : 0;
}

/* The tree that its folder is the root of may list it. */
static int
take_listed(const lone_file *file, stk_evidence *out)
{
    STK_CLEANUP(stk_freep) char *stem = stem_of(file->name);
    const char *const folders[] = { file->folder };
    stk_sought sought = { stem, NULL, folders, 1, file->python, false, false };
    stk_evidence found = STK_EVIDENCE_INIT;
    stk_error err = STK_ERROR_INIT;
    int result;

    if (!stem)
        return -STK_E_MEMORY;
    result = stk_evidence_find(file->store, &sought, &found, &err);
    if (result == 0)
        result = fill_source(file->store, &found, &err);
    if (result == 0 && found.trust == STK_TRUST_OK &&
        found.kind == STK_KIND_MODULE && found.path &&
        !strcmp(found.path, file->path) && !is_bytecode(file, &found)) {
        stk_evidence_clear(out);
        *out = found;
        return 0;
    }
    stk_evidence_clear(&found);
    return result;
}

static int
open_lone(lone_file *file, stk_evidence *out)
{
    const char *slash = strrchr(file->path, '/');

    out->path = stk_text_dup(file->path);
    file->folder = stk_path_folder(file->path);
    if (!out->path || !file->folder)
        return -STK_E_MEMORY;
    file->name = slash ? slash + 1 : file->path;
    if (ends_with(file->name, ".pyc"))
        return stk_evidence_refuse(
            out,
            ends_with(file->folder, "/__pycache__") ? STK_TRUST_BYTECODE
                                                    : STK_TRUST_SOURCELESS,
            "%s is bytecode; run its source", out->path);
    file->fd = stk_beneath_folder(file->folder);
    if (file->fd < 0)
        return stk_evidence_refuse(out, STK_TRUST_IO, "%s cannot be opened",
                                   file->folder);
    return 1;
}

int
stk_evidence_alone(stk_evidence_store *store, const char *path,
                   const stk_python *python, stk_evidence *out, stk_error *err)
{
    lone_file file = { store, python, path, NULL, NULL, -1 };
    int result;

    if (!store)
        return stk_evidence_refuse(out, STK_TRUST_UNSIGNED,
                                   "no signature can be verified here");
    result = open_lone(&file, out);
    if (result > 0) {
        pthread_mutex_lock(&store->lock);
        result = take_lone(&file, out);
        pthread_mutex_unlock(&store->lock);
        if (result == 0 && out->trust == STK_TRUST_UNSIGNED &&
            ends_with(file.name, ".py"))
            result = take_listed(&file, out);
    }
    stk_closep(&file.fd);
    free(file.folder);
    return result < 0 ? stk_error_memory(err) : 0;
}
