/* SPDX-License-Identifier: Apache-2.0 */
/* Each line names the one before by its BLAKE2b-256 (libsodium). */
#include "audit/chain.h"

#include <sodium.h>
#include <string.h>

#define HASH_BYTES 32u

_Static_assert(STK_HASH_HEX == 2 * HASH_BYTES + 1, "hex and a NUL");
_Static_assert(HASH_BYTES % 16 == 0, "whole vectors");

/* GCC's and Clang's vectors, on any processor. */
typedef unsigned char bytes_16 __attribute__((vector_size(16)));

static bytes_16
hex_digits(bytes_16 values)
{
    return values + '0' + ((bytes_16)(values > 9) & ('a' - '0' - 10));
}

/* Not by sodium_bin2hex(), which takes the same time whatever the bytes are:
 * that is for secrets, and costs a third of the hash. */
static void
put_hex(char *hex, const unsigned char *bytes)
{
    bytes_16 values, high, low;

    for (size_t at = 0; at < HASH_BYTES; at += sizeof values) {
        memcpy(&values, bytes + at, sizeof values);
        high = hex_digits(values >> 4);
        low = hex_digits(values & 15);
        for (size_t i = 0; i < sizeof values; i++) {
            *hex++ = (char)high[i];
            *hex++ = (char)low[i];
        }
    }
    *hex = '\0';
}

void
stk_chain_hash(char hex[STK_HASH_HEX], const char *line, size_t length)
{
    unsigned char hash[HASH_BYTES];

    crypto_generichash(hash, sizeof hash, (const unsigned char *)line, length,
                       NULL, 0);
    put_hex(hex, hash);
}

void
stk_chain_begin(stk_chain *chain)
{
    chain->seq = 0;
    memcpy(chain->prev, stk_hash_none, STK_HASH_HEX);
}

void
stk_chain_step(stk_chain *chain, const char *line, size_t length)
{
    chain->seq++;
    stk_chain_hash(chain->prev, line, length);
}

void
stk_chain_skip(stk_chain *chain)
{
    chain->seq++;
}
