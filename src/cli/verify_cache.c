/* SPDX-License-Identifier: Apache-2.0 */
/* stockade verify --cache: the code of what is good, kept. */
#include "cli/verify_cache.h"

#include <stdlib.h>
#include <string.h>

#include <stockade/embed.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/compile.h"
#include "cli/output.h"
#include "trust/cache.h"

#define LEVELS 3u

struct cli_cache {
    stk_cache *cache;
    cli_compiler *compilers[CLI_CACHE_PYTHONS_MAX];
    size_t n;
    unsigned levels;
    size_t kept;
};

static int
start_pythons(cli_cache *cache, const cli_cache_plan *plan, stk_error *err)
{
    const char *ours[] = { stk_python_executable() };
    const char *const *pythons = plan->n_pythons ? plan->pythons : ours;
    size_t n = plan->n_pythons ? plan->n_pythons : 1;
    int result = 0;

    for (size_t i = 0; result == 0 && i < n; i++) {
        result = cli_compiler_new(&cache->compilers[i], pythons[i], err);
        cache->n += result == 0;
    }
    return result;
}

int
cli_cache_new(cli_cache **out, const char *folder, const cli_cache_plan *plan,
              stk_error *err)
{
    cli_cache *cache = calloc(1, sizeof *cache);
    int result;

    if (!cache)
        return stk_error_memory(err);
    cache->levels = plan->optimisations ? plan->optimisations : 1;
    result = stk_cache_own(&cache->cache, folder, err);
    if (result == 0)
        result = start_pythons(cache, plan, err);
    if (result < 0)
        cli_cache_free(cache);
    else
        *out = cache;
    return result;
}

void
cli_cache_free(cli_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->n; i++)
        cli_compiler_freep(&cache->compilers[i]);
    stk_cache_free(cache->cache);
    free(cache);
}

size_t
cli_cache_kept(const cli_cache *cache)
{
    return cache->kept;
}

/* 0; 1 when it does not compile, which was said; or negative. */
static int
keep_level(cli_cache *cache, cli_compiler *compiler,
           const cli_cache_source *source, unsigned level, stk_error *err)
{
    const cli_compiler_python *python = cli_compiler_of(compiler);
    const stk_cache_item item = { source->module, source->digest,
                                  python->cache_tag, python->magic, level };
    STK_CLEANUP(stk_freep) void *code = NULL;
    stk_error why = STK_ERROR_INIT;
    size_t n = 0;
    int result;

    if (source->row &&
        stk_row_code(source->row, item.cache_tag, item.magic, level))
        return 0;
    result = cli_compile(&code, &n, compiler, source->path, source->data,
                         source->length, level, &why);
    if (result > 0)
        cli_say("no code for %s", why.message);
    if (result < 0)
        *err = why;
    if (result == 0)
        result = stk_cache_keep(cache->cache, &item, code, n, err);
    cache->kept += result == 0;
    return result;
}

/* Only what was verified is compiled: the file may be swapped since. */
static int
check_source(const cli_cache_source *source, stk_error *err)
{
    unsigned char digest[STK_DIGEST_BYTES];

    stk_digest_memory(digest, source->data, source->length);
    if (!memcmp(digest, source->digest, sizeof digest))
        return 0;
    stk_error_set(err, STK_E_INVALID, "changed while it was verified");
    stk_error_at(err, source->path, 0);
    return -STK_E_INVALID;
}

int
cli_cache_keep(cli_cache *cache, const cli_cache_source *source,
               stk_error *err)
{
    int result = check_source(source, err);

    for (size_t i = 0; result >= 0 && i < cache->n; i++) {
        result = 0;
        for (unsigned level = 0; result == 0 && level < LEVELS; level++)
            if (cache->levels & 1u << level)
                result =
                    keep_level(cache, cache->compilers[i], source, level, err);
    }
    return result < 0 ? result : 0;
}
