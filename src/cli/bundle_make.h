/* SPDX-License-Identifier: Apache-2.0 */
/* A tree to a bundle: walked, read, compiled, packed. */
#ifndef STK_CLI_BUNDLE_MAKE_H
#define STK_CLI_BUNDLE_MAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "trust/bundle_write.h"

typedef struct cli_bundle_plan {
    const char *tree;   /* the folder; NULL: the library of pythons[0] */
    const char *output; /* left out, where it lies in the tree; or NULL */
    const char *prefix; /* its module name, "" for a folder of sys.path */
    const char *const *excludes; /* patterns of what is left out */
    size_t n_excludes;
    const char *const *pythons; /* whose code is made; paths, or names */
    size_t n_pythons;
    unsigned optimisations; /* bit 0: as python3, 1: -O, 2: -OO */
    stk_bundle_about about; /* its Pythons are filled in */
} cli_bundle_plan;

typedef struct cli_bundle_made {
    size_t header; /* bytes to be signed */
    size_t files, modules, codes;
    size_t uncompiled; /* modules without code for one of the Pythons */
} cli_bundle_made;

/*
 * The bytes of a bundle without its signatures. Nothing of the tree is
 * imported or run; what does not compile has no code, which is said on
 * standard error. `*out` is cleared by stk_buffer_clear(). Returns 0 or
 * negative with `err` filled.
 */
int cli_bundle_make(stk_buffer *out, cli_bundle_made *made,
                    const cli_bundle_plan *plan, stk_error *err);

/*
 * Whether a pattern is of this path: one without a slash is of any part of
 * it, one with slashes of the path from its beginning; `*` matches no slash.
 * What is below what is matched is matched.
 */
bool cli_bundle_excludes(const char *pattern, const char *path);

#endif
