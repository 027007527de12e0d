/* SPDX-License-Identifier: Apache-2.0 */
/* Code out of the policy's cache, for sources that were signed without it. */
#ifndef STK_GUARD_KEPT_H
#define STK_GUARD_KEPT_H

#include "guard/place.h"

/* Opens the cache that the policy names, where it names one. Returns 0 or
 * negative: a cache that anybody but its owner could fill is an error. */
int stk_kept_open(stk_evidence_store *store, stk_error *err);

/*
 * Puts the code of what was found and verified beside its source. What the
 * cache has in its place and is not good is left, and told in `out`. Returns
 * 0 or -STK_E_MEMORY.
 */
int stk_kept_take(const stk_evidence_store *store, const stk_sought *sought,
                  stk_evidence *out);

#endif
