/* SPDX-License-Identifier: Apache-2.0 */
/* All of a bundle verified at once, as no import does. */
#ifndef STK_TRUST_BUNDLE_CHECK_H
#define STK_TRUST_BUNDLE_CHECK_H

#include "trust/bundle.h"

typedef struct stk_bundle_checked {
    size_t files, codes; /* contents that are good */
    uint64_t bytes;      /* of them, unpacked */
    size_t wrong;        /* pages and contents that are not, and gaps */
    size_t revoked;      /* of those that are wrong, by the policy alone */
} stk_bundle_checked;

/*
 * Told of each content, `why` NULL where it is good, and of each page that is
 * not, with a NULL `row`. `python` is negative for the file itself.
 */
typedef void stk_bundle_tell(void *payload, const stk_bundle_row *row,
                             int python, const stk_refusal *why);

/*
 * Verifies every page and every content, and that they fill the bundle with
 * nothing between them; with a `ring`, that its policy has revoked none of the
 * files. `tell` may be NULL. Returns 0, whatever was found, or -1 with `why`
 * filled when memory is out.
 */
int stk_bundle_check(stk_bundle_checked *out, stk_bundle *bundle,
                     const stk_keyring *ring, stk_bundle_tell *tell,
                     void *payload, stk_refusal *why);

#endif
