/* SPDX-License-Identifier: Apache-2.0 */
/* Each line names the one before by its BLAKE2b-256 (libsodium). */
#include "audit/chain.h"

#include <sodium.h>
#include <string.h>

#define HASH_BYTES 32u

_Static_assert(STK_HASH_HEX == 2 * HASH_BYTES + 1, "hex and a NUL");

/* Plainly: sodium_bin2hex() takes the same time whatever the bytes are, which
 * is for secrets and costs a third of the hash. */
static void
put_hex(char *hex, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *hex++ = digits[bytes[i] >> 4];
        *hex++ = digits[bytes[i] & 0xF];
    }
    *hex = '\0';
}

void
stk_chain_hash(char hex[STK_HASH_HEX], const char *line, size_t length)
{
    unsigned char hash[HASH_BYTES];

    crypto_generichash(hash, sizeof hash, (const unsigned char *)line, length,
                       NULL, 0);
    put_hex(hex, hash, sizeof hash);
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
