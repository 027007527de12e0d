/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One .minisig file: two Ed25519 signatures (RFC 8032), of the BLAKE2b-512
 * of the content (`ED`), and of that signature with the trusted comment.
 * The older `Ed` signs the content as it is; relabelled, one passes for the
 * other, so that it is refused whatever it is of.
 */
#ifndef STK_TRUST_MINISIG_H
#define STK_TRUST_MINISIG_H

#include <stddef.h>

#include <stockade/error.h>
#include <stockade/trust.h>

#include "trust/comment.h"
#include "trust/content.h"
#include "trust/key.h"
#include "trust/secret.h"

#define STK_MINISIG_MAX 16384u /* bytes of a file */

typedef struct stk_minisig {
    unsigned char id[STK_KEY_ID_BYTES]; /* a hint */
    unsigned char signature[64];        /* of the content's prehash */
    unsigned char global[64];           /* of signature and comment */
    const char *comment;                /* borrowed from what was parsed */
    size_t comment_length;
} stk_minisig;

/*
 * Reads four lines, each ended by LF, and nothing behind them. Returns
 * STK_TRUST_OK, STK_TRUST_MALFORMED or STK_TRUST_LEGACY with one clause in
 * `why`. OK says nothing of whether the signature holds.
 */
enum stk_trust stk_minisig_parse(stk_minisig *out, const char *data,
                                 size_t length, char why[STK_WHY_MAX]);

/* STK_TRUST_OK, STK_TRUST_SIGNATURE or STK_TRUST_GLOBAL_SIGNATURE. */
enum stk_trust stk_minisig_verify(const stk_minisig *minisig,
                                  const stk_public_key *key,
                                  const stk_content *content);

/*
 * The text of a .minisig file with `comment` as trusted comment: one line
 * of UTF-8. `*out` is freed by free(). Returns 0, -STK_E_INVALID or
 * -STK_E_MEMORY.
 */
int stk_minisig_sign(char **out, const stk_secret_key *key,
                     const stk_content *content, const char *comment,
                     stk_error *err);

#endif
