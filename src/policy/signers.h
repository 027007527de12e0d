/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign a name: asked by explain, diff and lint. */
#ifndef STK_POLICY_SIGNERS_H
#define STK_POLICY_SIGNERS_H

#include "policy/rule.h"

/* How many distinct keys must have signed `name`. */
unsigned stk_signers_threshold(const stk_signing *signing, const char *name);

/* True when the key may sign the code of `name`, dates and status aside. */
bool stk_signers_covers(const stk_key_rule *key, const char *name);

/* True by its status, or by what [signing] revokes. */
bool stk_signers_is_revoked(const stk_signing *signing,
                            const stk_key_rule *key);

/*
 * Why the key is no good at `now`, or what is to be said of it although it
 * is: "revoked 2026-01-01", "retiring". "" when there is nothing to say.
 * `*usable` is false when it is no good.
 */
#define STK_SIGNER_NOTE_MAX 48u
const char *stk_signers_note(char note[STK_SIGNER_NOTE_MAX], bool *usable,
                             const stk_signing *signing,
                             const stk_key_rule *key, int64_t now);

/* Keys that cover `name` and are good at `now`. */
size_t stk_signers_count(const stk_signing *signing, const char *name,
                         int64_t now);

#endif
