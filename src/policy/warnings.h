/* SPDX-License-Identifier: Apache-2.0 */
/* The warnings of a policy while they are gathered. */
#ifndef STK_POLICY_WARNINGS_H
#define STK_POLICY_WARNINGS_H

#include "policy/arena.h"
#include "policy/rule.h"

/* A label that no policy has reason to name: it stands for "any other". */
#define STK_ANY_OTHER "__any_other__"

typedef struct stk_warning {
    stk_place place;
    const char *message; /* in the arena */
    size_t order;        /* of the check, for equal places */
} stk_warning;

typedef struct stk_linter {
    const stk_policy *policy;
    stk_arena *arena;   /* borrowed */
    stk_warning *items; /* owned */
    size_t n, size;
    bool no_memory;
    bool partial; /* lines are missing: nothing is odd for want of one */
} stk_linter;

/* Adds a warning; a message of NULL is memory that is out. */
void stk_warnings_add(stk_linter *linter, const stk_place *place,
                      const char *message);

#define STK_WARN(l, place, ...)                                               \
    stk_warnings_add((l), (place), stk_arena_printf((l)->arena, __VA_ARGS__))

/* Reports them in the order of the files, and frees them. Returns their
 * number, or -STK_E_MEMORY where one is missing. */
int stk_warnings_report(stk_linter *linter, stk_report_fn report,
                        void *payload, stk_error *err);

#endif
