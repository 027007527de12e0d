/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed policies: the key that a policy must be signed with, which cannot
 * stand in the policy itself.
 */
#ifndef STK_GUARD_POLICYKEY_H
#define STK_GUARD_POLICYKEY_H

#include <stockade/error.h>
#include <stockade/policy.h>

#include "trust/keyring.h"

typedef struct stk_policykey stk_policykey;

/* `given` is a public key, or the path of its file. `*out` is freed by
 * stk_policykey_free(). Returns 0, -STK_E_INVALID, -STK_E_IO, -STK_E_LIMIT or
 * -STK_E_MEMORY. */
int stk_policykey_new(stk_policykey **out, const char *given, stk_error *err);
void stk_policykey_free(stk_policykey *key);
void stk_policykey_freep(stk_policykey **key);

/* The key itself, whatever its file says by now. Borrowed. */
const char *stk_policykey_text(const stk_policykey *key);

/*
 * A stk_policy_check_fn with a stk_policykey as payload: reads the signatures
 * beside the file and verifies them over the bytes in memory. Returns
 * -STK_E_INVALID for what does not hold, -STK_E_IO for signatures that cannot
 * be read. Any thread.
 */
int stk_policykey_check(void *payload, const stk_policy_text *file,
                        stk_error *err);

/* The same, and what was verified. */
int stk_policykey_verify(stk_proof *proof, const stk_policykey *key,
                         const stk_policy_text *file, stk_error *err);

#endif
