/* SPDX-License-Identifier: Apache-2.0 */
/* A decision with the walk that led to it. */
#ifndef STK_POLICY_TOLD_H
#define STK_POLICY_TOLD_H

#include "policy/arena.h"
#include "policy/decide.h"

typedef struct stk_told {
    const stk_policy *policy;
    const stk_request *request;
    stk_arena *arena; /* of the explanation */
    stk_decision decision;
    stk_name name;
    stk_judged judged[STK_LABELS_MAX];
    const char *name_shown; /* printable, in quotes where it needs them */
    const char *importer_shown;
    const char *alias;      /* what was asked for by another name, or NULL */
    stk_request own;        /* the same by its own name, then */
    const char *subject;    /* the name, or the parent that decided */
    const stk_rule *winner; /* NULL: default, trusted, closure */
    bool known;             /* the importer has a dotted name */
    const stk_section **chain; /* that hold the importer */
    size_t *holders;           /* how much of its name each of them names */
    size_t n_chain;
} stk_told;

/* Whether `name` is in the package that the first `held` bytes of the
 * importer name, or is a parent of it. */
bool stk_told_is_own(const stk_told *told, const char *name, size_t held);

/* Walks to the name and the rule that decided; policy, request, arena and
 * decision are filled, and what was asked for is a name. 0 or -STK_E_MEMORY.
 */
int stk_told_walk(stk_told *told);

#endif
