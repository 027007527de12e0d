/* SPDX-License-Identifier: Apache-2.0 */
/* Each line names the one before. */
#ifndef STK_AUDIT_CHAIN_H
#define STK_AUDIT_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "audit/record.h"

/* BLAKE2b-256 (RFC 7693), not keyed, in lower-case hex. */
void stk_chain_hash(char hex[STK_HASH_HEX], const char *line, size_t length);

typedef struct stk_chain {
    uint64_t seq;            /* of the next record */
    char prev[STK_HASH_HEX]; /* of the next record */
} stk_chain;

void stk_chain_begin(stk_chain *chain);

/* The line that carries chain->seq and chain->prev, without its newline. */
void stk_chain_step(stk_chain *chain, const char *line, size_t length);

/* For a record that is not, or could not be, made into a line: its number is
 * used up, so that a gap shows. */
void stk_chain_skip(stk_chain *chain);

#endif
