/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign what. */
#include "policy/signers.h"

#include <stdio.h>
#include <string.h>

#include "base/pattern.h"
#include "policy/keys.h"
#include "policy/moment.h"

/* ---- who may sign ---------------------------------------------------- */

unsigned
stk_signers_threshold(const stk_signing *signing, const char *name)
{
    unsigned keys = 1;
    size_t best = 0;

    for (size_t i = 0; i < signing->n_thresholds; i++) {
        const stk_threshold *one = &signing->thresholds[i];
        size_t rank = stk_pattern_rank(one->pattern, name);

        if (rank <= best)
            continue;
        best = rank;
        keys = one->keys;
    }
    return keys;
}

bool
stk_signers_covers(const stk_key_rule *key, const char *name)
{
    const uint32_t not_code = STK_KIND_DATA | STK_KIND_POLICY;

    if (!(key->kinds & ~not_code))
        return false;
    for (size_t i = 0; i < key->n_modules; i++)
        if (stk_pattern_rank(key->modules[i], name))
            return true;
    return false;
}

/* The id in front of a key is anybody's to choose: it does not count. */
bool
stk_signers_is_revoked(const stk_signing *signing, const stk_key_rule *key)
{
    unsigned char mine[STK_KEY_BYTES], listed[STK_KEY_BYTES];

    if (key->status == STK_KEY_REVOKED ||
        !stk_key_decode(mine, key->public_key))
        return true;
    for (size_t i = 0; i < signing->n_revoked_keys; i++)
        if (stk_key_decode(listed, signing->revoked_keys[i]) &&
            !memcmp(mine + STK_KEY_AT, listed + STK_KEY_AT,
                    STK_KEY_BYTES - STK_KEY_AT))
            return true;
    return false;
}

const char *
stk_signers_note(char note[STK_SIGNER_NOTE_MAX], bool *usable,
                 const stk_signing *signing, const stk_key_rule *key,
                 int64_t now)
{
    const char *word = "";
    char when[STK_MOMENT_MAX] = "";

    *usable = false;
    if (stk_signers_is_revoked(signing, key)) {
        word = "revoked";
        if (key->revoked)
            stk_moment_text(when, key->revoked, false);
    } else if (key->not_after && now > key->not_after) {
        word = "expired";
        stk_moment_text(when, key->not_after, true);
    } else if (now < key->not_before) {
        word = "not before";
        stk_moment_text(when, key->not_before, false);
    } else {
        *usable = true;
        if (key->status == STK_KEY_RETIRING)
            word = "retiring";
    }
    snprintf(note, STK_SIGNER_NOTE_MAX, "%s%s%s", word, *when ? " " : "",
             when);
    return note;
}

size_t
stk_signers_count(const stk_signing *signing, const char *name, int64_t now)
{
    char note[STK_SIGNER_NOTE_MAX];
    size_t n = 0;
    bool usable;

    for (size_t i = 0; i < signing->n_keys; i++) {
        const stk_key_rule *key = &signing->keys[i];

        if (!stk_signers_covers(key, name))
            continue;
        stk_signers_note(note, &usable, signing, key, now);
        n += usable;
    }
    return n;
}

/* ---- asking ------------------------------------------------------------- */

const stk_signing *
stk_policy_signing(const stk_policy *policy)
{
    return &policy->signing;
}

bool
stk_policy_needs_signatures(const stk_policy *policy)
{
    return policy->has_signed;
}

const char *const *
stk_policy_bundles(const stk_policy *policy, size_t *n)
{
    *n = policy->n_bundles;
    return policy->bundles;
}

stk_rule_ref
stk_policy_bundle_rule(const stk_policy *policy, const char *path)
{
    const stk_section *modules = stk_rule_modules(policy);

    for (size_t i = 0; i < modules->n_rules; i++)
        if (modules->rules[i]->bundle &&
            !strcmp(modules->rules[i]->bundle, path))
            return stk_rule_show(modules->rules[i]);
    return stk_rule_show(NULL);
}
