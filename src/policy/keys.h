/* SPDX-License-Identifier: Apache-2.0 */
/* The sections [key NAME]. */
#ifndef STK_POLICY_KEYS_H
#define STK_POLICY_KEYS_H

#include "policy/draft.h"

/* The bytes of a public key file's second line: `Ed`, id, key. */
#define STK_KEY_BYTES 42u
#define STK_KEY_AT    10u /* what comes before is no identity */

/* True for STK_PUBLIC_KEY_LENGTH characters that are an Ed25519 key as
 * minisign writes it. */
bool stk_key_decode(unsigned char out[STK_KEY_BYTES], const char *text);

/* One [key NAME] while it is read; zeroed between sections. */
typedef struct stk_key_reader {
    stk_draft *draft;
    const char *file;
    stk_draft_key *key; /* NULL: the heading was refused */
    uint32_t heading;
    uint32_t seen[6]; /* per key of the table: its line */
} stk_key_reader;

/* These return 0 or -STK_E_MEMORY; errors go to the draft's complaints. */
int stk_key_begin(stk_key_reader *reader, uint32_t line, const char *name);
int stk_key_take(stk_key_reader *reader, uint32_t line, const char *key,
                 const char *value);
/* Says what is missing. */
void stk_key_end(stk_key_reader *reader);

/* True for `*`, and names with at most a trailing .* or *. */
bool stk_key_is_pattern(const char *text);

#endif
