/* SPDX-License-Identifier: Apache-2.0 */
/* The stable names of reasons. */
#include <stockade/trust.h>

static const char *const names[] = {
    [STK_TRUST_NONE] = "unverified",
    [STK_TRUST_OK] = "ok",
    [STK_TRUST_UNSIGNED] = "unsigned",
    [STK_TRUST_UNLISTED] = "unlisted",
    [STK_TRUST_MALFORMED] = "malformed",
    [STK_TRUST_LEGACY] = "legacy-algorithm",
    [STK_TRUST_UNKNOWN_KEY] = "unknown-key",
    [STK_TRUST_SIGNATURE] = "bad-signature",
    [STK_TRUST_GLOBAL_SIGNATURE] = "bad-global-signature",
    [STK_TRUST_SCOPE] = "key-out-of-scope",
    [STK_TRUST_KEY_KIND] = "key-kind",
    [STK_TRUST_KEY_EXPIRED] = "key-expired",
    [STK_TRUST_KEY_EARLY] = "key-not-yet-valid",
    [STK_TRUST_KEY_REVOKED] = "key-revoked",
    [STK_TRUST_HASH_REVOKED] = "hash-revoked",
    [STK_TRUST_BINDING] = "unbound",
    [STK_TRUST_NAME] = "name-mismatch",
    [STK_TRUST_KIND] = "kind-mismatch",
    [STK_TRUST_PACKAGE] = "package-mismatch",
    [STK_TRUST_CONTEXT] = "context-mismatch",
    [STK_TRUST_HASH] = "hash-mismatch",
    [STK_TRUST_SIZE] = "size-mismatch",
    [STK_TRUST_EXPIRED] = "expired",
    [STK_TRUST_CLOCK] = "clock",
    [STK_TRUST_ROLLBACK] = "rollback",
    [STK_TRUST_JUMP] = "sequence-jump",
    [STK_TRUST_STATE] = "state-missing",
    [STK_TRUST_THRESHOLD] = "threshold",
    [STK_TRUST_SOURCELESS] = "sourceless",
    [STK_TRUST_BYTECODE] = "bytecode",
    [STK_TRUST_PATH] = "path",
    [STK_TRUST_TOO_LARGE] = "too-large",
    [STK_TRUST_IO] = "unreadable",
};

#define N_NAMES (sizeof names / sizeof names[0])

const char *
stk_trust_name(enum stk_trust trust)
{
    size_t i = (size_t)trust;

    return i < N_NAMES && names[i] ? names[i] : names[STK_TRUST_NONE];
}
