/* SPDX-License-Identifier: Apache-2.0 */
/* What is open for one policy: its keys, bundles, cache, and the packages that
 * were found. */
#include <stdlib.h>

#include "base/error.h"
#include "guard/kept.h"
#include "guard/place.h"

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
