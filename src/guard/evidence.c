/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the code of a name that must be signed. */
#include "guard/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/kept.h"
#include "guard/place.h"

/* ---- the store ------------------------------------------------------- */

static void
free_store(stk_evidence_store *store)
{
    for (size_t i = 0; i < STK_PACKAGES_SIZE; i++)
        for (stk_package *at = store->packages[i], *next; at; at = next) {
            next = at->next;
            stk_place_free(at->place);
            free(at->name);
            free(at);
        }
    for (stk_tree *at = store->trees, *next; at; at = next) {
        next = at->next;
        stk_tree_free(at);
    }
    stk_packed_close(store);
    stk_cache_free(store->cache);
    stk_keyring_free(store->ring);
    pthread_mutex_destroy(&store->lock);
    stk_policy_free(store->policy);
    free(store);
}

int
stk_evidence_store_new(stk_evidence_store **out, const stk_policy *policy,
                       stk_error *err)
{
    stk_evidence_store *store;
    int result;

    store = calloc(1, sizeof *store);
    if (!store)
        return stk_error_memory(err);
    store->refs = 1;
    store->policy = stk_policy_ref((stk_policy *)(uintptr_t)policy);
    pthread_mutex_init(&store->lock, NULL);
    result = stk_keyring_new(&store->ring, stk_policy_signing(policy), err);
    if (result == 0)
        result = stk_kept_open(store, err);
    if (result == 0)
        result = stk_packed_open(store, err);
    if (result < 0) {
        free_store(store);
        return result;
    }
    *out = store;
    return 0;
}

stk_evidence_store *
stk_evidence_store_ref(stk_evidence_store *store)
{
    if (store)
        atomic_fetch_add(&store->refs, 1);
    return store;
}

void
stk_evidence_store_free(stk_evidence_store *store)
{
    if (store && atomic_fetch_sub(&store->refs, 1) == 1)
        free_store(store);
}

/* ---- what is told ---------------------------------------------------- */

int
stk_evidence_refuse(stk_evidence *out, enum stk_trust trust,
                    const char *format, ...)
{
    char message[STK_EVIDENCE_MESSAGE];
    va_list arguments;

    out->trust = trust;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    stk_evidence_tell(out, message);
    return 0;
}

void
stk_evidence_tell(stk_evidence *out, const char *message)
{
    free(out->message);
    out->message = message[0] ? stk_text_dup(message) : NULL;
}

const char *
stk_evidence_keys(const stk_evidence *evidence)
{
    return evidence->keys && evidence->keys[0] ? evidence->keys : NULL;
}

const char *
stk_evidence_message(const stk_evidence *evidence)
{
    return evidence->message ? evidence->message : "";
}

bool
stk_evidence_prove(stk_evidence *out, const stk_proof *proof)
{
    free(out->keys);
    out->keys = stk_text_dup(proof->key);
    out->trust = out->keys ? proof->trust : STK_TRUST_IO;
    out->retiring = proof->retiring;
    stk_evidence_tell(out, proof->message);
    return out->trust == STK_TRUST_OK;
}

void
stk_evidence_accept(stk_evidence_store *store, stk_proof *proof)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_keyring_accept(store->ring, proof, &err) == 0 ||
        !stk_policy_signing(store->policy)->require_state)
        return;
    proof->trust = STK_TRUST_STATE;
    snprintf(proof->message, sizeof proof->message, "%.500s", err.message);
}

int
stk_evidence_read(stk_evidence *out, int fd, char **data, size_t *length)
{
    stk_error err = STK_ERROR_INIT;
    int result =
        stk_beneath_read(data, length, fd, STK_MODULE_BYTES_MAX, &err);

    if (result == -STK_E_MEMORY)
        return result;
    if (result == -STK_E_LIMIT)
        return stk_evidence_refuse(out, STK_TRUST_TOO_LARGE, "%s %s",
                                   out->path, err.message);
    if (result < 0)
        return stk_evidence_refuse(out, STK_TRUST_IO, "%s: %s", out->path,
                                   err.message);
    return 1;
}

void
stk_evidence_clear(stk_evidence *evidence)
{
    free(evidence->path);
    free(evidence->folder);
    free(evidence->source);
    free(evidence->code);
    free(evidence->keys);
    free(evidence->message);
    stk_place_free(evidence->place);
    *evidence = (stk_evidence)STK_EVIDENCE_INIT;
}

/* ---- finding --------------------------------------------------------- */

/* The first folder that has anything of the name decides. */
static int
search_folders(const stk_search *search, stk_evidence *out)
{
    const stk_sought *sought = search->sought;
    int result = 0;

    for (size_t i = 0;
         result == 0 && out->trust == STK_TRUST_NONE && i < sought->n_folders;
         i++)
        result = stk_folder_search(search, sought->folders[i], out);
    return result;
}

static int
search_place(const stk_search *search, const stk_place *place,
             stk_evidence *out)
{
    switch (place->kind) {
    case STK_PLACE_TREE:
        return stk_tree_search(search, place->tree, out);
    case STK_PLACE_BUNDLE:
        return stk_packed_search(search, place->packed, out);
    default:
        return stk_folder_search(search, place->folder, out);
    }
}

static int
search_bundle(const stk_search *search, stk_evidence *out)
{
    const char *path = search->sought->bundle;
    const stk_packed *packed = stk_packed_find(search->store, path);

    if (!packed)
        return stk_evidence_refuse(out, STK_TRUST_IO,
                                   "the bundle %s is not open", path);
    return stk_packed_search(search, packed, out);
}

static int
search_all(const stk_search *search, stk_evidence *out)
{
    const stk_place *place =
        stk_place_find(search->store, search->parent, strlen(search->parent));

    if (search->sought->bundle)
        return search_bundle(search, out);
    if (place)
        return search_place(search, place, out);
    return search_folders(search, out);
}

/* What was found is where the modules below it are. */
static int
keep_place(const stk_search *search, const stk_evidence *out)
{
    if (out->trust != STK_TRUST_OK || !out->folder || !out->place)
        return 0;
    return stk_place_keep(search->store, search->sought->name, out->place);
}

/* Nobody gets bytes that do not hold. */
static void
drop_bytes(stk_evidence *out)
{
    free(out->source);
    free(out->code);
    out->source = NULL;
    out->code = NULL;
}

int
stk_evidence_find(stk_evidence_store *store, const stk_sought *sought,
                  stk_evidence *out, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *parent = stk_text_dup(sought->name);
    char *dot = parent ? strrchr(parent, '.') : NULL;
    stk_search search = { store, sought, sought->name, parent, time(NULL) };
    int result;

    if (!parent)
        return stk_error_memory(err);
    if (!store)
        return stk_evidence_refuse(out, STK_TRUST_UNSIGNED,
                                   "no signature can be verified here");
    search.label = sought->name + (dot ? dot - parent + 1 : 0);
    *(dot ? dot : parent) = '\0';
    pthread_mutex_lock(&store->lock);
    result = search_all(&search, out);
    if (out->trust != STK_TRUST_OK)
        drop_bytes(out);
    if (result == 0)
        result = stk_kept_take(store, sought, out);
    if (result == 0)
        result = keep_place(&search, out);
    pthread_mutex_unlock(&store->lock);
    return result < 0 ? stk_error_memory(err) : 0;
}

/* ---- again ----------------------------------------------------------- */

static int
read_again(stk_evidence_store *store, const stk_evidence *found,
           const char *path, stk_evidence *out, char **data, size_t *length)
{
    const stk_place *place = found->place;

    out->path = stk_text_dup(path);
    if (!out->path)
        return -STK_E_MEMORY;
    switch (place ? place->kind : STK_PLACE_FOLDER) {
    case STK_PLACE_TREE:
        return stk_tree_read(store, place->tree, path, out, data, length);
    case STK_PLACE_BUNDLE:
        return stk_packed_read(store, place->packed, path, out, data, length);
    default:
        return stk_folder_read(store, found, path, out, data, length);
    }
}

int
stk_evidence_data(stk_evidence_store *store, const stk_evidence *found,
                  const char *path, stk_evidence *out, char **data,
                  size_t *length, stk_error *err)
{
    int result;

    pthread_mutex_lock(&store->lock);
    result = read_again(store, found, path, out, data, length);
    pthread_mutex_unlock(&store->lock);
    return result < 0 ? stk_error_memory(err) : result;
}

int
stk_evidence_source(stk_evidence_store *store, const stk_evidence *found,
                    stk_evidence *out, char **data, size_t *length,
                    stk_error *err)
{
    return stk_evidence_data(store, found, found->path, out, data, length,
                             err);
}
