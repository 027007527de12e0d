/* SPDX-License-Identifier: Apache-2.0 */
/* Where a name that must be signed is looked for, and its files again. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/kept.h"
#include "guard/place.h"

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
        result = stk_entry_search(search, sought->folders[i], out);
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
    case STK_PLACE_EARLIER:
        return stk_earlier_search(search, place, out);
    default:
        return stk_entry_search(search, place->folder, out);
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
keep_place(stk_evidence_store *store, const char *name,
           const stk_evidence *found)
{
    if (found->trust != STK_TRUST_OK || !found->folder || !found->place)
        return 0;
    return stk_place_keep(store, name, found->place);
}

int
stk_evidence_settle(stk_evidence_store *store, const char *name,
                    const stk_evidence *found, stk_error *err)
{
    int result;

    if (!store || !found->folder)
        return 0;
    pthread_mutex_lock(&store->lock);
    result = keep_place(store, name, found);
    pthread_mutex_unlock(&store->lock);
    return result < 0 ? stk_error_memory(err) : 0;
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
    if (result == 0 && !sought->unsettled)
        result = keep_place(store, sought->name, out);
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

bool
stk_evidence_identity(stk_evidence_store *store, const stk_evidence *found,
                      const char *path, unsigned char identity[32])
{
    const stk_place *place = found->place;
    bool known = false;

    if (stk_policy_signing(store->policy)->n_revoked_hashes > 0)
        return false;
    pthread_mutex_lock(&store->lock);
    if (place && place->kind == STK_PLACE_TREE)
        known = stk_tree_identity(place->tree, path, identity);
    else if (place && place->kind == STK_PLACE_BUNDLE)
        known = place->packed->bundle &&
                stk_packed_identity(place->packed, path, identity);
    pthread_mutex_unlock(&store->lock);
    return known;
}

int
stk_evidence_source(stk_evidence_store *store, const stk_evidence *found,
                    stk_evidence *out, char **data, size_t *length,
                    stk_error *err)
{
    return stk_evidence_data(store, found, found->path, out, data, length,
                             err);
}
