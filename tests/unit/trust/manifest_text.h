/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests for tests: a good one, and pieces to make bad ones of. */
#ifndef STK_UNIT_MANIFEST_TEXT_H
#define STK_UNIT_MANIFEST_TEXT_H

#include "base/cleanup.h"
#include "trust/manifest.h"
#include "unit.h"

#define ZEROS                                                                 \
    "0000000000000000000000000000000000000000000000000000000000000000"
#define ABCDS                                                                 \
    "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"

#define HEAD(prefix, count, total)                                            \
    "stockade-manifest 1\npackage: shop\nversion: 2.4.1\nsequence: 317\n"     \
    "context: corp/prod\nsigned: 1763760000\nexpires: 0\nprefix: " prefix     \
    "\ncount: " count "\ntotal: " total "\n"

#define CODE_311 "cpython-311=a70d0d0a:0:120:" ABCDS
#define CODE_313 "cpython-313=f30d0d0a:2:130:" ZEROS

/* Every kind, a path to escape, code for two Pythons. */
#define GOOD                                                                  \
    HEAD("shop", "8", "115")                                                  \
    "d - data/a%20b%3Dc%25.txt 5 " ABCDS "\n"                                 \
    "d - py.typed 0 " ZEROS "\n"                                              \
    "p shop __init__.py 10 " ABCDS " " CODE_311 "\n"                          \
    "m shop.cart cart.py 20 " ABCDS " " CODE_311 " " CODE_313 "\n"            \
    "n shop.data data 0 -\n"                                                  \
    "x shop.fast fast.abi3.so 30 " ABCDS "\n"                                 \
    "x shop.fast fast.cpython-311.so 40 " ABCDS "\n"                          \
    "m shop.fast fast.py 10 " ABCDS "\n"                                      \
    "end 8\n"

static inline stk_manifest *
parse_good(const char *text)
{
    stk_manifest *manifest = NULL;
    stk_error err = STK_ERROR_INIT;

    if (stk_manifest_parse(&manifest, text, strlen(text), "m", &err) < 0)
        fail_msg("%u: %s\n%s", (unsigned)err.line, err.message, text);
    return manifest;
}

static inline void
assert_malformed(const char *text, uint32_t line, const char *message)
{
    stk_manifest *manifest = NULL;
    stk_error err = STK_ERROR_INIT;

    if (stk_manifest_parse(&manifest, text, strlen(text), "m", &err) !=
        -STK_E_INVALID)
        fail_msg("taken: %s", text);
    if (!strstr(err.message, message) || err.line != line)
        fail_msg("%u: %s\nis not %u: %s", (unsigned)err.line, err.message,
                 (unsigned)line, message);
    assert_string_equal(err.file, "m");
    assert_null(manifest);
}

#endif
