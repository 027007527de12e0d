/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code that this machine compiled from sources that were signed without it,
 * kept in a folder under a keyed BLAKE2b-256.
 *
 * Whoever can write there, or knows the key and can write there, decides
 * what runs: so one user, the owner, fills it, and it is taken by others
 * alone, who may read it and change nothing of it. An entry says of which
 * module, which source and which Python it is; the source itself is verified
 * before it is looked for, so that no signature is a matter here.
 *
 *     FOLDER/key             64 hexadecimal digits and a line feed
 *     FOLDER/ab/ab01...      "STKCODE1", the MAC, marshalled code
 */
#ifndef STK_TRUST_CACHE_H
#define STK_TRUST_CACHE_H

#include <stddef.h>

#include <stockade/error.h>

#include "trust/digest.h"
#include "trust/refusal.h"

#define STK_CACHE_KEY   "key"
#define STK_CACHE_MAGIC "STKCODE1"
#define STK_CACHE_START 40u         /* bytes before the code */
#define STK_CACHE_MAX   (64u << 20) /* of code */

typedef struct stk_cache stk_cache;

/* Which code: of a source, as one Python compiles it. co_filename is not of
 * it: the loader sets the path where it found the source. */
typedef struct stk_cache_item {
    const char *module;
    const unsigned char *source; /* its digest, STK_DIGEST_BYTES */
    const char *cache_tag;
    const unsigned char *magic; /* 4 bytes */
    unsigned optimisation;
} stk_cache_item;

/*
 * Opens the cache at `folder` to take code from it. It and its key must
 * belong to another user, and neither may be writable for this one or for
 * everybody. Returns 0; -STK_E_INVALID with what is wrong, -STK_E_IO or
 * -STK_E_MEMORY.
 */
int stk_cache_open(stk_cache **out, const char *folder, stk_error *err);

/* The same for its owner, to fill it; folder and key are made where they are
 * not there. The key may be read by the folder's group. */
int stk_cache_own(stk_cache **out, const char *folder, stk_error *err);
void stk_cache_free(stk_cache *cache); /* NULL is fine */
void stk_cache_freep(stk_cache **cache);

/*
 * Returns 1 with the code, freed by free(); 0 when there is none; -1 with
 * `why` filled when what is there is not what was kept.
 */
int stk_cache_take(const stk_cache *cache, const stk_cache_item *item,
                   char **code, size_t *length, stk_refusal *why);

/* Keeps it. Returns 0 or negative. */
int stk_cache_keep(const stk_cache *cache, const stk_cache_item *item,
                   const void *code, size_t length, stk_error *err);

#endif
