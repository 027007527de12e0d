/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of sys.path, or of a package: the signed tree that it is, or that
 * lies in it, or its files.
 */
#include <stdlib.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "guard/folder.h"

/* A manifest in the folder of the package itself: `*found` when there is
 * one, whatever it says. */
static int
take_own_tree(const stk_looked_at *at, stk_evidence *out, bool *found)
{
    STK_CLEANUP(stk_freep)
    char *folder = stk_path_join(at->path, at->search->label);
    stk_tree *tree = NULL;
    int result;

    if (!folder)
        return -STK_E_MEMORY;
    if (stk_folder_kind(at, at->search->label) != STK_BENEATH_FOLDER)
        return 0;
    result = stk_tree_open(&tree, at->search, folder, at->search->sought->name,
                           out);
    *found = tree || out->trust != STK_TRUST_NONE;
    if (result == 0 && tree)
        result = stk_tree_search(at->search, tree, out);
    stk_tree_free(tree);
    return result;
}

static int
take_tree(const stk_looked_at *at, stk_evidence *out, bool *found)
{
    stk_tree *tree = NULL;
    int result =
        stk_tree_open(&tree, at->search, at->path, at->search->parent, out);

    *found = tree || out->trust != STK_TRUST_NONE;
    /* the folder of a package, on sys.path: its tree is of other names */
    if (out->trust == STK_TRUST_NAME)
        stk_evidence_clear(out);
    if (result == 0 && tree)
        result = stk_tree_search(at->search, tree, out);
    stk_tree_free(tree);
    return result;
}

/* A tree is closed: what lies in it and is not listed is refused. */
static int
take_any(const stk_looked_at *at, stk_evidence *out)
{
    bool found = false, own = false;
    int result = take_own_tree(at, out, &own);

    if (result < 0 || own)
        return result;
    result = take_tree(at, out, &found);
    if (result < 0 || out->trust != STK_TRUST_NONE)
        return result;
    if (!found)
        return stk_folder_files(at, out);
    return stk_folder_refuse_unlisted(
        at,
        "lies in a signed tree that has no such name: the folder of a package "
        "is on sys.path; take it off, and import the module through the "
        "package",
        out);
}

int
stk_entry_search(const stk_search *search, const char *folder,
                 stk_evidence *out)
{
    STK_CLEANUP(stk_freep) char *path = stk_path_absolute(folder);
    stk_looked_at at = { search, path, -1 };
    int result;

    if (!path)
        return -STK_E_MEMORY;
    result = stk_folder_open(&at, out);
    if (result > 0)
        result = take_any(&at, out);
    stk_closep(&at.fd);
    return result;
}
