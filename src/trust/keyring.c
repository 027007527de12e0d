/* SPDX-License-Identifier: Apache-2.0 */
/* The keys and the rules of a policy, made ready to be asked. */
#include "trust/keyring.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/pattern.h"
#include "trust/keyring_parts.h"

/* ---- life ----------------------------------------------------------- */

static int
read_keys(stk_keyring *ring, stk_error *err)
{
    const stk_signing *signing = ring->signing;

    for (size_t i = 0; i < signing->n_keys; i++) {
        const stk_key_rule *rule = &signing->keys[i];
        stk_error why = STK_ERROR_INIT;

        if (stk_public_key_load(&ring->keys[i], rule->public_key,
                                strlen(rule->public_key), &why) < 0) {
            stk_error_set(err, why.code, "the key %s %s", rule->name,
                          why.message);
            return stk_error_at(err, rule->file ? rule->file : "", rule->line);
        }
        /* one key under two names would be two of a threshold */
        for (size_t k = 0; k < i; k++) {
            if (!stk_public_key_equal(&ring->keys[i], &ring->keys[k]))
                continue;
            stk_error_set(err, STK_E_INVALID,
                          "the keys %s and %s are the same key",
                          signing->keys[k].name, rule->name);
            return stk_error_at(err, rule->file ? rule->file : "", rule->line);
        }
    }
    return 0;
}

static int
read_revoked(stk_keyring *ring, stk_error *err)
{
    const stk_signing *signing = ring->signing;

    for (size_t i = 0; i < signing->n_revoked_keys; i++) {
        const char *text = signing->revoked_keys[i];

        if (stk_public_key_load(&ring->revoked_keys[i], text, strlen(text),
                                err) < 0)
            return -STK_E_INVALID;
    }
    for (size_t i = 0; i < signing->n_revoked_hashes; i++) {
        const char *text = signing->revoked_hashes[i];
        size_t n = 0;

        if (strlen(text) != STK_DIGEST_HEX - 1 ||
            sodium_hex2bin(ring->revoked[i], STK_DIGEST_BYTES, text,
                           STK_DIGEST_HEX - 1, NULL, &n, NULL) ||
            n != STK_DIGEST_BYTES)
            return stk_error_set(err, STK_E_INVALID,
                                 "a revoked hash is 64 hexadecimal digits");
    }
    return 0;
}

static int
fill(stk_keyring *ring, stk_error *err)
{
    const stk_signing *signing = ring->signing;
    stk_state_place place = { signing->state, signing->state_key,
                              signing->require_state };
    int failed;

    ring->keys = calloc(signing->n_keys + 1, sizeof *ring->keys);
    ring->revoked =
        calloc(signing->n_revoked_hashes + 1, sizeof *ring->revoked);
    ring->revoked_keys =
        calloc(signing->n_revoked_keys + 1, sizeof *ring->revoked_keys);
    if (!ring->keys || !ring->revoked || !ring->revoked_keys)
        return stk_error_memory(err);
    failed = read_keys(ring, err);
    if (!failed)
        failed = read_revoked(ring, err);
    if (!failed)
        failed = stk_state_open(&ring->state, &place, err);
    return failed;
}

int
stk_keyring_new(stk_keyring **out, const stk_signing *signing, stk_error *err)
{
    STK_CLEANUP(stk_keyring_freep) stk_keyring *ring = NULL;
    int failed;

    if (sodium_init() < 0)
        return stk_error_set(err, STK_E_UNSUPPORTED, "libsodium cannot start");
    ring = calloc(1, sizeof *ring);
    if (!ring)
        return stk_error_memory(err);
    ring->signing = signing;
    failed = fill(ring, err);
    if (failed)
        return failed;
    *out = STK_STEAL(ring);
    return 0;
}

void
stk_keyring_free(stk_keyring *ring)
{
    if (!ring)
        return;
    free(ring->keys);
    free(ring->revoked);
    free(ring->revoked_keys);
    stk_state_free(ring->state);
    free(ring);
}

void
stk_keyring_freep(stk_keyring **ring)
{
    stk_keyring_free(*ring);
    *ring = NULL;
}

/* ---- asking --------------------------------------------------------- */

bool
stk_keyring_is_revoked(const stk_keyring *ring,
                       const unsigned char digest[STK_DIGEST_BYTES])
{
    for (size_t i = 0; i < ring->signing->n_revoked_hashes; i++)
        if (!memcmp(ring->revoked[i], digest, STK_DIGEST_BYTES))
            return true;
    return false;
}

bool
stk_keyring_key_is_revoked(const stk_keyring *ring, size_t key)
{
    for (size_t i = 0; i < ring->signing->n_revoked_keys; i++)
        if (stk_public_key_equal(&ring->revoked_keys[i], &ring->keys[key]))
            return true;
    return false;
}

uint64_t
stk_keyring_floor(const stk_keyring *ring, const char *package)
{
    uint64_t floor = 0;

    for (size_t i = 0; i < ring->signing->n_floors; i++)
        if (!strcmp(ring->signing->floors[i].package, package) &&
            ring->signing->floors[i].sequence > floor)
            floor = ring->signing->floors[i].sequence;
    return floor;
}

unsigned
stk_keyring_threshold(const stk_keyring *ring, const char *scope,
                      const char **pattern)
{
    const stk_threshold *best = NULL;
    size_t most = 0;

    for (size_t i = 0; i < ring->signing->n_thresholds; i++) {
        const stk_threshold *t = &ring->signing->thresholds[i];
        size_t rank = stk_pattern_rank(t->pattern, scope);

        /* of two that say as much the stricter one */
        if (!rank || rank < most ||
            (rank == most && best && t->keys <= best->keys))
            continue;
        best = t;
        most = rank;
    }
    *pattern = best ? best->pattern : NULL;
    return best && best->keys ? best->keys : 1;
}

/* "shop.*" for shop */
static bool
is_below(const char *pattern, const char *package)
{
    size_t n = strlen(package);

    return !strncmp(pattern, package, n) && !strcmp(pattern + n, ".*");
}

unsigned
stk_keyring_release(const stk_keyring *ring, const char *package)
{
    const char *pattern;
    unsigned most = stk_keyring_threshold(ring, package, &pattern);

    for (size_t i = 0; i < ring->signing->n_thresholds; i++) {
        const stk_threshold *t = &ring->signing->thresholds[i];

        if (t->keys > most && is_below(t->pattern, package))
            most = t->keys;
    }
    return most;
}

int
stk_keyring_accept(stk_keyring *ring, const stk_proof *proof, stk_error *err)
{
    int failed;

    /* one stolen key of several must not move it to where no release of the
     * others comes after */
    if (proof->trust != STK_TRUST_OK ||
        (!proof->sequence && !proof->signed_at) ||
        proof->n_signers < stk_keyring_release(ring, proof->package))
        return 0;
    failed = stk_floor_raise(ring->state, proof->package, proof->sequence,
                             proof->signed_at, err);
    return failed;
}
