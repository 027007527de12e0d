/* SPDX-License-Identifier: Apache-2.0 */
/* The sections [loader NAME]: a finder that runs in a worker. */
#ifndef STK_POLICY_LOADERS_H
#define STK_POLICY_LOADERS_H

#include "policy/draft.h"

/* One [loader NAME] while it is read; zeroed between sections but for draft,
 * file and folder. */
typedef struct stk_loader_reader {
    stk_draft *draft;
    const char *file, *folder;
    stk_draft_loader *loader; /* NULL: the heading was refused */
    uint32_t heading;
    uint32_t seen[5]; /* per key of the table: its line */
} stk_loader_reader;

/* These return 0 or -STK_E_MEMORY; errors go to the draft's complaints. A
 * section replaces that of a file that came before, whole. */
int stk_loader_begin(stk_loader_reader *reader, uint32_t line,
                     const char *name);
int stk_loader_take(stk_loader_reader *reader, uint32_t line, const char *key,
                    const char *value);
/* Says what is missing. */
void stk_loader_end(stk_loader_reader *reader);

/* Moves the loaders to the policy, whose profiles are made, and says what
 * does not go together. The index must be made. 0 or -STK_E_MEMORY. */
int stk_loaders_finish(stk_policy *policy, stk_draft *draft);

#endif
