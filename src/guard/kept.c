/* SPDX-License-Identifier: Apache-2.0 */
/* Code out of the policy's cache, for sources that were signed without it. */
#include "guard/kept.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

int
stk_kept_open(stk_evidence_store *store, stk_error *err)
{
    const char *folder = stk_policy_signing(store->policy)->cache;
    stk_error why = STK_ERROR_INIT;
    char text[STK_MESSAGE_MAX];
    int result;

    if (!folder)
        return 0;
    result = stk_cache_open(&store->cache, folder, &why);
    if (result == -STK_E_MEMORY)
        return stk_error_memory(err);
    if (result == 0)
        return 0;
    stk_error_set(err, why.code, "[signing] cache: %s",
                  stk_error_text(&why, text, sizeof text));
    return stk_error_at(err, stk_policy_file(store->policy), 0);
}

/* Only what was verified byte by byte has a digest of its source. */
static bool
wants_code(const stk_sought *sought, const stk_evidence *out)
{
    return out->trust == STK_TRUST_OK && out->source && !out->code &&
           out->has_digest && sought->python->cache_tag &&
           sought->python->cache_tag[0] &&
           (out->kind == STK_KIND_MODULE || out->kind == STK_KIND_PACKAGE);
}

int
stk_kept_take(const stk_evidence_store *store, const stk_sought *sought,
              stk_evidence *out)
{
    stk_cache_item item = { .module = sought->name, .source = out->digest };
    stk_refusal why;

    if (!store->cache || !wants_code(sought, out))
        return 0;
    item.cache_tag = sought->python->cache_tag;
    item.magic = sought->python->magic;
    item.optimisation = sought->python->optimisation;
    if (stk_cache_take(store->cache, &item, &out->code, &out->code_length,
                       &why) >= 0)
        return 0;
    if (why.trust == STK_TRUST_NONE)
        return -STK_E_MEMORY;
    /* not what was kept: the source is compiled, and the record says why */
    out->cache_refused = true;
    stk_evidence_tell(out, why.message);
    return 0;
}
