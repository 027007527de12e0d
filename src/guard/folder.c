/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of a package that is signed file by file, or of sys.path: which
 * of its files is the module, and does that one's own signature hold.
 */
#include "guard/folder.h"

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

/* What is there and was not looked into is not "not found": another folder
 * would be asked for the name. */
int
stk_folder_unopened(int sys_errno, const char *path, stk_evidence *out)
{
    if (sys_errno != EMFILE && sys_errno != ENFILE && sys_errno != ENOMEM &&
        sys_errno != EIO && sys_errno != EINTR)
        return 0;
    return stk_evidence_refuse(out, STK_TRUST_IO, "%s: cannot open: %s", path,
                               strerror(sys_errno));
}

/* No file has such a name. */
static bool
is_no_label(const char *label)
{
    return !label[0] || strchr(label, '/') || !strcmp(label, "..");
}

int
stk_folder_open(stk_looked_at *at, stk_evidence *out)
{
    if (is_no_label(at->search->label))
        return 0;
    at->fd = stk_beneath_folder(at->path);
    return at->fd < 0 ? stk_folder_unopened(errno, at->path, out) : 1;
}

/* ---- files ----------------------------------------------------------- */

int
stk_folder_kind(const stk_looked_at *at, const char *path)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    int kind = stk_beneath_open(&fd, at->fd, path, NULL);

    return kind < 0 ? STK_BENEATH_OTHER : kind;
}

static bool
is_there(const stk_looked_at *at, const char *path)
{
    return stk_folder_kind(at, path) != STK_BENEATH_MISSING;
}

int
stk_signatures_read(stk_sidecars *set, int folder, const char *path,
                    stk_evidence *why)
{
    stk_error err = STK_ERROR_INIT;
    int result = stk_sidecars_beneath(set, folder, path, &err);

    if (result == 0)
        return 1;
    set->n = 0;
    if (result == -STK_E_MEMORY)
        return result;
    return stk_evidence_refuse(
        why, result == -STK_E_INVALID ? STK_TRUST_PATH : STK_TRUST_IO,
        "%s: its signature %s: %s", why->path ? why->path : path, err.file,
        err.message);
}

/* ---- one file and its signature -------------------------------------- */

/* How much of at->path is the folder that names begin in. */
static size_t
root_length(const stk_looked_at *at)
{
    size_t length = strlen(at->path);

    for (const char *label = at->search->parent; label && *label && length;) {
        while (length && at->path[--length] != '/')
            ;
        label = strchr(label, '.');
        label = label ? label + 1 : NULL;
    }
    return length ? length : 1;
}

static int
refuse_unsigned(const stk_looked_at *at, stk_evidence *out)
{
    return stk_evidence_refuse(
        out, STK_TRUST_UNSIGNED,
        "%s has no signature; run: stockade sign --key FILE --root %.*s %s",
        out->path, (int)root_length(at), at->path, out->path);
}

static int
prove_file(const stk_looked_at *at, const char *path, stk_evidence *out)
{
    const char *slash = strrchr(path, '/');
    stk_claim claim = { .kind = out->kind,
                        .module = at->search->sought->name,
                        .basename = slash ? slash + 1 : path,
                        .data = out->source,
                        .length = out->source_length };
    stk_evidence_store *store = at->search->store;
    stk_sidecars set;
    stk_proof proof;
    int result = stk_signatures_read(&set, at->fd, path, out);

    if (result > 0 && set.n == 0) {
        refuse_unsigned(at, out);
    } else if (result > 0) {
        stk_keyring_verify(&proof, store->ring, &claim, set.texts, set.n,
                           at->search->now);
        stk_evidence_accept(store, &proof);
        if (stk_evidence_prove(out, &proof)) {
            memcpy(out->digest, proof.digest, sizeof out->digest);
            out->has_digest = true;
        }
    }
    stk_sidecars_clear(&set);
    return result < 0 ? result : 0;
}

/* Reads it once; what was read is what is verified and what will run. */
static int
read_file(const stk_looked_at *at, const char *path, stk_evidence *out)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    stk_error err = STK_ERROR_INIT;
    int kind = stk_beneath_open(&fd, at->fd, path, &err);
    int result;

    out->path = stk_path_join(at->path, path);
    if (!out->path)
        return -STK_E_MEMORY;
    result = stk_evidence_opened(out, kind, &err);
    if (result <= 0)
        return result;
    return stk_evidence_read(out, fd, &out->source, &out->source_length);
}

static int
set_place(const stk_looked_at *at, stk_evidence *out)
{
    out->place = stk_place_new(STK_PLACE_FOLDER);
    if (!out->place)
        return -STK_E_MEMORY;
    if (out->kind != STK_KIND_PACKAGE)
        return 0;
    out->folder = stk_path_join(at->path, at->search->label);
    out->place->folder = stk_text_dup(out->folder ? out->folder : "");
    return out->folder && out->place->folder ? 0 : -STK_E_MEMORY;
}

/* Takes `path`, which may be NULL for want of memory. */
static int
take_file(const stk_looked_at *at, enum stk_kind kind, char *path,
          stk_evidence *out)
{
    int result = path ? 1 : -STK_E_MEMORY;

    out->kind = kind;
    if (result > 0)
        result = read_file(at, path, out);
    if (result > 0)
        result = prove_file(at, path, out);
    if (result == 0 && out->trust == STK_TRUST_OK)
        result = set_place(at, out);
    free(path);
    return result;
}

/* ---- candidates ------------------------------------------------------ */

static char *
module_path(const stk_looked_at *at, const char *tail)
{
    return stk_text_printf("%s%s", at->search->label, tail);
}

static bool
has(const stk_looked_at *at, const char *tail)
{
    STK_CLEANUP(stk_freep) char *path = module_path(at, tail);

    return path && is_there(at, path);
}

static int
refuse_candidate(const stk_looked_at *at, const char *tail,
                 enum stk_trust trust, const char *what, stk_evidence *out)
{
    STK_CLEANUP(stk_freep) char *path = module_path(at, tail);

    out->path = path ? stk_path_join(at->path, path) : NULL;
    if (!out->path)
        return -STK_E_MEMORY;
    return stk_evidence_refuse(out, trust, "%s %s", out->path, what);
}

/* The suffix of an extension that is there; `*is_signed` when one has a
 * signature of its own: that one. */
static const char *
find_extension(const stk_looked_at *at, bool *is_signed)
{
    const stk_python *python = at->search->sought->python;
    const char *found = NULL;

    *is_signed = false;
    for (size_t i = 0; i < python->n_suffixes; i++) {
        STK_CLEANUP(stk_freep)
        char *tail = stk_text_printf("%s.minisig", python->suffixes[i]);

        if (!has(at, python->suffixes[i]))
            continue;
        if (tail && has(at, tail)) {
            *is_signed = true;
            return python->suffixes[i];
        }
        found = found ? found : python->suffixes[i];
    }
    return found;
}

/* An extension without a signature that is dropped beside signed source is
 * no candidate; alone, it is refused. */
static int
take_module(const stk_looked_at *at, stk_evidence *out)
{
    bool is_signed;
    const char *suffix = find_extension(at, &is_signed);

    if (suffix && is_signed)
        return take_file(at, STK_KIND_EXTENSION, module_path(at, suffix), out);
    if (has(at, ".py"))
        return take_file(at, STK_KIND_MODULE, module_path(at, ".py"), out);
    if (suffix)
        return take_file(at, STK_KIND_EXTENSION, module_path(at, suffix), out);
    if (has(at, ".pyc"))
        return refuse_candidate(at, ".pyc", STK_TRUST_SOURCELESS,
                                "is bytecode without its source", out);
    return 0;
}

/* A link, or a folder that may not be opened. What leads to no folder is no
 * package to CPython, either: a command of that name in a bin. */
static bool
leads_to_folder(const stk_looked_at *at)
{
    const char *label = at->search->label;
    struct stat st;

    return stk_folder_kind(at, label) == STK_BENEATH_OTHER &&
           fstatat(at->fd, label, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static int
refuse_package(const stk_looked_at *at, stk_evidence *out)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    stk_error err = STK_ERROR_INIT;

    if (stk_beneath_open(&fd, at->fd, at->search->label, &err) < 0)
        return refuse_candidate(at, "", STK_TRUST_IO, err.message, out);
    return refuse_candidate(at, "", STK_TRUST_PATH,
                            "is a link; a signed package is a folder", out);
}

int
stk_folder_files(const stk_looked_at *at, stk_evidence *out)
{
    int kind = stk_folder_kind(at, at->search->label);

    if (kind == STK_BENEATH_FOLDER && has(at, "/__init__.py"))
        return take_file(at, STK_KIND_PACKAGE, module_path(at, "/__init__.py"),
                         out);
    if (kind == STK_BENEATH_FOLDER && has(at, "/__init__.pyc"))
        return refuse_candidate(at, "/__init__.pyc", STK_TRUST_SOURCELESS,
                                "is bytecode without its source", out);
    if (leads_to_folder(at))
        return refuse_package(at, out);
    return take_module(at, out);
}

/* What import would take for the module, as the end of its path; NULL: there
 * is nothing. */
static const char *
find_candidate(const stk_looked_at *at)
{
    static const char *const tails[] = { "/__init__.py", "/__init__.pyc",
                                         ".py", ".pyc" };
    bool is_signed;

    if (leads_to_folder(at))
        return "";
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        if (has(at, tails[i]))
            return tails[i];
    return find_extension(at, &is_signed);
}

int
stk_folder_refuse_unlisted(const stk_looked_at *at, const char *why,
                           stk_evidence *out)
{
    const char *tail = find_candidate(at);

    return tail ? refuse_candidate(at, tail, STK_TRUST_UNLISTED, why, out) : 0;
}

int
stk_folder_unlisted(const stk_search *search, const char *folder,
                    stk_evidence *out)
{
    stk_looked_at at = { search, folder, -1 };
    int result = stk_folder_open(&at, out);

    if (result > 0)
        result = stk_folder_refuse_unlisted(
            &at,
            "is not in the signed tree that it lies in; remove it, or sign "
            "the tree again",
            out);
    stk_closep(&at.fd);
    return result;
}

/* ---- again ----------------------------------------------------------- */

static bool
is_same_content(const stk_evidence *found, const char *data, size_t length)
{
    unsigned char digest[STK_DIGEST_BYTES];

    stk_digest_memory(digest, data, length);
    return found->has_digest && !memcmp(digest, found->digest, sizeof digest);
}

/* In the folder of the file that was found, or below it. */
static bool
is_beside(const char *found, const char *path)
{
    const char *slash = strrchr(found, '/');
    size_t folder = slash ? (size_t)(slash - found) + 1 : 0;

    return folder > 0 && !strncmp(found, path, folder) && path[folder];
}

int
stk_folder_read(stk_evidence_store *store, const stk_evidence *found,
                const char *path, stk_evidence *out, char **data,
                size_t *length)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    int result;

    (void)store;
    if (!is_beside(found->path, path))
        return stk_evidence_refuse(out, STK_TRUST_UNLISTED,
                                   "%s is not of the package", path);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0)
        return stk_evidence_refuse(out, STK_TRUST_UNLISTED, "%s: %s", path,
                                   strerror(errno));
    if (strcmp(path, found->path) != 0)
        return stk_evidence_refuse(
            out, STK_TRUST_UNSIGNED,
            "%s: data of a package that is signed file by file; sign the tree",
            path);
    result = stk_evidence_read(out, fd, data, length);
    if (result <= 0 || is_same_content(found, *data, *length))
        return result;
    free(*data);
    *data = NULL;
    return stk_evidence_refuse(out, STK_TRUST_HASH,
                               "%s is not what was imported any more", path);
}
