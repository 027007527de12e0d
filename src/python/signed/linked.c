/* SPDX-License-Identifier: Apache-2.0 */
/* The shared libraries that a verified extension brings along. */
#include "python/signed/linked.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "python/signed/memfile.h"
#include "python/signed/want.h"
#include "trust/digest.h"
#include "trust/needed.h"

#define LIBRARIES_MAX 256u /* of one extension */

/* A file that needs others; with DT_RPATH, whatever those need is looked for
 * in its folders, too. */
typedef struct asking {
    const struct asking *outer; /* which needs this one, or NULL */
    const char *origin;         /* its folder */
    stk_needed needed;
} asking;

typedef struct loading {
    stk_interp *state;
    const char *name; /* of the extension */
    stk_evidence_store *store;
    const stk_evidence *extension;
    const stk_linked_to *to; /* NULL: loaded here */
    size_t n;
    char *paths[LIBRARIES_MAX]; /* owned; seen, so that a circle ends */
} loading;

static int
raise_plain(const loading *l, const char *path, const char *why)
{
    PyErr_Format(PyExc_ImportError, "%s: cannot load %s: %s", l->name, path,
                 why);
    return -1;
}

/* Recorded, what it is; then raised, where it does not hold. */
static int
tell(loading *l, const stk_evidence *library)
{
    stk_want want;
    int result = 0;

    if (l->to)
        return l->to->tell(l->to->payload, library);
    if (!stk_want_begin(&want, l->state))
        return 0;
    if (stk_want_signed(&want, l->name))
        result = library->trust == STK_TRUST_OK
                     ? stk_want_record(&want, l->name, library)
                     : stk_want_refuse(&want, l->name, library);
    stk_want_clear(&want);
    return result;
}

static int load_needed(loading *l, const asking *outer,
                       const stk_evidence *file);

/* What it needs is there before it. */
static int
keep_library(loading *l, const asking *by, const stk_evidence *library)
{
    int fd;

    if (load_needed(l, by, library) < 0)
        return -1;
    fd = stk_memfile_keep(library->identity, library->source,
                          library->source_length);
    return fd < 0 ? raise_plain(l, library->path, strerror(errno)) : fd;
}

static int
open_library(const loading *l, const char *path, int fd)
{
    char file[STK_MEMFILE_PATH];

    if (fd < 0)
        return -1;
    return dlopen(stk_memfile_path(file, fd), RTLD_NOW | RTLD_LOCAL)
               ? 1
               : raise_plain(l, path, dlerror());
}

/* Whose keys are those of the tree; -1 for want of memory. */
static int
identify(stk_evidence *library, const stk_evidence *extension)
{
    library->trust = STK_TRUST_OK;
    library->retiring = extension->retiring;
    library->keys = stk_text_dup(extension->keys ? extension->keys : "");
    stk_digest_memory(library->digest, library->source,
                      library->source_length);
    library->has_digest = true;
    /* what tells it from the others, where the tree was not asked */
    if (!library->has_identity)
        memcpy(library->identity, library->digest, sizeof library->identity);
    return library->keys ? 0 : -1;
}

static int
hand_over(loading *l, const asking *by, const stk_evidence *library)
{
    return load_needed(l, by, library) < 0
               ? -1
               : l->to->give(l->to->payload, library);
}

/* As load_path(), for what is not in the process. */
static int
load_new(loading *l, const asking *by, const char *path, stk_evidence *library)
{
    int result =
        stk_evidence_data(l->store, l->extension, path, library,
                          &library->source, &library->source_length, NULL);

    if (result == 0)
        return library->trust == STK_TRUST_UNLISTED ? 0 : tell(l, library);
    if (result < 0 || identify(library, l->extension) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (tell(l, library) < 0)
        return -1;
    if (l->to)
        return hand_over(l, by, library);
    return open_library(l, path, keep_library(l, by, library));
}

/* 1 when the tree has it, 0 when it has no such file, or -1. What is in the
 * process is not read again: some libraries are larger than all modules. */
static int
load_path(loading *l, const asking *by, const char *path)
{
    stk_evidence library = STK_EVIDENCE_INIT;
    int result = l->to ? l->to->has(l->to->payload, path) : 0, fd = -1;

    if (result != 0)
        return result;
    library.has_identity =
        !l->to &&
        stk_evidence_identity(l->store, l->extension, path, library.identity);
    if (library.has_identity)
        fd = stk_memfile_find(library.identity);
    result =
        fd < 0 ? load_new(l, by, path, &library) : open_library(l, path, fd);
    stk_evidence_clear(&library);
    return result;
}

/* As load_path(); takes `path`. */
static int
load_once(loading *l, const asking *by, char *path)
{
    int result;

    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->paths[i], path)) {
            free(path);
            return 1;
        }
    if (l->n == LIBRARIES_MAX) {
        raise_plain(l, path, "too many libraries");
        free(path);
        return -1;
    }
    l->paths[l->n++] = path;
    result = load_path(l, by, path);
    if (result == 0)
        free(l->paths[--l->n]);
    return result;
}

/* The first of the folders that has it, those of `at` first. */
static int
load_one(loading *l, const asking *by, const asking *at, const char *name)
{
    const char *folders = at ? stk_needed_folders(&at->needed) : "";
    int result = 0;

    while (result == 0 && *folders) {
        size_t length = strcspn(folders, ":");
        char *path = stk_needed_path(at->origin, folders, length, name);

        if (path)
            result = load_once(l, by, path);
        folders += length + (folders[length] == ':');
    }
    return result == 0 && at ? load_one(l, by, at->outer, name) : result;
}

static int
load_needed(loading *l, const asking *outer, const stk_evidence *file)
{
    STK_CLEANUP(stk_freep) char *origin = stk_path_folder(file->path);
    asking by = { .outer = outer, .origin = origin };
    const char *name;
    size_t at = 0;

    if (!origin) {
        PyErr_NoMemory();
        return -1;
    }
    stk_needed_open(&by.needed, file->source, file->source_length);
    while ((name = stk_needed_next(&by.needed, &at)))
        if (load_one(l, &by, &by, name) < 0)
            return -1;
    return 0;
}

static int
load_all(loading *l)
{
    int result = load_needed(l, NULL, l->extension);

    for (size_t i = 0; i < l->n; i++)
        free(l->paths[i]);
    return result;
}

int
stk_linked_load(stk_interp *state, const char *name, stk_evidence_store *store,
                const stk_evidence *extension)
{
    loading l = {
        .state = state, .name = name, .store = store, .extension = extension
    };

    return load_all(&l);
}

int
stk_linked_give(const char *name, stk_evidence_store *store,
                const stk_evidence *extension, const stk_linked_to *to)
{
    loading l = {
        .name = name, .store = store, .extension = extension, .to = to
    };

    return load_all(&l);
}
