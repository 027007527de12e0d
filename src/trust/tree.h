/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder with all that is below it: walked, digested, listed as the rows
 * of a manifest. No link is followed, nothing leaves the folder.
 */
#ifndef STK_TRUST_TREE_H
#define STK_TRUST_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trust/manifest.h"

#define STK_TREE_MAX 1000000u /* files and folders */

enum stk_entry_kind {
    STK_ENTRY_FILE = 1,
    STK_ENTRY_FOLDER,
    STK_ENTRY_LINK,
    STK_ENTRY_OTHER /* a device, a socket, a FIFO */
};

typedef struct stk_entry {
    char *path; /* below the folder; any bytes that a file system takes */
    enum stk_entry_kind kind;
    uint64_t size; /* when it was walked */
} stk_entry;

typedef struct stk_tree {
    int fd;             /* of the folder, owned */
    stk_entry *entries; /* sorted by stk_tree_order() */
    size_t n;
    uint64_t total; /* bytes of all files */
} stk_tree;

#define STK_TREE_INIT                                                         \
    {                                                                         \
        -1, NULL, 0, 0                                                        \
    }

/*
 * Walks `folder`, which itself may be a link. What is passed over in a
 * signed tree (trust/naming.h) is left out, except STOCKADE.code, which is
 * walked. On success the caller clears `out`. Returns 0, -STK_E_IO,
 * -STK_E_LIMIT (too many, too deep, a path too long) or -STK_E_MEMORY.
 */
int stk_tree_walk(stk_tree *out, const char *folder, stk_error *err);
void stk_tree_clear(stk_tree *tree);

/* By bytes, a folder right before what is in it. */
int stk_tree_order(const char *a, const char *b);

/* NULL when there is none. */
const stk_entry *stk_tree_find(const stk_tree *tree, const char *path);

/* Digests a file below the folder; `*size` is what was read of it. Returns
 * 0 or negative, -STK_E_IO too where it is no file, or no longer. */
int stk_tree_digest(unsigned char out[STK_DIGEST_BYTES], uint64_t *size,
                    const stk_tree *tree, const char *path, stk_error *err);

/* Said before each file: how many bytes of how many are done. */
typedef struct stk_tree_watch {
    void (*tell)(void *payload, uint64_t done, uint64_t total);
    void *payload;
    bool (*ends)(void); /* stk_inventory_digest() stops there; or NULL */
} stk_tree_watch;

/* ---- what would be signed ------------------------------------------- */

typedef struct stk_inventory {
    stk_row *rows; /* paths are the tree's */
    size_t n;
    char **names;
} stk_inventory;

#define STK_INVENTORY_INIT                                                    \
    {                                                                         \
        NULL, 0, NULL                                                         \
    }

/*
 * The rows of a tree, with neither digests nor code. `prefix` is the module
 * name of the folder, "" when it is a folder of sys.path. What no import
 * could reach is data: modules below a folder that is no package, a module
 * beside a package of its name. A link, a device and the like cannot be
 * signed: -STK_E_INVALID names it.
 */
int stk_inventory_make(stk_inventory *out, const stk_tree *tree,
                       const char *prefix, stk_error *err);
void stk_inventory_clear(stk_inventory *inventory);

/* Reads each file, and fills in its digest and its size. `watch` may be
 * NULL. */
int stk_inventory_digest(stk_inventory *inventory, const stk_tree *tree,
                         const stk_tree_watch *watch, stk_error *err);

#endif
