/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of evidence share: where signed packages live, what was
 * verified there, and how a refusal is told. Within the room.
 */
#ifndef STK_GUARD_PLACE_H
#define STK_GUARD_PLACE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "guard/evidence.h"
#include "trust/bundle.h"
#include "trust/cache.h"
#include "trust/keyring.h"
#include "trust/manifest.h"
#include "trust/sidecar.h"

/* One signed tree, as it was verified. Counted. */
typedef struct stk_tree {
    _Atomic unsigned refs;
    struct stk_tree *next; /* in the store's list */
    char *folder;          /* owned, absolute */
    int root;              /* owned: the folder, by stk_tree_root() */
    dev_t device;          /* which file that is */
    ino_t inode;
    struct stat seen; /* of the manifest that was read */
    stk_manifest *manifest;
    stk_proof proof;
} stk_tree;

/* One bundle of the policy. */
typedef struct stk_packed {
    char *path;         /* owned, as the policy has it */
    char *root;         /* owned: the folder that its paths are below */
    bool placed;        /* `root` is what it stays */
    stk_bundle *bundle; /* NULL: it was refused, as `proof` says */
    stk_proof proof;
} stk_packed;

enum stk_place_kind {
    STK_PLACE_FOLDER,
    STK_PLACE_TREE,
    STK_PLACE_BUNDLE,
    STK_PLACE_EARLIER /* a tree or a bundle that another policy's store had:
                         opened by the keys of this one before it is used */
};

/* Where a package is, and what is below it. Counted. */
struct stk_place {
    _Atomic unsigned refs;
    enum stk_place_kind kind;
    char *folder;             /* owned; of a FOLDER; of EARLIER, the root of
                                 the tree or the path of the bundle */
    char *prefix;             /* owned; of a tree of EARLIER, else NULL */
    stk_tree *tree;           /* one reference; of a TREE */
    const stk_packed *packed; /* the store's; of a BUNDLE */
};

#define STK_PACKAGES_SIZE 512u /* a power of two */

typedef struct stk_package {
    struct stk_package *next;
    char *name;
    stk_place *place; /* one reference */
} stk_package;

struct stk_evidence_store {
    _Atomic unsigned refs;
    stk_policy *policy; /* one reference: the keyring borrows from it */
    pthread_mutex_t lock;
    stk_keyring *ring;
    stk_cache *cache; /* owned; NULL: the policy names none */
    stk_packed *packed;
    size_t n_packed;
    stk_tree *trees;
    stk_package *packages[STK_PACKAGES_SIZE];
};

/* place.c */
stk_place *stk_place_new(enum stk_place_kind kind); /* NULL: no memory */
stk_place *stk_place_ref(stk_place *place);
void stk_place_free(stk_place *place);
void stk_tree_free(stk_tree *tree);
/* The folder of the tree, borrowed; opened again where the program has closed
 * it. -1 with errno. */
int stk_tree_root(stk_tree *tree);

/* The place of package `name`, borrowed, or NULL. */
stk_place *stk_place_find(const stk_evidence_store *store, const char *name,
                          size_t length);
/* 0 or -STK_E_MEMORY. */
int stk_place_keep(stk_evidence_store *store, const char *name,
                   stk_place *place);

/* Takes over what the proof says: the keys, or the refusal. True when it is
 * good. */
bool stk_evidence_prove(stk_evidence *out, const stk_proof *proof);

/* Remembers what was verified and will be used; where that must be kept and
 * cannot be, the proof holds no more. */
void stk_evidence_accept(stk_evidence_store *store, stk_proof *proof);

/* Reads the file at `fd`, as large as code may be. Returns 1, 0 with a
 * refusal in `out`, or -STK_E_MEMORY. */
int stk_evidence_read(stk_evidence *out, int fd, char **data, size_t *length);

/* The signatures beside `path` below `folder`. 1, 0 with a refusal, or
 * -STK_E_MEMORY; the caller clears `out`. */
int stk_signatures_read(stk_sidecars *out, int folder, const char *path,
                        stk_evidence *why);

/* What is looked for, taken apart. */
typedef struct stk_search {
    stk_evidence_store *store; /* its lock is held */
    const stk_sought *sought;
    const char *label;  /* the last of the name */
    const char *parent; /* "" for a top-level name */
    int64_t now;
} stk_search;

/* True when the file at `path`, of `length` bytes, is an extension of that
 * label with this suffix. */
bool stk_search_is_extension(const stk_search *search, const char *path,
                             size_t length, const char *suffix);

/* entry.c: a folder of sys.path, or of a package. 0 or -STK_E_MEMORY;
 * out->trust is NONE where it has no such name. */
int stk_entry_search(const stk_search *search, const char *folder,
                     stk_evidence *out);

/* succession.c: looked for where its package was under an earlier policy. 0 or
 * -STK_E_MEMORY. */
int stk_earlier_search(const stk_search *search, const stk_place *place,
                       stk_evidence *out);

/* folder.c. Refuses a file that import would take for the module, though no
 * signed tree lists it. */
int stk_folder_unlisted(const stk_search *search, const char *folder,
                        stk_evidence *out);

/* 0 with a refusal where a folder that is there could not be opened for want
 * of descriptors or memory; with nothing where it is not there, or may not be
 * looked into, which CPython passes over as well. Or -STK_E_MEMORY. */
int stk_folder_unopened(int sys_errno, const char *path, stk_evidence *out);
/* Again, the one file that `found` is of; as stk_evidence_data(). */
int stk_folder_read(stk_evidence_store *store, const stk_evidence *found,
                    const char *path, stk_evidence *out, char **data,
                    size_t *length);

/* tree.c. `*tree` is one reference, NULL with out->trust NONE where there is
 * no manifest below `at`, NULL with a refusal where it does not hold. */
int stk_tree_open(stk_tree **tree, const stk_search *search, const char *at,
                  const char *prefix, stk_evidence *out);
int stk_tree_search(const stk_search *search, stk_tree *tree,
                    stk_evidence *out);
/* The row of the file at `path`, absolute; NULL where it has none. */
const stk_row *stk_tree_file(const stk_tree *tree, const char *path);
/* As stk_evidence_identity(). */
bool stk_tree_identity(const stk_tree *tree, const char *path,
                       unsigned char identity[32]);
/* As stk_evidence_data(). */
int stk_tree_read(stk_evidence_store *store, stk_tree *tree, const char *path,
                  stk_evidence *out, char **data, size_t *length);

/* packed.c */
int stk_packed_open(stk_evidence_store *store, stk_error *err);
void stk_packed_close(stk_evidence_store *store);
/* The one at `path`; NULL when the policy names none there. */
const stk_packed *stk_packed_find(const stk_evidence_store *store,
                                  const char *path);
int stk_packed_search(const stk_search *search, const stk_packed *packed,
                      stk_evidence *out);
/* As stk_evidence_identity(). */
bool stk_packed_identity(const stk_packed *packed, const char *path,
                         unsigned char identity[32]);
/* 1 when it has a file at `path`, absolute; 0; -1 with `why`. */
int stk_packed_has(const stk_packed *packed, const char *path,
                   stk_refusal *why);
int stk_packed_read(stk_evidence_store *store, const stk_packed *packed,
                    const char *path, stk_evidence *out, char **data,
                    size_t *length);

#endif
