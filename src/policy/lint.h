/* SPDX-License-Identifier: Apache-2.0 */
/* The warnings of a policy while they are gathered. */
#ifndef STK_POLICY_LINT_H
#define STK_POLICY_LINT_H

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
} stk_linter;

/* Adds a warning; a message of NULL is memory that is out. */
void stk_lint_warn(stk_linter *linter, const stk_place *place,
                   const char *message);

#define STK_WARN(l, place, ...)                                               \
    stk_lint_warn((l), (place), stk_arena_printf((l)->arena, __VA_ARGS__))

/* What is odd with keys, [signing] and what must be signed. `now` is in
 * seconds since 1970. */
void stk_lint_signing(stk_linter *linter, int64_t now);

/* lintloaders.c: what is odd with [loader NAME]. */
void stk_lint_loaders(stk_linter *linter);

#endif
