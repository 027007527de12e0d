/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heading of a section that has a name of its own: [key NAME],
 * [loader NAME], [sandbox NAME]. What is wrong goes to the draft's complaints.
 */
#ifndef STK_POLICY_HEADING_H
#define STK_POLICY_HEADING_H

#include "policy/draft.h"

typedef struct stk_heading_kind {
    const char *one, *many; /* "key", "keys" */
    size_t length_max;      /* of a name: it is a word in records */
    size_t most;            /* sections of a policy */
} stk_heading_kind;

typedef struct stk_heading {
    const stk_heading_kind *kind;
    stk_draft *draft;
    stk_place place;
    const char *name;
} stk_heading;

/* False where it has complained of the name. */
bool stk_heading_is_named(const stk_heading *heading);

/* The draft takes no more than its `n`: that there are too many, or else
 * -STK_E_MEMORY. */
int stk_heading_refused(const stk_heading *heading, size_t n);

/* True where the file of the heading has one of that name at `before`. */
bool stk_heading_is_repeated(const stk_heading *heading, stk_place before);

#endif
