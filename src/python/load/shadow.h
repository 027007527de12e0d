/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found under a name of the standard library: the library's own, or
 * somebody's file. The same holds for what the host imports and for what a
 * worker is sent.
 */
#ifndef STK_PYTHON_SHADOW_H
#define STK_PYTHON_SHADOW_H

#include <stdbool.h>

#include <stockade/policy.h>

#include "python/object/state.h"

typedef enum stk_shadow {
    STK_SHADOW_NONE,    /* it has no such name */
    STK_SHADOW_LIBRARY, /* it is what this interpreter's library has */
    STK_SHADOW_FILE,    /* it is in the place of that */
    /* The library of another Python has the name, this one's has not: a file
     * of that name is anybody's, and is not trusted as the library is. */
    STK_SHADOW_STRANGER
} stk_shadow;

/* `name` is an exact str, `spec` anybody's. */
stk_shadow stk_shadow_of(const stk_interp *state, PyObject *name,
                         PyObject *spec);

/* Whether that is what `shadowing` is about, `rule` being the one that allowed
 * the name. A rule for the library says nothing of a stranger. */
bool stk_shadow_is_one(stk_shadow found, const stk_rule_ref *rule);

/* The detail of a refusal; `origin` may be NULL. */
#define STK_SHADOW_DETAIL 512
void stk_shadow_tell(char detail[STK_SHADOW_DETAIL], const char *origin);

#endif
