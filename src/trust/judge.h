/* SPDX-License-Identifier: Apache-2.0 */
/* One signature file against a claim and a policy. Within the room. */
#ifndef STK_TRUST_JUDGE_H
#define STK_TRUST_JUDGE_H

#include "trust/keyring_parts.h"

/* One signature that holds. */
typedef struct stk_vote {
    unsigned key;
    bool plain; /* minisign's own comment: it says the file's name alone */
    stk_comment comment;
} stk_vote;

typedef struct stk_judging {
    stk_keyring *ring;
    const stk_claim *claim;
    const stk_content *content;
    const char *scope; /* NULL for a tree: names are asked about later */
    int64_t now;
    stk_proof *out;
    int stage; /* how far the refusal in `out` came; 0 at first */
} stk_judging;

/* True when it holds, with `v` filled; else `j->out` says why, unless what
 * it says came nearer. */
bool stk_judge_signature(stk_judging *j, const stk_text *text, stk_vote *v);

/* The package whose sequence counts: without a name, the first label's.
 * Returns `package`. */
const char *stk_judge_package(char package[STK_WORD_MAX],
                              const stk_claim *claim,
                              const stk_comment *comment);

/* Fills in why. */
void stk_judge_refuse(stk_proof *out, enum stk_trust trust, const char *format,
                      ...) STK_PRINTF(3, 4);

/* With which keys it is to be signed, and how; or what the policy lacks.
 * Returns `text`. */
const char *stk_judge_advice(const stk_keyring *ring,
                             const stk_wanting *wanting,
                             char text[ADVICE_MAX]);

/* What is judged, by whoever may sign it. */
stk_wanting stk_judge_wanting(const stk_judging *j);

/* What is signed, as messages name it. Returns `text`. */
const char *stk_judge_subject(const stk_judging *j, char text[SHOWN_MAX + 32]);

/* The clock must say at least this; `*whose` says why. */
int64_t stk_judge_clock(const stk_keyring *ring, const char **whose);

#endif
