/* SPDX-License-Identifier: Apache-2.0 */
/* What is signed: its size, the name of its content, what minisign signs. */
#ifndef STK_TRUST_CONTENT_H
#define STK_TRUST_CONTENT_H

#include <stdint.h>

#include "trust/digest.h"

#define STK_PREHASH_BYTES 64u

/* Of one file of a signed tree or bundle, whose length is signed as well: the
 * libraries of wheels have hundreds of megabytes. LZ4 takes no more. */
#define STK_CONTENT_MAX (2000u << 20)

typedef struct stk_content {
    uint64_t size;
    unsigned char digest[STK_DIGEST_BYTES];   /* BLAKE2b-256 */
    unsigned char prehash[STK_PREHASH_BYTES]; /* BLAKE2b-512: `ED` signs it */
} stk_content;

void stk_content_memory(stk_content *out, const void *data, size_t length);

/*
 * A regular file of any length, read once, in pieces; links are followed.
 * As with stk_digest_file(), a later open may read something else. Returns
 * 0, -STK_E_IO or -STK_E_MEMORY.
 */
int stk_content_file(stk_content *out, const char *path, stk_error *err);

#endif
