/* SPDX-License-Identifier: Apache-2.0 */
/* Source that somebody handed over, with its signature files: there is no
 * folder to look into. */
#include "guard/evidence.h"

#include <string.h>
#include <time.h>

#include "base/text.h"
#include "guard/place.h"

static void
prove(stk_evidence_store *store, const stk_given *given, stk_evidence *out)
{
    stk_claim claim = { .kind = given->kind,
                        .module = given->name,
                        .basename = given->basename,
                        .data = given->source,
                        .length = given->length };
    stk_text texts[STK_SIGNATURES_MAX];
    stk_proof proof;
    size_t n = given->n_signatures;

    if (n > STK_SIGNATURES_MAX)
        n = STK_SIGNATURES_MAX;
    for (size_t i = 0; i < n; i++)
        texts[i] = (stk_text){ given->signatures[i].data,
                               given->signatures[i].length };
    pthread_mutex_lock(&store->lock);
    stk_keyring_verify(&proof, store->ring, &claim, texts, n, time(NULL));
    stk_evidence_accept(store, &proof);
    if (stk_evidence_prove(out, &proof)) {
        memcpy(out->digest, proof.digest, sizeof out->digest);
        out->has_digest = true;
    }
    pthread_mutex_unlock(&store->lock);
}

int
stk_evidence_given(stk_evidence_store *store, const stk_given *given,
                   stk_evidence *out, stk_error *err)
{
    if (!store)
        return stk_evidence_refuse(out, STK_TRUST_UNSIGNED,
                                   "no signature can be verified here");
    out->kind = given->kind;
    out->path = stk_text_dup(given->path);
    if (!out->path)
        return stk_error_memory(err);
    if (given->n_signatures == 0)
        return stk_evidence_refuse(
            out, STK_TRUST_UNSIGNED,
            "%s has no signature: its loader gave no %s.minisig", given->path,
            given->basename);
    prove(store, given, out);
    return 0;
}
