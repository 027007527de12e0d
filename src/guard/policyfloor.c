/* SPDX-License-Identifier: Apache-2.0 */
/* No policy is put in force that is older than one that was. */
#include "guard/policyfloor.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "trust/floor.h"

void
stk_policyfloor_clear(stk_policyfloor *load)
{
    free(load->proofs);
    load->proofs = NULL;
    load->n = 0;
}

int
stk_policyfloor_check(void *payload, const stk_policy_text *file,
                      stk_error *err)
{
    stk_policyfloor *load = payload;
    stk_proof *grown =
        realloc(load->proofs, (load->n + 1) * sizeof *load->proofs);
    int failed;

    if (!grown)
        return stk_error_memory(err);
    load->proofs = grown;
    failed = stk_policykey_verify(&grown[load->n], load->key, file, err);
    if (failed)
        return failed;
    load->n++;
    return 0;
}

/* What helps a package, a floor in the policy, does not help the policy. */
static int
refuse(const stk_proof *proof, enum stk_trust trust, const char *why,
       stk_error *err)
{
    if (trust != STK_TRUST_JUMP)
        return stk_error_set(err, STK_E_INVALID, "%s: %s",
                             stk_trust_name(trust), why);
    return stk_error_set(err, STK_E_INVALID,
                         "%s: sequence %" PRIu64 " of %s is more than %u "
                         "ahead of what was in force; where that is meant, "
                         "begin another state file",
                         stk_trust_name(trust), proof->sequence,
                         proof->package, STK_SEQUENCE_JUMP);
}

/* All of them before any is kept: a policy that is refused moves nothing. */
static int
check_all(const stk_policyfloor *load, stk_state *state, stk_error *err)
{
    char why[STK_MESSAGE_MAX];

    for (size_t i = 0; i < load->n; i++) {
        const stk_proof *proof = &load->proofs[i];
        enum stk_trust trust = stk_floor_check(
            state, proof->package, proof->sequence, 0, why, sizeof why);

        if (trust != STK_TRUST_OK)
            return refuse(proof, trust, why, err);
    }
    return 0;
}

static int
keep_all(const stk_policyfloor *load, stk_state *state, stk_error *err)
{
    for (size_t i = 0; i < load->n; i++) {
        const stk_proof *proof = &load->proofs[i];
        int failed = 0;

        if (proof->sequence)
            failed = stk_floor_raise(state, proof->package, proof->sequence,
                                     proof->signed_at, err);
        if (failed)
            return failed;
    }
    return 0;
}

static int
judge(const stk_policyfloor *load, const char *state, bool keep,
      stk_error *err)
{
    stk_state_place place = { .path = state };
    stk_state *kept = NULL;
    int result;

    if (!state || !load->key)
        return 0;
    result = stk_state_open(&kept, &place, err);
    if (result == 0)
        result = check_all(load, kept, err);
    if (result == 0 && keep)
        result = keep_all(load, kept, err);
    stk_state_free(kept);
    return result;
}

int
stk_policyfloor_accept(const stk_policyfloor *load, const char *state,
                       stk_error *err)
{
    return judge(load, state, true, err);
}

int
stk_policyfloor_ask(const stk_policyfloor *load, const char *state,
                    stk_error *err)
{
    return judge(load, state, false, err);
}
