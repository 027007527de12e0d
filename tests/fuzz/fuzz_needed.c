/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an ELF file that needs libraries: what is read lies in it, and
 * a path is made of nothing that leads on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "trust/needed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_folders(const char *folders, const char *name)
{
    while (*folders) {
        size_t length = strcspn(folders, ":");
        STK_CLEANUP(stk_freep)
        char *path = stk_needed_path("/a/b", folders, length, name);

        if (path && (path[0] != '/' || strstr(path, "/../")))
            abort();
        folders += length + (folders[length] == ':');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_needed needed;
    const char *name;
    size_t at = 0;

    stk_needed_open(&needed, data, size);
    while ((name = stk_needed_next(&needed, &at))) {
        if ((const uint8_t *)name < data ||
            (const uint8_t *)name + strlen(name) >= data + size)
            abort();
        try_folders(stk_needed_folders(&needed), name);
    }
    return 0;
}
