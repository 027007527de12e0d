/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, and under which name, by where it lies. */
#ifndef STK_CLI_CLAIM_H
#define STK_CLI_CLAIM_H

#include <stdbool.h>

#include "trust/comment.h"
#include "trust/naming.h"

typedef struct cli_claim {
    enum stk_kind kind;
    char module[STK_MODULE_MAX]; /* as stk_claim has it */
    const char *basename;        /* within the path that it was made from */
    bool in_package; /* no root was given, and there is an __init__.py */
} cli_claim;

/*
 * `root` is a folder of sys.path; NULL: the file's own folder, for an
 * __init__.py the one above. `kind` is what was asked for, 0 to go by the
 * file's name. Returns an exit code, having said what is wrong.
 */
int cli_claim_make(cli_claim *out, const char *path, const char *root,
                   enum stk_kind kind);

/* The single-file kind of that name for --kind, or 0, having said so. */
enum stk_kind cli_claim_kind(const char *name);

#endif
