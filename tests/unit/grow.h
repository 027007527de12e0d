/* SPDX-License-Identifier: Apache-2.0 */
/* Trees for tests: files with the folders that they are in. */
#ifndef STK_UNIT_GROW_H
#define STK_UNIT_GROW_H

#include <sys/stat.h>

#include "base/cleanup.h"
#include "trust/tree.h"
#include "unit.h"

/* Writes a file, and first the folders on the way. */
static inline void
grow(void **state, const char *name, const char *text)
{
    char folder[PATH_MAX];

    for (const char *slash = name; (slash = strchr(slash, '/')); slash++) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
        if (mkdir(unit_path(state, folder), 0755) < 0)
            assert_int_equal(errno, EEXIST);
    }
    unit_write(state, name, text, strlen(text));
}

static inline stk_tree
walk(void **state)
{
    stk_tree tree = STK_TREE_INIT;
    stk_error err = STK_ERROR_INIT;

    if (stk_tree_walk(&tree, *state, &err) < 0)
        fail_msg("%s: %s", err.file, err.message);
    return tree;
}

#endif
