/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between a tree and its manifest, file by file. */
#ifndef STK_TRUST_COMPARE_H
#define STK_TRUST_COMPARE_H

#include "trust/manifest.h"
#include "trust/tree.h"

enum stk_difference_kind {
    STK_DIFFERENCE_ADDED = 1, /* no row of the manifest */
    STK_DIFFERENCE_MISSING,
    STK_DIFFERENCE_CHANGED, /* other bytes */
    STK_DIFFERENCE_KIND,    /* a link, a folder, a device instead */
    STK_DIFFERENCE_UNREADABLE
};

/* "added", "missing", ... Never NULL. */
const char *stk_difference_name(enum stk_difference_kind kind);

typedef struct stk_difference {
    enum stk_difference_kind kind;
    const char *path;   /* borrowed for the call */
    const char *detail; /* one line more, for people; "" when there is none */
} stk_difference;

typedef struct stk_compare {
    void (*tell)(void *payload, const stk_difference *found); /* or NULL */
    void *payload;
    const stk_tree_watch *watch; /* or NULL */
} stk_compare;

/*
 * Compares all of `tree` with all of `manifest`: files, folders that are
 * namespaces, and STOCKADE.code. Each file is read once, and once more to
 * see whether its line ends alone differ. Tells what differs in the order of
 * the paths; `*n` is how much that was. Returns 0, same or not, or negative
 * where it could not look.
 */
int stk_tree_compare(size_t *n, const stk_tree *tree,
                     const stk_manifest *manifest, const stk_compare *how,
                     stk_error *err);

#endif
