/* SPDX-License-Identifier: Apache-2.0 */
/* What is odd with [sandbox NAME]: no worker of it could be started. */
#include <string.h>

#include "policy/lint.h"
#include "policy/preload.h"
#include "policy/profiles.h"

static void
check_preload(stk_linter *l, const stk_profile *profile)
{
    const char *word = profile->preload.text;

    for (uint32_t i = 0; i < profile->preload.n; i++) {
        const stk_place *place =
            stk_profiles_word_place(l->policy, profile->name, "preload", word);
        stk_error err = STK_ERROR_INIT;

        if (place &&
            stk_policy_preloads_word(l->policy, profile, word, &err) < 0)
            STK_WARN(l, place, "%s; take it out of preload", err.message);
        word += strlen(word) + 1;
    }
}

void
stk_lint_profiles(stk_linter *l)
{
    size_t n;
    const stk_profile *profiles = stk_policy_profiles(l->policy, &n);

    for (size_t i = 0; i < n; i++)
        check_preload(l, &profiles[i]);
}
