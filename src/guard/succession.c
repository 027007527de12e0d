/* SPDX-License-Identifier: Apache-2.0 */
/* Packages that were found under one policy, for the store of the next. */
#include "guard/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* ---- taken over ------------------------------------------------------ */

static void
name_earlier(stk_place *out, const stk_place *place)
{
    switch (place->kind) {
    case STK_PLACE_TREE:
        out->folder = stk_text_dup(place->tree->folder);
        out->prefix = stk_text_dup(place->tree->manifest->head.prefix);
        break;
    case STK_PLACE_BUNDLE:
        out->folder = stk_text_dup(place->packed->path);
        break;
    default:
        out->folder = stk_text_dup(place->folder);
        out->prefix = place->prefix ? stk_text_dup(place->prefix) : NULL;
    }
}

static bool
is_of_a_tree(const stk_place *place)
{
    return place->kind == STK_PLACE_TREE || place->prefix;
}

/* The same place as a store without trees and bundles can have it. NULL: no
 * memory. */
static stk_place *
earlier_place(const stk_place *place)
{
    stk_place *out =
        stk_place_new(place->kind == STK_PLACE_FOLDER ? STK_PLACE_FOLDER
                                                      : STK_PLACE_EARLIER);

    if (!out)
        return NULL;
    name_earlier(out, place);
    if (out->folder && (out->prefix || !is_of_a_tree(place)))
        return out;
    stk_place_free(out);
    return NULL;
}

static int
take_over(stk_evidence_store *store, const stk_package *package)
{
    stk_place *place = earlier_place(package->place);
    int result =
        place ? stk_place_keep(store, package->name, place) : -STK_E_MEMORY;

    stk_place_free(place);
    return result;
}

int
stk_evidence_store_follow(stk_evidence_store *store,
                          stk_evidence_store *earlier, stk_error *err)
{
    int result = 0;

    if (!store || !earlier)
        return 0;
    /* nobody else has `store` yet */
    pthread_mutex_lock(&earlier->lock);
    for (size_t i = 0; i < STK_PACKAGES_SIZE; i++)
        for (const stk_package *at = earlier->packages[i]; at && result == 0;
             at = at->next)
            result = take_over(store, at);
    pthread_mutex_unlock(&earlier->lock);
    return result < 0 ? stk_error_memory(err) : 0;
}

int
stk_evidence_settle_later(stk_evidence_store *store, const char *name,
                          const stk_evidence *found, stk_error *err)
{
    stk_place *place;
    int result;

    if (!store || !found->folder || !found->place ||
        found->trust != STK_TRUST_OK)
        return 0;
    place = earlier_place(found->place);
    if (!place)
        return stk_error_memory(err);
    pthread_mutex_lock(&store->lock);
    result = stk_place_keep(store, name, place);
    pthread_mutex_unlock(&store->lock);
    stk_place_free(place);
    return result < 0 ? stk_error_memory(err) : 0;
}

/* ---- found again ----------------------------------------------------- */

static bool
is_of(const stk_place *place, const stk_tree *tree)
{
    return place->kind == STK_PLACE_EARLIER && place->prefix &&
           !strcmp(place->folder, tree->folder) &&
           !strcmp(place->prefix, tree->manifest->head.prefix);
}

/* Nobody but the store has it. */
static void
become_tree(stk_place *place, stk_tree *tree)
{
    free(place->folder);
    free(place->prefix);
    place->folder = place->prefix = NULL;
    place->kind = STK_PLACE_TREE;
    place->tree = tree;
    atomic_fetch_add(&tree->refs, 1);
}

/* For all that is of it: opened twice, it could be of two releases. */
static void
settle_tree(stk_evidence_store *store, stk_tree *tree)
{
    for (size_t i = 0; i < STK_PACKAGES_SIZE; i++)
        for (stk_package *at = store->packages[i]; at; at = at->next)
            if (is_of(at->place, tree))
                become_tree(at->place, tree);
}

static int
search_tree(const stk_search *search, const stk_place *place,
            stk_evidence *out)
{
    stk_tree *tree = NULL;
    int result =
        stk_tree_open(&tree, search, place->folder, place->prefix, out);

    if (result == 0 && tree) {
        settle_tree(search->store, tree); /* `place` is another one now */
        result = stk_tree_search(search, tree, out);
    } else if (result == 0 && out->trust == STK_TRUST_NONE)
        result = stk_evidence_refuse(
            out, STK_TRUST_UNSIGNED,
            "%s, the signed tree that its package is of, has no %s any more",
            place->folder, STK_MANIFEST_FILE);
    stk_tree_free(tree);
    return result;
}

static int
search_bundle(const stk_search *search, const stk_place *place,
              stk_evidence *out)
{
    const stk_packed *packed = stk_packed_find(search->store, place->folder);

    if (packed)
        return stk_packed_search(search, packed, out);
    return stk_evidence_refuse(
        out, STK_TRUST_UNSIGNED,
        "its package is of the bundle %s, which no rule names any more",
        place->folder);
}

int
stk_earlier_search(const stk_search *search, const stk_place *place,
                   stk_evidence *out)
{
    return place->prefix ? search_tree(search, place, out)
                         : search_bundle(search, place, out);
}
