/* SPDX-License-Identifier: Apache-2.0 */
/* Where signed packages live. */
#include "guard/place.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/text.h"

/* A daemon closes all descriptors that it does not know, and ours may then
 * be the number of another file. */
static bool
has_root(const stk_tree *tree)
{
    struct stat st;

    return tree->root >= 0 && fstat(tree->root, &st) == 0 &&
           st.st_dev == tree->device && st.st_ino == tree->inode;
}

int
stk_tree_root(stk_tree *tree)
{
    struct stat st;
    int fd;

    if (has_root(tree))
        return tree->root;
    /* whatever folder this is: its files are held against the manifest */
    fd = stk_beneath_folder(tree->folder);
    if (fd >= 0 && fstat(fd, &st) < 0) {
        close(fd);
        fd = -1;
    }
    tree->root = fd;
    if (fd >= 0) {
        tree->device = st.st_dev;
        tree->inode = st.st_ino;
    }
    return fd;
}

void
stk_tree_free(stk_tree *tree)
{
    if (!tree || atomic_fetch_sub(&tree->refs, 1) != 1)
        return;
    stk_manifest_free(tree->manifest);
    if (has_root(tree))
        close(tree->root);
    free(tree->folder);
    free(tree);
}

stk_place *
stk_place_new(enum stk_place_kind kind)
{
    stk_place *place = calloc(1, sizeof *place);

    if (place) {
        place->refs = 1;
        place->kind = kind;
    }
    return place;
}

stk_place *
stk_place_ref(stk_place *place)
{
    atomic_fetch_add(&place->refs, 1);
    return place;
}

void
stk_place_free(stk_place *place)
{
    if (!place || atomic_fetch_sub(&place->refs, 1) != 1)
        return;
    stk_tree_free(place->tree);
    free(place->folder);
    free(place->prefix);
    free(place);
}

/* FNV-1a: names are the host's own, or of a signed tree. */
static size_t
slot_of(const char *name, size_t length)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return hash & (STK_PACKAGES_SIZE - 1);
}

static stk_package *
find_package(const stk_evidence_store *store, const char *name, size_t length)
{
    stk_package *at = store->packages[slot_of(name, length)];

    while (at && (strncmp(at->name, name, length) || at->name[length]))
        at = at->next;
    return at;
}

stk_place *
stk_place_find(const stk_evidence_store *store, const char *name,
               size_t length)
{
    stk_package *found = find_package(store, name, length);

    return found ? found->place : NULL;
}

int
stk_place_keep(stk_evidence_store *store, const char *name, stk_place *place)
{
    size_t length = strlen(name);
    stk_package **slot = &store->packages[slot_of(name, length)];
    stk_package *package = find_package(store, name, length);

    stk_place_ref(place);
    if (package) {
        stk_place_free(package->place);
        package->place = place;
        return 0;
    }
    package = calloc(1, sizeof *package);
    if (!package || !(package->name = stk_text_dup(name))) {
        free(package);
        stk_place_free(place);
        return -STK_E_MEMORY;
    }
    package->place = place;
    package->next = *slot;
    *slot = package;
    return 0;
}

bool
stk_search_is_extension(const stk_search *search, const char *path,
                        size_t length, const char *suffix)
{
    size_t tail = strlen(suffix), label = strlen(search->label);

    return length >= label + tail &&
           !memcmp(path + length - tail, suffix, tail) &&
           !memcmp(path + length - tail - label, search->label, label);
}
