/* SPDX-License-Identifier: Apache-2.0 */
/* stockade verify --cache: the code of what is good, kept. */
#ifndef STK_CLI_VERIFY_CACHE_H
#define STK_CLI_VERIFY_CACHE_H

#include <stddef.h>

#include <stockade/error.h>

#include "trust/manifest.h"

#define CLI_CACHE_PYTHONS_MAX 16

/* Whose code is made. */
typedef struct cli_cache_plan {
    const char *pythons[CLI_CACHE_PYTHONS_MAX]; /* paths, or names */
    size_t n_pythons;       /* 0: the one that stockade was built for */
    unsigned optimisations; /* bit 0: as python3, 1: -O, 2: -OO; 0: bit 0 */
} cli_cache_plan;

typedef struct cli_cache cli_cache;

/* Opens the cache at `folder`, which must be the caller's own, and starts
 * the Pythons. Returns 0 or negative; freed by cli_cache_free(). */
int cli_cache_new(cli_cache **out, const char *folder,
                  const cli_cache_plan *plan, stk_error *err);
void cli_cache_free(cli_cache *cache); /* NULL is fine */

/* A source that is good under that name, read again. */
typedef struct cli_cache_source {
    const char *module;
    const char *path;            /* for what is said, and co_filename */
    const unsigned char *digest; /* of what was verified */
    const char *data;
    size_t length;
    const stk_row *row; /* code that it lists is not made; or NULL */
} cli_cache_source;

/* Compiles it and keeps the code. What does not compile is said and left.
 * Returns 0 or negative: -STK_E_INVALID for bytes that were not verified. */
int cli_cache_keep(cli_cache *cache, const cli_cache_source *source,
                   stk_error *err);

/* How many codes were kept. */
size_t cli_cache_kept(const cli_cache *cache);

#endif
