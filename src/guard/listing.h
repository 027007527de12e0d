/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a folder of a signed tree: by its manifest or the pages of its
 * bundle, whatever lies on the disk. Of a package that is signed file by
 * file nobody signed what there is: its folder is read as it is.
 */
#ifndef STK_GUARD_LISTING_H
#define STK_GUARD_LISTING_H

#include "guard/evidence.h"

enum stk_entry_kind { STK_ENTRY_NONE = 0, STK_ENTRY_FILE, STK_ENTRY_FOLDER };

typedef struct stk_entry {
    char *name; /* owned; one component */
    enum stk_entry_kind kind;
} stk_entry;

typedef struct stk_listing {
    stk_entry *entries; /* owned; sorted by name */
    size_t n;
    size_t size; /* the rest is the room's own */
    bool failed;
} stk_listing;

#define STK_LISTING_INIT                                                      \
    {                                                                         \
        NULL, 0, 0, false                                                     \
    }

/*
 * What is directly below `path`, absolute as found->path is, in the tree
 * that `found` is of. Returns 1; 0 where it cannot be told, or there is no
 * such folder (STK_TRUST_UNLISTED), `why` saying so; or -STK_E_MEMORY.
 * `out` is to be cleared, and `why`.
 */
int stk_evidence_list(stk_listing *out, stk_evidence_store *store,
                      const stk_evidence *found, const char *path,
                      stk_evidence *why);

/* What `path` itself is. Returns 1, 0 with `why`, or -STK_E_MEMORY. */
int stk_evidence_kind(enum stk_entry_kind *out, stk_evidence_store *store,
                      const stk_evidence *found, const char *path,
                      stk_evidence *why);

/*
 * What stands for the folder that the paths of bundle number `i` of the
 * policy are below, for the functions here. Returns 1, its trust that of the
 * bundle; 0 behind the last; or -STK_E_MEMORY. `out` is to be cleared.
 */
int stk_evidence_bundle(stk_evidence *out, stk_evidence_store *store,
                        size_t i);

void stk_listing_clear(stk_listing *listing);

#endif
