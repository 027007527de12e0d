/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle's signatures, against the keys of a policy. */
#include <stdio.h>
#include <string.h>

#include "trust/bundle.h"

typedef struct judging {
    stk_proof *proof;
    stk_keyring *ring;
    const char *basename;
    int64_t now;
} judging;

/* The header and the signature's comment are two places for the same words,
 * and what counts of them is the comment's: they must not differ. */
static int
compare_words(const stk_bundle_header *header, const judging *j,
              stk_refusal *why)
{
    const stk_story story = { header->package, header->version,
                              header->context, header->sequence,
                              header->expires };

    if (stk_keyring_agrees(j->ring, j->proof, &story))
        return 0;
    return stk_refuse(why, STK_TRUST_MALFORMED,
                      "its header and its signature do not say the same "
                      "package, version, sequence, context and expiry");
}

static int
judge(void *payload, const stk_bundle_header *header, const stk_text *bytes,
      const stk_text *signatures, size_t n, stk_refusal *why)
{
    judging *j = payload;
    const stk_claim claim = {
        .kind = STK_KIND_BUNDLE,
        .module = stk_bundle_module(header),
        .basename = j->basename,
        .data = bytes->data,
        .length = bytes->length,
    };

    stk_keyring_verify(j->proof, j->ring, &claim, signatures, n, j->now);
    if (j->proof->trust != STK_TRUST_OK)
        return stk_refuse(why, j->proof->trust, "%s", j->proof->message);
    return compare_words(header, j, why);
}

int
stk_bundle_open(stk_bundle **out, stk_proof *proof, const char *path,
                stk_keyring *ring, int64_t now)
{
    const char *slash = strrchr(path, '/');
    judging j = { proof, ring, slash ? slash + 1 : path, now };
    stk_refusal why = { STK_TRUST_NONE, "" };

    memset(proof, 0, sizeof *proof);
    if (stk_bundle_open_judged(out, path, judge, &j, &why) == 0)
        return 0;
    proof->trust = why.trust;
    snprintf(proof->message, sizeof proof->message, "%s", why.message);
    return -1;
}
