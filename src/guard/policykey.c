/* SPDX-License-Identifier: Apache-2.0 */
/* A policy file against the key that it must be signed with. */
#include "guard/policykey.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "trust/key.h"
#include "trust/keyring.h"
#include "trust/sidecar.h"

struct stk_policykey {
    char text[STK_PUBLIC_KEY_LENGTH + 1];
    stk_key_rule rule;
    stk_signing signing;
    stk_keyring *ring; /* owned; keeps no state, so that threads may share */
};

static const char *const everything[] = { "*" };

void
stk_policykey_free(stk_policykey *key)
{
    if (!key)
        return;
    stk_keyring_free(key->ring);
    free(key);
}

void
stk_policykey_freep(stk_policykey **key)
{
    stk_policykey_free(*key);
    *key = NULL;
}

int
stk_policykey_new(stk_policykey **out, const char *given, stk_error *err)
{
    STK_CLEANUP(stk_policykey_freep) stk_policykey *key = NULL;
    stk_public_key public_key;
    int failed;

    key = calloc(1, sizeof *key);
    if (!key)
        return stk_error_memory(err);
    failed = stk_public_key_get(&public_key, given, err);
    if (failed)
        return failed;
    stk_public_key_text(key->text, &public_key);
    key->rule = (stk_key_rule){ .name = "the policy key",
                                .public_key = key->text,
                                .modules = everything,
                                .n_modules = 1,
                                .kinds = STK_KIND_POLICY,
                                .status = STK_KEY_ACTIVE };
    key->signing.keys = &key->rule;
    key->signing.n_keys = 1;
    failed = stk_keyring_new(&key->ring, &key->signing, err);
    if (failed)
        return failed;
    *out = STK_STEAL(key);
    return 0;
}

const char *
stk_policykey_text(const stk_policykey *key)
{
    return key->text;
}

int
stk_policykey_verify(stk_proof *proof, const stk_policykey *key,
                     const stk_policy_text *file, stk_error *err)
{
    STK_CLEANUP(stk_sidecars_clear) stk_sidecars signatures = { .n = 0 };
    const char *slash = strrchr(file->name, '/');
    stk_claim claim = { .kind = STK_KIND_POLICY,
                        .module = slash ? slash + 1 : file->name,
                        .data = file->text,
                        .length = file->length };
    stk_error why = STK_ERROR_INIT;
    int failed = stk_sidecars_load(&signatures, file->name, &why);

    if (failed)
        return stk_error_set(err, why.code, "%s: %s", why.file, why.message);
    claim.basename = claim.module;
    stk_keyring_verify(proof, key->ring, &claim, signatures.texts,
                       signatures.n,
                       (int64_t)(stk_clock_wall_us() / 1000000u));
    if (proof->trust == STK_TRUST_OK)
        return 0;
    return stk_error_set(err, STK_E_INVALID, "%s: %s",
                         stk_trust_name(proof->trust), proof->message);
}

int
stk_policykey_check(void *payload, const stk_policy_text *file, stk_error *err)
{
    stk_proof proof;

    return stk_policykey_verify(&proof, payload, file, err);
}
