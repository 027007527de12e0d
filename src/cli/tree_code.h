/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STOCKADE.code of a tree, made anew: beside the old one, which stays until
 * the new one is whole. No link in the tree is followed.
 */
#ifndef STK_CLI_TREE_CODE_H
#define STK_CLI_TREE_CODE_H

#include <stdbool.h>
#include <stddef.h>

#include <stockade/error.h>

typedef struct cli_code_folder {
    int tree; /* borrowed */
    int fd;   /* owned; -1: nothing is open */
    bool used;
} cli_code_folder;

/* Makes the folder below the one open at `tree`; what a killed run left is
 * removed. On success the caller clears `out`. */
int cli_code_folder_open(cli_code_folder *out, int tree, stk_error *err);

/* Writes a file of it; `path` as stk_row_code_path() has it. */
int cli_code_folder_put(cli_code_folder *folder, const char *path,
                        const void *data, size_t length, stk_error *err);

/* Puts it where the old one was, which is removed; where nothing was put,
 * there is none afterwards. */
int cli_code_folder_commit(cli_code_folder *folder, stk_error *err);

/* Removes what was not committed. */
void cli_code_folder_clear(cli_code_folder *folder);

#endif
