/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An older policy that was signed holds as well as a newer one: what was in
 * force is kept in a state file (trust/floor.h), and nothing older comes after
 * it. One load of a policy: stk_policyfloor_check() for each file of it, then
 * stk_policyfloor_accept(), as the last that may refuse it.
 */
#ifndef STK_GUARD_POLICYFLOOR_H
#define STK_GUARD_POLICYFLOOR_H

#include "guard/policykey.h"

typedef struct stk_policyfloor {
    const stk_policykey *key; /* borrowed */
    stk_proof *proofs;        /* owned; of each file that holds */
    size_t n;
} stk_policyfloor;

/* A stk_policy_check_fn with a stk_policyfloor as payload: what
 * stk_policykey_check() says, and it is remembered for later. */
int stk_policyfloor_check(void *payload, const stk_policy_text *file,
                          stk_error *err);

/*
 * Is none of the files older than one of its name that was in force? If so,
 * and not before, that is kept in the file `state`; NULL: nothing is asked or
 * kept. Returns 0, -STK_E_INVALID for what is older, or a state that cannot
 * be trusted; -STK_E_IO for one that cannot be kept; or -STK_E_MEMORY.
 */
int stk_policyfloor_accept(const stk_policyfloor *load, const char *state,
                           stk_error *err);

/* The same question, and nothing is kept. */
int stk_policyfloor_ask(const stk_policyfloor *load, const char *state,
                        stk_error *err);

void stk_policyfloor_clear(stk_policyfloor *load);

#endif
