/* SPDX-License-Identifier: Apache-2.0 */
/* cli/verify_cache.c: only what was verified is compiled and kept. */
#include "cli/verify_cache.h"

#include <stockade/embed.h>

#include "trust/digest.h"

#include "unit.h"

/* The room `python` is not linked here. */
const char *
stk_python_executable(void)
{
    return UNIT_PYTHON;
}

static cli_cache *
open_cache(void **state)
{
    const cli_cache_plan plan = { .pythons = { UNIT_PYTHON }, .n_pythons = 1 };
    stk_error err = STK_ERROR_INIT;
    cli_cache *cache = NULL;

    assert_int_equal(
        cli_cache_new(&cache, unit_path(state, "cache"), &plan, &err), 0);
    return cache;
}

static cli_cache_source
source_of(unsigned char digest[STK_DIGEST_BYTES], const char *text)
{
    stk_digest_memory(digest, text, strlen(text));
    return (cli_cache_source){ .module = "shop",
                               .path = "shop.py",
                               .digest = digest,
                               .data = text,
                               .length = strlen(text) };
}

static void
test_keep__counts_what_was_kept(void **state)
{
    unsigned char digest[STK_DIGEST_BYTES];
    cli_cache_source source = source_of(digest, "a = 1\n");
    cli_cache *cache = open_cache(state);
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(cli_cache_keep(cache, &source, &err), 0);
    assert_int_equal(cli_cache_kept(cache), 1);
    source = source_of(digest, "a = = 1\n");
    assert_int_equal(cli_cache_keep(cache, &source, &err), 0);
    assert_int_equal(cli_cache_kept(cache), 1);
    cli_cache_free(cache);
}

static void
test_keep__bytes_that_were_not_verified_are_refused(void **state)
{
    unsigned char digest[STK_DIGEST_BYTES];
    cli_cache_source source = source_of(digest, "a = 1\n");
    cli_cache *cache = open_cache(state);
    stk_error err = STK_ERROR_INIT;

    source.data = "a = 2\n";
    assert_int_equal(cli_cache_keep(cache, &source, &err), -STK_E_INVALID);
    assert_string_equal(err.file, "shop.py");
    assert_string_equal(err.message, "changed while it was verified");
    assert_int_equal(cli_cache_kept(cache), 0);
    cli_cache_free(cache);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_keep__counts_what_was_kept),
        unit_test_in_folder(
            test_keep__bytes_that_were_not_verified_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
