/* SPDX-License-Identifier: Apache-2.0 */
/* STOCKADE.manifest and STOCKADE.code of a tree, from what lies in it. */
#ifndef STK_CLI_TREE_MANIFEST_H
#define STK_CLI_TREE_MANIFEST_H

#include <stddef.h>

#include <stockade/error.h>

#include "trust/manifest.h"
#include "trust/tree.h"

typedef struct cli_tree {
    const char *path;
    stk_manifest_head head;     /* prefix as cli_tree_prefix() says */
    const char *const *pythons; /* whose code is made; paths, or names */
    size_t n_pythons;
    unsigned optimisations; /* bit 0: as python3, 1: -O, 2: -OO; 0: bit 0 */
} cli_tree;

/*
 * The module name of the folder at `path`: its own name where it is a
 * package, "" where it is none; with `root`, a folder that it is in or is,
 * its path below that. Returns 0, or negative with `err` filled: no folder,
 * not below `root`, or a name that no module has.
 */
int cli_tree_prefix(char prefix[STK_NAMING_MAX + 1], const char *path,
                    const char *root, stk_error *err);

/*
 * A secret key among the files would be given away with them. Returns 0, or
 * -STK_E_INVALID with `err` filled for one without a passphrase; one that
 * has a passphrase is said on standard error.
 */
int cli_tree_check_secrets(const stk_tree *tree,
                           const stk_inventory *inventory, stk_error *err);

/* What was made. */
typedef struct cli_tree_made {
    char *text;    /* the manifest as it was written: freed by free() */
    size_t length; /* of the text */
    size_t files, modules; /* rows that are files, and those with a name */
    size_t codes;
    size_t compiled;   /* modules that have code */
    size_t uncompiled; /* modules that some Python could not compile */
} cli_tree_made;

/*
 * Reads the tree and writes its code and its manifest, which is not signed
 * by that. The same tree, head and Pythons give the same bytes. Nothing of
 * the tree is imported or run. What cannot be compiled has no code, which is
 * said on standard error. Returns 0 or negative, `out` then untouched.
 */
int cli_tree_make(cli_tree_made *out, const cli_tree *tree, stk_error *err);

#endif
