/* SPDX-License-Identifier: Apache-2.0 */
/* One file through inih, its result compared with what the gate saw. */
#ifndef STK_POLICY_ENTRIES_H
#define STK_POLICY_ENTRIES_H

#include "policy/arena.h"
#include "policy/gate.h"

/* A section's heading (`value` NULL, `key` its name) or an entry of the
 * section that was begun last. */
typedef struct stk_entry {
    uint32_t line;
    const char *key;
    const char *value;
} stk_entry;

typedef struct stk_entries {
    const stk_entry *items; /* borrowed: an arena's, or static */
    size_t n;
} stk_entries;

/*
 * Runs the lines that the gate let through through inih. A line that inih
 * reads otherwise (its knobs are process-wide, and its isspace() follows the
 * locale) is refused under `file`. Returns 0 or -STK_E_MEMORY.
 */
int stk_entries_read(stk_entries *out, stk_arena *arena, const stk_gate *gate,
                     const char *file, stk_complaints *all);

#endif
