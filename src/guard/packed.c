/* SPDX-License-Identifier: Apache-2.0 */
/* The bundles that a policy names, and the modules in them. */
#include "guard/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

/* ---- opening --------------------------------------------------------- */

static char *
absolute_folder(const char *path)
{
    STK_CLEANUP(stk_freep) char *whole = stk_path_absolute(path);

    return whole ? stk_path_folder(whole) : NULL;
}

/* What does not hold is kept as a refusal: each import that needs it says
 * so. */
static int
open_one(stk_evidence_store *store, stk_packed *packed, const char *path,
         stk_error *err)
{
    stk_rule_ref rule;

    packed->path = stk_text_dup(path);
    packed->root = absolute_folder(path);
    if (!packed->path || !packed->root)
        return stk_error_memory(err);
    if (access(path, R_OK) < 0) {
        rule = stk_policy_bundle_rule(store->policy, path);
        stk_error_set_errno(err, STK_E_IO, errno, "cannot open the bundle %s",
                            path);
        return stk_error_at(err, rule.file, rule.line);
    }
    stk_bundle_open(&packed->bundle, &packed->proof, path, store->ring,
                    time(NULL));
    stk_evidence_accept(store, &packed->proof);
    if (packed->proof.trust != STK_TRUST_OK) {
        stk_bundle_free(packed->bundle);
        packed->bundle = NULL;
    }
    return packed->proof.trust == STK_TRUST_NONE ? stk_error_memory(err) : 0;
}

int
stk_packed_open(stk_evidence_store *store, stk_error *err)
{
    size_t n;
    const char *const *paths = stk_policy_bundles(store->policy, &n);
    int result = 0;

    if (n == 0)
        return 0;
    store->packed = calloc(n, sizeof *store->packed);
    if (!store->packed)
        return stk_error_memory(err);
    store->n_packed = n;
    for (size_t i = 0; result == 0 && i < n; i++)
        result = open_one(store, &store->packed[i], paths[i], err);
    return result;
}

void
stk_packed_close(stk_evidence_store *store)
{
    for (size_t i = 0; i < store->n_packed; i++) {
        stk_bundle_free(store->packed[i].bundle);
        free(store->packed[i].path);
        free(store->packed[i].root);
    }
    free(store->packed);
}

const stk_packed *
stk_packed_find(const stk_evidence_store *store, const char *path)
{
    for (size_t i = 0; i < store->n_packed; i++)
        if (!strcmp(store->packed[i].path, path))
            return &store->packed[i];
    return NULL;
}

/* ---- rows ------------------------------------------------------------ */

static int
refuse_as(stk_evidence *out, const stk_refusal *why)
{
    if (why->trust == STK_TRUST_NONE)
        return -STK_E_MEMORY;
    return stk_evidence_refuse(out, why->trust, "%s", why->message);
}

static int
refuse_bundle(stk_evidence *out, const stk_packed *packed)
{
    return stk_evidence_refuse(out, packed->proof.trust, "%s",
                               packed->proof.message);
}

/* 1 with the bytes, 0 with a refusal, or -STK_E_MEMORY. */
static int
read_blob(const stk_packed *packed, const stk_bundle_blob *blob,
          stk_evidence *out, char **data, size_t *length)
{
    STK_CLEANUP(stk_freep) char *bytes = malloc((size_t)blob->size + 1);
    stk_refusal why;

    if (!bytes)
        return -STK_E_MEMORY;
    if (stk_bundle_read(packed->bundle, blob, bytes, &why) < 0)
        return refuse_as(out, &why);
    bytes[blob->size] = '\0';
    *data = STK_STEAL(bytes);
    *length = blob->size;
    return 1;
}

/* The policy revokes contents: of data as well, as they are unpacked. */
static int
read_unrevoked(const stk_evidence_store *store, const stk_packed *packed,
               const stk_bundle_blob *blob, stk_evidence *out, char **data,
               size_t *length)
{
    int result = read_blob(packed, blob, out, data, length);

    if (result <= 0 ||
        stk_policy_signing(store->policy)->n_revoked_hashes == 0)
        return result;
    stk_digest_memory(out->digest, *data, *length);
    out->has_digest = true;
    if (!stk_keyring_is_revoked(store->ring, out->digest))
        return result;
    free(*data);
    *data = NULL;
    return stk_evidence_refuse_revoked(out);
}

/* Only where something is revoked is the source read for it. */
static int
check_revoked(const stk_search *search, const stk_packed *packed,
              const stk_bundle_row *row, stk_evidence *out)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    size_t length = 0;

    if (stk_policy_signing(search->store->policy)->n_revoked_hashes == 0)
        return 1;
    return read_unrevoked(search->store, packed, &row->file, out, &data,
                          &length);
}

/* Extensions are told apart where they are loaded, and that by what was
 * verified: hashing it once more is for the record alone. */
static void
identify(const stk_search *search, const stk_bundle_row *row,
         stk_evidence *out)
{
    memcpy(out->identity, row->file.digest, sizeof out->identity);
    out->has_identity = true;
    if (search->sought->unrecorded)
        return;
    stk_digest_memory(out->digest, out->source, out->source_length);
    out->has_digest = true;
}

static int
take_bytes(const stk_search *search, const stk_packed *packed,
           const stk_bundle_row *row, stk_evidence *out)
{
    const stk_python *python = search->sought->python;
    int number = stk_bundle_python_of(packed->bundle, python->cache_tag,
                                      python->magic, python->optimisation);
    stk_bundle_blob code = row->file;
    int result;

    if (number >= 0 && row->kind != STK_KIND_EXTENSION &&
        stk_bundle_code(&code, row, number))
        return read_blob(packed, &code, out, &out->code, &out->code_length);
    /* a record has the digest of the whole file */
    if (search->sought->unrecorded)
        stk_bundle_loaded(&code, row);
    result = read_blob(packed, &code, out, &out->source, &out->source_length);
    if (result > 0 && row->kind == STK_KIND_EXTENSION)
        identify(search, row, out);
    return result;
}

/* By hand: printf() takes longer than finding the row does. */
static char *
join_path(const char *root, const stk_bundle_row *row)
{
    size_t length = strlen(root);
    char *path = malloc(length + row->path_length + 2);

    if (!path)
        return NULL;
    memcpy(path, root, length);
    path[length] = '/';
    memcpy(path + length + 1, row->path, row->path_length);
    path[length + 1 + row->path_length] = '\0';
    return path;
}

static int
set_places(const stk_packed *packed, const stk_bundle_row *row,
           stk_evidence *out)
{
    out->path = join_path(packed->root, row);
    out->place = stk_place_new(STK_PLACE_BUNDLE);
    if (!out->path || !out->place)
        return -STK_E_MEMORY;
    out->place->packed = packed;
    out->in_bundle = true;
    if (row->kind == STK_KIND_NAMESPACE)
        out->folder = stk_text_dup(out->path);
    else if (row->kind == STK_KIND_PACKAGE)
        out->folder = stk_path_folder(out->path);
    else
        return 0;
    return out->folder ? 0 : -STK_E_MEMORY;
}

/* An extension is for one Python, told by its suffix. */
static bool
suits(const stk_search *search, const stk_bundle_row *row)
{
    const stk_python *python = search->sought->python;

    if (row->kind != STK_KIND_EXTENSION)
        return true;
    for (size_t i = 0; i < python->n_suffixes; i++)
        if (stk_search_is_extension(search, row->path, row->path_length,
                                    python->suffixes[i]))
            return true;
    return false;
}

static int
take_row(const stk_search *search, const stk_packed *packed,
         const stk_bundle_row *row, stk_evidence *out)
{
    stk_keyring *ring = search->store->ring;
    stk_proof proof;
    int result;

    out->kind = row->kind;
    if (set_places(packed, row, out) < 0)
        return -STK_E_MEMORY;
    stk_keyring_covers(&proof, ring, &packed->proof, row->kind,
                       search->sought->name, search->now);
    if (!stk_evidence_prove(out, &proof) || row->kind == STK_KIND_NAMESPACE)
        return 0;
    result = check_revoked(search, packed, row, out);
    if (result > 0)
        result = take_bytes(search, packed, row, out);
    return result < 0 ? result : 0;
}

/*
 * A standard library as a bundle stands for the files of the interpreter,
 * wherever the bundle is: __file__ and tracebacks are as without it. No other
 * package has a top-level os.py that its keys are good for.
 */
static int
settle_root(const stk_search *search, stk_packed *packed, stk_evidence *out)
{
    const char *library = search->sought->python->library;
    stk_proof proof;
    stk_bundle_row row;
    stk_refusal why;
    char *root;
    int found;

    if (packed->placed || !library)
        return 1;
    found = stk_bundle_find(&row, packed->bundle, "os", 2, &why);
    if (found < 0)
        return refuse_as(out, &why);
    stk_keyring_covers(&proof, search->store->ring, &packed->proof,
                       STK_KIND_MODULE, "os", search->now);
    if (found > 0 && proof.trust == STK_TRUST_OK && row.path_length == 5 &&
        !memcmp(row.path, "os.py", 5)) {
        root = stk_text_dup(library);
        if (!root)
            return -STK_E_MEMORY;
        free(packed->root);
        packed->root = root;
    }
    packed->placed = true;
    return 1;
}

int
stk_packed_search(const stk_search *search, const stk_packed *packed,
                  stk_evidence *out)
{
    stk_evidence_store *store = search->store;
    const char *name = search->sought->name;
    stk_bundle_row row;
    stk_refusal why;
    int found;

    if (!packed->bundle)
        return refuse_bundle(out, packed);
    found = settle_root(search, &store->packed[packed - store->packed], out);
    if (found <= 0)
        return found;
    found = stk_bundle_find(&row, packed->bundle, name, strlen(name), &why);
    if (found < 0)
        return refuse_as(out, &why);
    while (found && !suits(search, &row))
        found = stk_bundle_more(&row);
    return found ? take_row(search, packed, &row, out) : 0;
}

/* ---- files ----------------------------------------------------------- */

/* A module's file is found by the module, data by its path. */
static int
find_path(stk_bundle_row *row, const stk_packed *packed, const char *path,
          stk_refusal *why)
{
    STK_CLEANUP(stk_freep) char *key = NULL;
    char name[STK_NAMING_MAX + 1];
    size_t length = strlen(path);
    int found;

    if (stk_naming_of(name, path, "") != STK_KIND_DATA)
        key = stk_text_dup(name);
    else
        key = stk_text_printf("/%s", path);
    if (!key)
        return stk_refuse_memory(why);
    found = stk_bundle_find(row, packed->bundle, key, strlen(key), why);
    while (found > 0 && (row->path_length != length ||
                         memcmp(row->path, path, length) != 0))
        found = stk_bundle_more(row);
    return found;
}

/* The file at `path`, absolute. */
static int
find_file(stk_bundle_row *row, const stk_packed *packed, const char *path,
          stk_refusal *why)
{
    const char *rest = stk_path_below(packed->root, path);
    int found = rest && *rest ? find_path(row, packed, rest, why) : 0;

    return found > 0 && row->kind == STK_KIND_NAMESPACE ? 0 : found;
}

int
stk_packed_has(const stk_packed *packed, const char *path, stk_refusal *why)
{
    stk_bundle_row row;

    return find_file(&row, packed, path, why);
}

bool
stk_packed_identity(const stk_packed *packed, const char *path,
                    unsigned char identity[32])
{
    stk_bundle_row row;
    stk_refusal why;

    if (find_file(&row, packed, path, &why) <= 0)
        return false;
    memcpy(identity, row.file.digest, STK_DIGEST_BYTES);
    return true;
}

int
stk_packed_read(stk_evidence_store *store, const stk_packed *packed,
                const char *path, stk_evidence *out, char **data,
                size_t *length)
{
    stk_bundle_row row;
    stk_refusal why;
    int found;

    if (!packed->bundle)
        return refuse_bundle(out, packed);
    found = find_file(&row, packed, path, &why);
    if (found < 0)
        return refuse_as(out, &why);
    if (found == 0)
        return stk_evidence_refuse(out, STK_TRUST_UNLISTED,
                                   "%s is not in the bundle %s", path,
                                   packed->path);
    return read_unrevoked(store, packed, &row.file, out, data, length);
}
